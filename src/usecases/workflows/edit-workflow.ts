import type { CardLine } from '../../approval/card.ts';
import { text } from '../../approval/card.ts';
import type { EditorProblems, EditorValues, WorkflowEditor } from '../../approval/workflow-editor.ts';
import { defaultPolicy } from '../../store/approval-policies.ts';
import type { WorkflowRecord } from '../../store/approval-workflows.ts';
import { explainApprovers } from '../approvers/explain-approvers.ts';
import { askedLine, furtherLines } from '../approvers/explanation-lines.ts';
import type {
  ChatAccount,
  ChatCommands,
  CommandAnswer,
  EditorAnswer,
  EditorState,
} from '../chat-commands.ts';
import type { Context } from '../context.ts';
import { recording } from '../database-trouble.ts';
import { named } from '../managing/change-audit.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import { auditRefusedCommand, type CallerAnswer, callerOfAccount } from '../people/chat-caller.ts';
import {
  accountProblems,
  type EnteredAccounts,
  enteredAccounts,
  inTime,
} from '../people/entered-accounts.ts';
import { PLATFORM_NAMES } from '../people/platform-names.ts';
import { writingRefused } from '../tokens/principal-rights.ts';
import { editorProblems } from './editor-problems.ts';
import { createWorkflow, getWorkflow, updateWorkflow } from './manage-workflows.ts';
import { savedPage } from './saved-workflow-page.ts';
import { checkWorkflow } from './workflow-checks.ts';
import {
  asWorkflow,
  draftOf,
  keptOf,
  listedIds,
  menusOf,
  PEOPLE_LISTS,
  shownAccounts,
  shownNames,
  valuesOf,
} from './workflow-form.ts';

/** What a list of a form holds at most: Slack's menus take no more. */
const LIST_MAX = 100;
/** How many people a form remembers without showing them. */
const KEPT_MAX = 200;

type Forms = Pick<ChatCommands, 'previewWorkflow' | 'submitWorkflow'>;

/** The workflow form of the chat platforms. Authority is checked whenever it is opened, drawn anew or submitted. */
export function createWorkflowForms(given: Context): Forms {
  return {
    async previewWorkflow(account, state) {
      const caller = await callerOfAccount(given, account);
      await auditRefusal(given, account, caller, 'preview');
      if (caller.kind !== 'caller') return notice(caller.sentence);
      return previewWorkflow(given, caller.principal, account, state);
    },
    submitWorkflow: (account, state, deadlineMs) =>
      recording(given, (context) => submitForm(context, account, state, deadlineMs)),
  };
}

async function submitForm(
  context: Context,
  ...[account, state, deadlineMs]: Parameters<Forms['submitWorkflow']>
): ReturnType<Forms['submitWorkflow']> {
  const endsAt = performance.now() + deadlineMs;
  const caller = await inTime(deadlineMs, callerOfAccount(context, account), context.log);
  if (caller === 'late')
    return notice(
      `${PLATFORM_NAMES[account.platform]} has not yet said who you are, so nothing was saved. Please press the button again.`,
    );
  const wanted = state.workflowId === null ? 'create' : 'edit';
  await auditRefusal(context, account, caller, wanted);
  if (caller.kind !== 'caller') return notice(caller.sentence);
  return submitWorkflow(context, caller.principal, account, state, endsAt - performance.now());
}

/** The forms are the admins' alone. */
async function auditRefusal(
  context: Context,
  account: ChatAccount,
  caller: CallerAnswer,
  wanted: string,
): Promise<void> {
  if (caller.kind === 'refused') await auditRefusedCommand(context, account, { wanted, why: caller.why });
  else if (caller.kind === 'caller' && caller.principal.role !== 'admin')
    await auditRefusedCommand(context, account, { wanted, why: 'admins_only' });
}

/**
 * The form for a new workflow or (`workflowId`) a stored one. Touches nothing but the local database. A sentence
 * for who may not, and for a workflow that a form cannot hold.
 */
export async function openEditor(
  context: Context,
  principal: Principal,
  account: ChatAccount,
  workflowId: number | null,
  preselected: Partial<Pick<EditorValues, 'eventId' | 'policyId'>> = {},
): Promise<CommandAnswer> {
  const forbidden = writingRefused(principal);
  if (forbidden) return notice(forbidden.why);
  const before = await recordOf(context, principal, workflowId);
  if (before === 'gone') return notice(goneSentence(workflowId));
  const unfit = before && unfitSentence(before);
  if (unfit) return notice(unfit);
  const shown = await shownAccounts(context.db, account, before);
  const hidden = listedIds(before).filter((id) => !shown.has(id));
  if (hidden.length > KEPT_MAX)
    return notice(
      `Workflow ${workflowId} lists ${hidden.length} people without an account here, more than a form can carry. Edit it with the management API.`,
    );
  const values = before ? valuesOf(before, account, shown) : await newValues(context, principal, preselected);
  const state = { workflowId, seenAt: before?.updatedAt ?? null, keptPersonIds: hidden, values };
  const editor = await editorOf(context, principal, account, { state, before, preview: [] });
  if (editor.events.length === 0)
    return notice('There is no event yet. Make one with the seed file or the management API first.');
  if (editor.policies.length === 0)
    return notice(
      'There is no approval policy yet. Make one with the seed file or the management API first.',
    );
  return { kind: 'editor', editor };
}

async function newValues(
  { db }: Context,
  { organizationId }: Principal,
  { eventId = null, policyId = null }: Partial<Pick<EditorValues, 'eventId' | 'policyId'>>,
): Promise<EditorValues> {
  return {
    eventId,
    policyId: policyId ?? (await defaultPolicy(db, organizationId))?.id ?? null,
    requirementId: 2,
    approvers: [],
    managerApproves: false,
    fallbackApprovers: [],
    subscribers: [],
    managerSubscribes: false,
    channels: [],
    disallowRequester: true,
    checksFirst: false,
    previewFor: null,
  };
}

async function editorOf(
  context: Context,
  principal: Principal,
  account: ChatAccount,
  form: { state: EditorState; before: WorkflowRecord | null; preview: readonly CardLine[] },
): Promise<WorkflowEditor> {
  const { state, before, preview } = form;
  return {
    workflowId: state.workflowId,
    seenAt: state.seenAt,
    title: state.workflowId === null ? 'New workflow' : `Workflow ${state.workflowId}`,
    submitLabel: state.workflowId === null ? 'Create' : 'Save',
    ...(await menusOf(context, principal, state.values)),
    values: state.values,
    names: await shownNames(context.db, account, state.values),
    kept: await keptOf(context.db, account, before, state.keptPersonIds),
    preview,
  };
}

async function previewWorkflow(
  context: Context,
  principal: Principal,
  account: ChatAccount,
  state: EditorState,
): Promise<CommandAnswer> {
  const forbidden = writingRefused(principal);
  if (forbidden) return notice(forbidden.why);
  const before = await recordOf(context, principal, state.workflowId);
  if (before === 'gone') return notice(goneSentence(state.workflowId));
  const preview = await previewLines(context, principal, account, { state, before });
  return {
    kind: 'editor',
    editor: await editorOf(context, principal, account, { state, before, preview }),
  };
}

async function previewLines(
  context: Context,
  principal: Principal,
  account: ChatAccount,
  { state, before }: { state: EditorState; before: WorkflowRecord | null },
): Promise<CardLine[]> {
  const { values } = state;
  if (values.previewFor === null) return [];
  const entered = await enteredAccounts(context, principal, account, { before, values, deadlineMs: null });
  const draft = asWorkflow(principal.organizationId, before, draftOf(state, account, before, entered.people));
  if (!draft) return [[text('Choose an event and a policy to see who would be asked.')]];
  const requesterId = entered.people.get(values.previewFor);
  if (requesterId === undefined) return [[text(previewTrouble(values.previewFor, entered, account))]];
  const explained = await explainApprovers(
    context,
    principal,
    { eventId: draft.eventId, requesterId, draft },
    account,
  );
  if (!explained.ok)
    return [
      [text('why' in explained.refusal ? explained.refusal.why : 'This event is gone: choose another.')],
    ];
  const wrong = Object.values(accountProblems(values, entered, account.platform));
  return [
    askedLine(explained.value),
    ...furtherLines(explained.value),
    ...wrong.map((sentence) => [text(sentence)]),
  ];
}

function previewTrouble(externalId: string, entered: EnteredAccounts, account: ChatAccount): string {
  const problem = entered.problems.get(externalId);
  return problem
    ? `${problem} Choose somebody who starts pipelines.`
    : `${PLATFORM_NAMES[account.platform]} has not yet said who this is: choose them again in a moment.`;
}

async function submitWorkflow(
  context: Context,
  principal: Principal,
  account: ChatAccount,
  state: EditorState,
  deadlineMs: number,
): Promise<EditorAnswer> {
  const forbidden = writingRefused(principal);
  if (forbidden) return notice(`${forbidden.why} Nothing was saved.`);
  const before = await recordOf(context, principal, state.workflowId);
  if (before === 'gone') return notice(goneSentence(state.workflowId));
  if (before && before.updatedAt !== state.seenAt) return notice(changedSentence(before.id));
  const { values } = state;
  const lists = { ...values, previewFor: null };
  const entered = await enteredAccounts(context, principal, account, { before, values: lists, deadlineMs });
  const draft = draftOf(state, account, before, entered.people);
  const wrong = accountProblems(values, entered, account.platform);
  if (Object.keys(wrong).length > 0) {
    const others = await checkWorkflow(context.db, principal.organizationId, before, named(draft));
    const rest = others.ok ? {} : await problemsOf(context, principal, before, draft, others.problems);
    return { kind: 'field_errors', problems: { ...rest, ...wrong } };
  }
  const saved = before
    ? await updateWorkflow(context, principal, before.id, changed(before, draft), before.updatedAt)
    : await createWorkflow(context, principal, draft);
  if (saved.ok) return { kind: 'saved', page: await savedPage(context, principal, before, saved.value) };
  return refusalAnswer(context, principal, { before, draft, refusal: saved.refusal });
}

/** Lists that stay as they are are not named: somebody who left since does not block other changes. */
function changed(before: WorkflowRecord, draft: ReturnType<typeof draftOf>): Partial<typeof draft> {
  const change: Partial<typeof draft> = { ...draft };
  for (const [, member] of PEOPLE_LISTS)
    if (JSON.stringify(before[member]) === JSON.stringify(draft[member])) delete change[member];
  return change;
}

async function refusalAnswer(
  context: Context,
  principal: Principal,
  {
    before,
    draft,
    refusal,
  }: {
    before: WorkflowRecord | null;
    draft: ReturnType<typeof draftOf>;
    refusal: Extract<Managed<never>, { ok: false }>['refusal'];
  },
): Promise<EditorAnswer> {
  if (refusal.kind === 'not_found') return notice(goneSentence(before?.id ?? null));
  if (refusal.kind === 'conflict') return notice(before ? changedSentence(before.id) : refusal.why);
  if (refusal.kind === 'forbidden') return notice(refusal.why);
  const problems = await problemsOf(context, principal, before, draft, refusal.problems);
  return { kind: 'field_errors', problems };
}

function problemsOf(
  context: Context,
  { organizationId }: Principal,
  before: WorkflowRecord | null,
  draft: ReturnType<typeof draftOf>,
  problems: Parameters<typeof editorProblems>[2],
): Promise<EditorProblems> {
  return editorProblems(context.db, { organizationId, before, draft }, problems);
}

async function recordOf(
  context: Context,
  principal: Principal,
  workflowId: number | null,
): Promise<WorkflowRecord | null | 'gone'> {
  if (workflowId === null) return null;
  const found = await getWorkflow(context, principal, workflowId);
  return found.ok ? found.value : 'gone';
}

function unfitSentence(workflow: WorkflowRecord): string | null {
  if (workflow.targetTypeId !== 1)
    return `Workflow ${workflow.id} is for budgets or deals, which no pipeline asks for. Edit it with the management API.`;
  const long = PEOPLE_LISTS.some(([, member]) => workflow[member].length > LIST_MAX);
  return long
    ? `Workflow ${workflow.id} lists more than ${LIST_MAX} people, more than a form can hold. Edit it with the management API.`
    : null;
}

function goneSentence(id: number | null): string {
  return `There is no approval workflow ${id}; “/approvals list” shows those there are.`;
}

function changedSentence(id: number): string {
  return `Somebody changed workflow ${id} while you had the form open, so nothing was saved. Open it again with /approvals edit ${id} and look at what changed first.`;
}

function notice(sentence: string): { kind: 'notice'; sentence: string } {
  return { kind: 'notice', sentence };
}
