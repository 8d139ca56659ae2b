import { authorize } from '../../approval/authorize.ts';
import { type CardLine, strong, text } from '../../approval/card.ts';
import type { PageAction, PageItem, PageSection } from '../../approval/page.ts';
import { clip } from '../../approval/plain-text.ts';
import type { ApprovalRequirement } from '../../approval/workflow.ts';
import { policiesById } from '../../store/approval-policies.ts';
import { type WorkflowRecord, workflowsById } from '../../store/approval-workflows.ts';
import { eventsById } from '../../store/events.ts';
import { approversNotReached, requestsInTrouble, workflowIds } from '../../store/home-lists.ts';
import { peopleById } from '../../store/people.ts';
import { awaitsChoice } from '../gates/choose-gate.ts';
import { originLine, pipelineLink, readShown, requestLine, type ShownRequest } from './home-requests.ts';
import { type HomeContext, type HomeReader, listSection, MOST_LISTED } from './home-section.ts';

const NAMES_MAX = 120;

/** Decisions that Harness did not take and requests that are held, each with why; Retry, but not of one's own (R16). */
export async function troubleSection(context: HomeContext, reader: HomeReader): Promise<PageSection> {
  const { organizationId } = reader.person;
  return listSection(reader, {
    section: 'trouble',
    title: 'Needs you',
    all: await requestsInTrouble(context.db, organizationId, MOST_LISTED),
    empty: null,
    draw: async (id) => {
      const shown = await readShown(context, reader, id, 'admin');
      return shown && troubleItem(reader, shown);
    },
  });
}

function troubleItem(reader: HomeReader, shown: ShownRequest): PageItem {
  const { card, view } = shown;
  const isHeld = view.request.status === 'WAITING' && view.request.problem !== null;
  return {
    line: requestLine(shown),
    // The first warning of a held request says that it is held, and why.
    details: [...(isHeld ? [] : [card.status]), ...card.warnings.slice(0, 2), originLine(shown)],
    actions: [...retry(reader, shown), ...choose(reader, shown), ...pipelineLink(shown)].slice(0, 2),
  };
}

function retry({ person }: HomeReader, { view, card }: ShownRequest): PageAction[] {
  const { request, slots, submission } = view;
  if (submission?.state !== 'dead') return [];
  if (authorize(person, { kind: 'retry_submission' }, request, slots) !== null) return [];
  const action = { label: 'Retry', style: 'primary' } as const;
  if (card.cardId === '') return [{ ...action, kind: 'command', command: `retry ${request.id}` }];
  const { cardId, contentVersion } = card;
  return [{ ...action, kind: 'card', press: 'retry_submission', cardId, contentVersion }];
}

function choose({ person }: HomeReader, { view }: ShownRequest): PageAction[] {
  const { request, slots, submission } = view;
  if (!awaitsChoice(request, submission)) return [];
  if (authorize(person, { kind: 'choose_instance' }, request, slots) !== null) return [];
  const action = { label: 'Choose the gate', style: 'primary' } as const;
  return [{ ...action, kind: 'command', command: `choose ${request.id}` }];
}

/** Approvers of waiting requests who could not be told of them, and why. */
export async function unreachedSection(context: HomeContext, reader: HomeReader): Promise<PageSection> {
  const { db } = context;
  const { organizationId } = reader.person;
  const unreached = await approversNotReached(db, organizationId, MOST_LISTED);
  const people = await peopleById(
    db,
    unreached.map(({ personId }) => personId),
  );
  return listSection(reader, {
    section: 'unreached',
    title: 'Approvers who cannot be reached',
    all: unreached,
    empty: null,
    draw: async ({ personId, why, requests }) => {
      const person = people.get(personId);
      const waits = requests === 1 ? '1 request waits' : `${requests} requests wait`;
      return person
        ? { line: [strong(person.name), text(` · ${waits}`)], details: [[text(why)]], actions: [] }
        : null;
    },
  });
}

/** Every workflow with Edit, and a button to make one. */
export async function workflowsSection(context: HomeContext, reader: HomeReader): Promise<PageSection> {
  const { db } = context;
  const { organizationId } = reader.person;
  return listSection(reader, {
    section: 'workflows',
    title: 'Workflows',
    all: await workflowIds(db, organizationId, MOST_LISTED),
    empty: 'There is no workflow yet: it says who approves what.',
    draw: async (id) => {
      const workflow = (await workflowsById(db, organizationId, [id])).get(id);
      return workflow ? workflowItem(context, workflow) : null;
    },
    actions: [{ label: 'New workflow', style: 'primary', kind: 'command', command: 'create' }],
  });
}

const REQUIREMENT_WORDS: Readonly<Record<ApprovalRequirement, string>> = {
  none: 'Nobody has to approve',
  any: 'Any one of these: ',
  all: 'All of these: ',
};

async function workflowItem({ db }: HomeContext, workflow: WorkflowRecord): Promise<PageItem> {
  const { organizationId, eventId, approvalPolicyId, requirement } = workflow;
  const event = eventId === null ? null : (await eventsById(db, organizationId, [eventId])).get(eventId);
  const policy = (await policiesById(db, organizationId, [approvalPolicyId])).get(approvalPolicyId);
  const people = await peopleById(db, workflow.approverIds);
  const names = workflow.approverIds.flatMap((id) => people.get(id)?.name ?? []);
  if (workflow.dynamicApproverIds.length > 0) names.push('the manager of who asks');
  const who: CardLine = [
    text(REQUIREMENT_WORDS[requirement]),
    text(requirement === 'none' ? '' : clip(names.join(', '), NAMES_MAX)),
    text(workflow.checksFirst ? '. The machines are checks and come first.' : ''),
  ];
  return {
    line: [strong(event?.name ?? 'No event'), text(` · ${policy?.name ?? 'no policy'} policy`)],
    details: [who],
    actions: [{ label: 'Edit', kind: 'command', command: `edit ${workflow.id}` }],
  };
}
