import {
  approvalRequirementFromId,
  checksFirstProblem,
  DYNAMIC_MANAGER_ID,
  type ExpiryAction,
  type SubscriberChannel,
  workflowProblems,
} from '../../approval/workflow.ts';
import { policiesById } from '../../store/approval-policies.ts';
import { type WorkflowColumns, type WorkflowRecord, workflowIdOf } from '../../store/approval-workflows.ts';
import type { Reader } from '../../store/database.ts';
import { eventsById } from '../../store/events.ts';
import { peopleById } from '../../store/people.ts';
import { CHANNEL_WORDS, isChannel, uniqueChannels, withKnownTenants } from '../cards/subscriber-channels.ts';
import type { FieldProblem } from '../managing/managing.ts';
import { missingPeople } from '../people/existing-people.ts';

/** What can be written of a workflow; ids that do not exist are told as problems. */
export interface WorkflowDraft {
  eventId: number | null;
  approvalPolicyId: number | null;
  /** 1 none, 2 any, 3 all. */
  approvalRequirementId: number | null;
  /** 1 unless said otherwise. */
  targetTypeId?: number;
  approverIds?: readonly number[];
  subscriberIds?: readonly number[];
  fallbackApproverIds?: readonly number[];
  dynamicApproverIds?: readonly number[];
  dynamicSubscriberIds?: readonly number[];
  subscriberChannels?: readonly SubscriberChannel[];
  disallowRequester?: boolean;
  checksFirst?: boolean;
  expiryAction?: ExpiryAction;
}
/** Members left out keep their value. */
export type WorkflowChange = Partial<WorkflowDraft>;

const MAX_PEOPLE = 200;
const MAX_CHANNELS = 50;

/** The seed's order; what the seed does not name follows. */
const ORDER: readonly string[] = [
  'event',
  'approval_policy',
  'approval_requirement_id',
  'target_type_id',
  'approver_ids',
];

const LISTS = [
  ['approverIds', 'approver_ids'],
  ['subscriberIds', 'subscriber_ids'],
  ['fallbackApproverIds', 'fallback_approver_ids'],
] as const;

const EMPTY = {
  eventId: null,
  approvalPolicyId: null,
  requirement: null,
  targetTypeId: 1,
  approverIds: [],
  subscriberIds: [],
  fallbackApproverIds: [],
  dynamicApproverIds: [],
  dynamicSubscriberIds: [],
  subscriberChannels: [],
  disallowRequester: false,
  checksFirst: false,
  expiryAction: 'expire',
} as const;

/**
 * The whole workflow as it would be, or every problem it would have, in the seed's order (event … approver_ids). Ids
 * are looked up where this write names them anew: a person who left since does not block other changes. A lone
 * workflow per policy, event and target type: R6.
 */
export async function checkWorkflow(
  db: Reader,
  organizationId: number,
  before: WorkflowRecord | null,
  wanted: WorkflowChange,
): Promise<{ ok: true; columns: WorkflowColumns } | { ok: false; problems: FieldProblem[] }> {
  const { approvalRequirementId: requirementId, ...others } = wanted;
  const requirement = requirementId == null ? null : (approvalRequirementFromId(requirementId) ?? null);
  const merged = {
    ...(before ?? EMPTY),
    ...others,
    ...(requirementId !== undefined && { requirement }),
  };
  const draft = {
    ...merged,
    approverIds: unique(merged.approverIds),
    subscriberIds: unique(merged.subscriberIds),
    fallbackApproverIds: unique(merged.fallbackApproverIds),
    dynamicApproverIds: unique(merged.dynamicApproverIds),
    dynamicSubscriberIds: unique(merged.dynamicSubscriberIds),
    subscriberChannels: uniqueChannels(
      withKnownTenants(merged.subscriberChannels, before?.subscriberChannels ?? []),
    ),
  };
  const problems: FieldProblem[] = workflowProblems(draft).map((problem) => ({
    ...problem,
    ...(['event', 'approval_policy'].includes(problem.field) && { attribute: `${problem.field}_id` }),
  }));
  problems.push(
    ...(await eventProblems(db, organizationId, before, draft.eventId)),
    ...(await policyProblems(db, organizationId, before, draft.approvalPolicyId)),
    ...(await peopleProblems(db, organizationId, wanted)),
    ...optionProblems(draft),
    ...(await checksProblems(db, draft)),
  );
  if (!problems.some(({ field }) => ORDER.slice(0, 4).includes(field)))
    problems.push(...(await secondProblems(db, organizationId, before, draft)));
  const { eventId, approvalPolicyId, requirement: required } = draft;
  if (problems.length > 0 || approvalPolicyId === null || required === null)
    return { ok: false, problems: problems.sort(bySeedOrder) };
  return {
    ok: true,
    columns: {
      eventId,
      approvalPolicyId,
      requirement: required,
      targetTypeId: draft.targetTypeId,
      approverIds: draft.approverIds,
      subscriberIds: draft.subscriberIds,
      fallbackApproverIds: draft.fallbackApproverIds,
      dynamicApproverIds: draft.dynamicApproverIds,
      dynamicSubscriberIds: draft.dynamicSubscriberIds,
      subscriberChannels: draft.subscriberChannels,
      disallowRequester: draft.disallowRequester,
      checksFirst: draft.checksFirst,
      expiryAction: draft.expiryAction,
    },
  };
}

function unique(ids: readonly number[]): readonly number[] {
  return [...new Set(ids)];
}

function bySeedOrder(a: FieldProblem, b: FieldProblem): number {
  const place = ({ field }: FieldProblem) => (ORDER.includes(field) ? ORDER.indexOf(field) : ORDER.length);
  return place(a) - place(b);
}

async function eventProblems(
  db: Reader,
  organizationId: number,
  before: WorkflowRecord | null,
  eventId: number | null,
): Promise<FieldProblem[]> {
  if (eventId === null || eventId === before?.eventId) return [];
  const event = (await eventsById(db, organizationId, [eventId])).get(eventId);
  if (event?.archivedAt === null) return [];
  return [{ field: 'event', attribute: 'event_id', detail: event ? 'is archived' : 'does not exist' }];
}

async function policyProblems(
  db: Reader,
  organizationId: number,
  before: WorkflowRecord | null,
  policyId: number | null,
): Promise<FieldProblem[]> {
  if (policyId === null || policyId === before?.approvalPolicyId) return [];
  const policy = (await policiesById(db, organizationId, [policyId])).get(policyId);
  if (policy?.archivedAt === null) return [];
  const detail = policy ? 'is archived' : 'does not exist';
  return [{ field: 'approval_policy', attribute: 'approval_policy_id', detail }];
}

async function peopleProblems(
  db: Reader,
  organizationId: number,
  wanted: WorkflowChange,
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  for (const [member, field] of LISTS) {
    const ids = unique(wanted[member] ?? []);
    if (ids.length > MAX_PEOPLE) problems.push({ field, detail: `must be at most ${MAX_PEOPLE}` });
    else {
      const missing = await missingPeople(db, organizationId, ids);
      if (missing.length > 0)
        problems.push({ field, detail: `no such active person: ${missing.join(', ')}` });
    }
  }
  return problems;
}

function optionProblems(draft: {
  dynamicApproverIds: readonly number[];
  dynamicSubscriberIds: readonly number[];
  subscriberChannels: readonly SubscriberChannel[];
  expiryAction: string;
}): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const dynamic = (field: string, ids: readonly number[]) => {
    if (ids.some((id) => id !== DYNAMIC_MANAGER_ID))
      problems.push({ field, detail: 'may hold only 1 (Manager)' });
  };
  dynamic('dynamic_approver_ids', draft.dynamicApproverIds);
  dynamic('dynamic_subscriber_ids', draft.dynamicSubscriberIds);
  const { subscriberChannels } = draft;
  if (subscriberChannels.length > MAX_CHANNELS)
    problems.push({ field: 'subscriber_channels', detail: `must be at most ${MAX_CHANNELS}` });
  else if (!subscriberChannels.every(isChannel))
    problems.push({
      field: 'subscriber_channels',
      detail: `must name ${CHANNEL_WORDS}`,
    });
  if (!['expire', 'reject'].includes(draft.expiryAction))
    problems.push({ field: 'expiry_action', detail: 'must be expire or reject' });
  return problems;
}

/** Checks are the machines among the approvers, so there must be one. */
async function checksProblems(
  db: Reader,
  {
    checksFirst,
    requirement,
    approverIds,
  }: Pick<WorkflowColumns, 'checksFirst' | 'approverIds'> & {
    requirement: WorkflowColumns['requirement'] | null;
  },
): Promise<FieldProblem[]> {
  if (!checksFirst) return [];
  const people = await peopleById(db, approverIds.slice(0, MAX_PEOPLE));
  const detail = checksFirstProblem(requirement, [...people.values()]);
  return detail === null ? [] : [{ field: 'checks_first', detail }];
}

/** R6: exactly one workflow per policy, event and target type. */
async function secondProblems(
  db: Reader,
  organizationId: number,
  before: WorkflowRecord | null,
  draft: { eventId: number | null; approvalPolicyId: number | null; targetTypeId: number },
): Promise<FieldProblem[]> {
  const { eventId, approvalPolicyId, targetTypeId } = draft;
  if (approvalPolicyId === null) return [];
  const other = await workflowIdOf(db, organizationId, { eventId, approvalPolicyId, targetTypeId });
  if (other === null || other === before?.id) return [];
  const detail = `has already been taken: workflow ${other} is for the same approval policy, event and target type`;
  return [{ field: 'event', attribute: 'event_id', detail }];
}
