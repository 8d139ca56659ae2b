import { calledName } from '../../approval/person.ts';
import {
  APPROVAL_REQUIREMENT_IDS,
  type ApprovalWorkflow,
  approvalRequirementFromId,
  DYNAMIC_MANAGER_ID,
  type SubscriberChannel,
} from '../../approval/workflow.ts';
import type { EditorOption, EditorValues, WorkflowEditor } from '../../approval/workflow-editor.ts';
import type { WorkflowRecord } from '../../store/approval-workflows.ts';
import type { Reader } from '../../store/database.ts';
import { accountsIn, namesOfAccounts } from '../../store/identities.ts';
import { peopleById } from '../../store/people.ts';
import type { ChatAccount, EditorState } from '../chat-commands.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import { listEvents, loadEvents } from './manage-events.ts';
import { listPolicies, loadPolicies } from './manage-policies.ts';
import type { WorkflowDraft } from './manage-workflows.ts';

/** How many options a menu is given; Slack's hold 100. */
const OPTIONS_MAX = 100;

/** The lists of people, by what the form calls them and what a workflow does. */
export const PEOPLE_LISTS = [
  ['approvers', 'approverIds'],
  ['fallbackApprovers', 'fallbackApproverIds'],
  ['subscribers', 'subscriberIds'],
] as const;

export type PeopleList = (typeof PEOPLE_LISTS)[number][0];

/** Everybody a workflow lists. */
export function listedIds(workflow: WorkflowRecord | null): number[] {
  return workflow ? [...new Set(PEOPLE_LISTS.flatMap(([, member]) => workflow[member]))] : [];
}

/** The accounts under which a workflow's people are shown to the one who edits it: person id → account. */
export function shownAccounts(
  db: Reader,
  account: ChatAccount,
  workflow: WorkflowRecord | null,
): Promise<Map<number, string>> {
  return accountsIn(db, account.organizationId, account, listedIds(workflow));
}

/** Account → name of the people a form shows, for platforms whose menus do not name them themselves. */
export function shownNames(
  db: Reader,
  account: ChatAccount,
  values: EditorValues,
): Promise<Map<string, string>> {
  const accounts = [...PEOPLE_LISTS.flatMap(([list]) => values[list]), values.previewFor ?? []].flat();
  return namesOfAccounts(db, account.organizationId, account, accounts);
}

/** A stored workflow as the form shows it. */
export function valuesOf(
  workflow: WorkflowRecord,
  account: ChatAccount,
  shown: ReadonlyMap<number, string>,
): EditorValues {
  const accounts = (ids: readonly number[]) => ids.flatMap((id) => shown.get(id) ?? []);
  return {
    eventId: workflow.eventId,
    policyId: workflow.approvalPolicyId,
    requirementId: APPROVAL_REQUIREMENT_IDS[workflow.requirement],
    approvers: accounts(workflow.approverIds),
    managerApproves: workflow.dynamicApproverIds.includes(DYNAMIC_MANAGER_ID),
    fallbackApprovers: accounts(workflow.fallbackApproverIds),
    subscribers: accounts(workflow.subscriberIds),
    managerSubscribes: workflow.dynamicSubscriberIds.includes(DYNAMIC_MANAGER_ID),
    channels: workflow.subscriberChannels
      .filter((channel) => isShown(channel, account))
      .map(({ channelId }) => channelId),
    disallowRequester: workflow.disallowRequester,
    checksFirst: workflow.checksFirst,
    previewFor: null,
  };
}

/** What the form cannot show of a workflow; `hiddenIds` = the people it could not show when it opened. */
export async function keptOf(
  db: Reader,
  account: ChatAccount,
  workflow: WorkflowRecord | null,
  hiddenIds: readonly number[],
): Promise<WorkflowEditor['kept']> {
  const hidden = new Set(hiddenIds);
  const people = await peopleById(db, hidden);
  const names = (ids: readonly number[]) =>
    ids
      .filter((id) => hidden.has(id))
      .map((id) => (people.has(id) ? calledName(people.get(id)!) : `Person ${id}`));
  return {
    approvers: names(workflow?.approverIds ?? []),
    subscribers: names(workflow?.subscriberIds ?? []),
    fallbackApprovers: names(workflow?.fallbackApproverIds ?? []),
    channels: otherChannels(account, workflow).map(({ channelId }) => channelId),
    personIds: [...hidden],
  };
}

function otherChannels(account: ChatAccount, workflow: WorkflowRecord | null): SubscriberChannel[] {
  return (workflow?.subscriberChannels ?? []).filter((channel) => !isShown(channel, account));
}

/** Whether the menus of this account's workspace know the channel. */
function isShown({ platform, tenant }: SubscriberChannel, account: ChatAccount): boolean {
  return platform === account.platform && (tenant === undefined || tenant === account.tenant);
}

/** What the form holds as a workflow to be written; nobody it could not show is lost, and the order stays. */
export function draftOf(
  { values, keptPersonIds }: EditorState,
  account: ChatAccount,
  before: WorkflowRecord | null,
  people: ReadonlyMap<string, number>,
): WorkflowDraft & Required<Pick<WorkflowDraft, 'approverIds' | 'fallbackApproverIds' | 'subscriberIds'>> {
  const kept = new Set(keptPersonIds);
  const list = (accounts: readonly string[], listed: readonly number[]) => {
    const chosen = accounts.flatMap((one) => people.get(one) ?? []);
    return [...new Set([...listed.filter((id) => kept.has(id) || chosen.includes(id)), ...chosen])];
  };
  const dynamic = (wanted: boolean) => (wanted ? [DYNAMIC_MANAGER_ID] : []);
  return {
    eventId: values.eventId,
    approvalPolicyId: values.policyId,
    approvalRequirementId: values.requirementId,
    approverIds: list(values.approvers, before?.approverIds ?? []),
    fallbackApproverIds: list(values.fallbackApprovers, before?.fallbackApproverIds ?? []),
    subscriberIds: list(values.subscribers, before?.subscriberIds ?? []),
    dynamicApproverIds: dynamic(values.managerApproves),
    dynamicSubscriberIds: dynamic(values.managerSubscribes),
    subscriberChannels: channelsOf(values.channels, account, before),
    disallowRequester: values.disallowRequester,
    checksFirst: values.checksFirst,
  };
}

function channelsOf(
  chosen: readonly string[],
  account: ChatAccount,
  before: WorkflowRecord | null,
): SubscriberChannel[] {
  const { platform, tenant } = account;
  const listed = before?.subscriberChannels ?? [];
  const stays = listed.filter((one) => !isShown(one, account) || chosen.includes(one.channelId));
  const known = new Set(stays.map(({ channelId }) => channelId));
  const added = chosen.filter((channelId) => !known.has(channelId));
  return [...stays, ...added.map((channelId) => ({ platform, channelId, tenant }))];
}

/** The draft as the rules see a workflow, for a dry run; null while event, policy or requirement is open. */
export function asWorkflow(
  organizationId: number,
  before: WorkflowRecord | null,
  draft: WorkflowDraft,
): ApprovalWorkflow | null {
  const { eventId, approvalPolicyId, approvalRequirementId: id } = draft;
  const requirement = id === null ? undefined : approvalRequirementFromId(id);
  if (eventId === null || approvalPolicyId === null || !requirement) return null;
  return {
    id: before?.id ?? 0,
    organizationId,
    approvalPolicyId,
    eventId,
    targetTypeId: 1,
    requirement,
    approverIds: draft.approverIds ?? [],
    subscriberIds: draft.subscriberIds ?? [],
    fallbackApproverIds: draft.fallbackApproverIds ?? [],
    dynamicApproverIds: draft.dynamicApproverIds ?? [],
    dynamicSubscriberIds: draft.dynamicSubscriberIds ?? [],
    subscriberChannels: draft.subscriberChannels ?? [],
    disallowRequester: draft.disallowRequester ?? false,
    checksFirst: draft.checksFirst ?? false,
    expiryAction: before?.expiryAction ?? 'expire',
  };
}

const ACTIVE_BY_NAME = {
  filters: [{ field: 'status', op: 'eq', values: ['1'] }],
  sort: [{ field: 'name', descending: false }],
  page: { number: 1, size: OPTIONS_MAX },
} as const;

/** What the menus offer: the first hundred by name; the chosen one is always among them, an archived one too. */
export async function menusOf(
  context: Context,
  principal: Principal,
  chosen: Pick<EditorValues, 'eventId' | 'policyId'>,
): Promise<Pick<WorkflowEditor, 'events' | 'policies' | 'leftOut'>> {
  const events = await listEvents(context, principal, ACTIVE_BY_NAME);
  const policies = await listPolicies(context, principal, ACTIVE_BY_NAME);
  const event = await loadEvents(context, principal, chosen.eventId === null ? [] : [chosen.eventId]);
  const policy = await loadPolicies(context, principal, chosen.policyId === null ? [] : [chosen.policyId]);
  const eventMenu = menu(events.ok ? events.value : NONE, [...event.values()]);
  const policyMenu = menu(policies.ok ? policies.value : NONE, [...policy.values()]);
  return {
    events: eventMenu.options,
    policies: policyMenu.options,
    leftOut: { events: eventMenu.leftOut, policies: policyMenu.leftOut },
  };
}

const NONE = { rows: [], total: 0 };

type Listed = EditorOption & { archivedAt: number | null };

function menu(
  { rows, total }: { rows: readonly Listed[]; total: number },
  chosen: readonly Listed[],
): { options: EditorOption[]; leftOut: number } {
  const missing = chosen.filter(({ id }) => !rows.some((row) => row.id === id));
  const options = [...missing, ...rows].slice(0, OPTIONS_MAX).map(({ id, name, archivedAt }) => ({
    id,
    name: archivedAt === null ? name : `${name} (archived)`,
  }));
  const active = missing.filter(({ archivedAt }) => archivedAt === null).length;
  const shownRows = options.length - missing.length;
  return { options, leftOut: Math.max(0, total - shownRows - active) };
}
