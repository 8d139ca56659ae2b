/** How many of the people asked must approve (Productive's `approval_requirement_id` 1, 2, 3). */
export type ApprovalRequirement = 'none' | 'any' | 'all';

export const APPROVAL_REQUIREMENT_IDS = { none: 1, any: 2, all: 3 } as const satisfies Record<
  ApprovalRequirement,
  number
>;

/** Reads Productive's number; anything but 1, 2, 3 is undefined. */
export function approvalRequirementFromId(id: number): ApprovalRequirement | undefined {
  if (id === 1) return 'none';
  if (id === 2) return 'any';
  if (id === 3) return 'all';
  return undefined;
}

/** Productive's dynamic approver and subscriber option "Manager": the requester's manager. */
export const DYNAMIC_MANAGER_ID = 1;

/** What our own deadline does when it passes; Harness keeps its own (R22). */
export type ExpiryAction = 'expire' | 'reject';

/** A place besides direct messages that is told about a request, never a place that decides. */
export interface SubscriberChannel {
  platform: 'slack' | 'teams';
  channelId: string;
  /** The Slack team or Teams tenant the channel is in; absent = the organization's first. */
  tenant?: string;
}

/** (policy, event, target type) → who must approve and who is told. */
export interface ApprovalWorkflow {
  id: number;
  organizationId: number;
  approvalPolicyId: number;
  eventId: number;
  targetTypeId: number;
  requirement: ApprovalRequirement;
  approverIds: readonly number[];
  subscriberIds: readonly number[];
  fallbackApproverIds: readonly number[];
  dynamicApproverIds: readonly number[];
  dynamicSubscriberIds: readonly number[];
  subscriberChannels: readonly SubscriberChannel[];
  disallowRequester: boolean;
  /** Each machine among the approvers is a check that must pass before people are asked. */
  checksFirst: boolean;
  expiryAction: ExpiryAction;
}

/** One reason why a workflow cannot be saved: which field, and the sentence the seed's 422 uses. */
export interface WorkflowProblem {
  field: 'event' | 'approval_policy' | 'approval_requirement_id' | 'target_type_id' | 'approver_ids';
  detail: string;
}

/**
 * Every problem of a workflow at once, in the seed's order (event before approver_ids).
 * Source: seed 004, the 422 of PATCH /approval_workflows/14.
 */
export function workflowProblems(draft: {
  eventId: number | null;
  approvalPolicyId: number | null;
  requirement: ApprovalRequirement | null;
  targetTypeId: number;
  approverIds: readonly number[];
  dynamicApproverIds: readonly number[];
}): WorkflowProblem[] {
  const problems: WorkflowProblem[] = [];
  if (draft.eventId === null && draft.targetTypeId === 1)
    problems.push({ field: 'event', detail: "can't be blank" });
  if (draft.approvalPolicyId === null) problems.push({ field: 'approval_policy', detail: "can't be blank" });
  if (draft.requirement === null)
    problems.push({ field: 'approval_requirement_id', detail: 'must be 1, 2 or 3' });
  if (![1, 2, 3].includes(draft.targetTypeId))
    problems.push({ field: 'target_type_id', detail: 'must be 1, 2 or 3' });
  const mustAsk = draft.requirement === 'any' || draft.requirement === 'all';
  if (mustAsk && draft.approverIds.length + draft.dynamicApproverIds.length === 0)
    problems.push({ field: 'approver_ids', detail: "approver list can't be empty" });
  return problems;
}

/** Why checks cannot come first in a workflow with these approvers, to follow `checks_first`; null = they can. */
export function checksFirstProblem(
  requirement: ApprovalRequirement | null,
  approvers: readonly { kind: 'human' | 'machine' }[],
): string | null {
  if (requirement === 'none')
    return 'needs the requirement any or all: where nothing is required, nothing is waited for';
  if (approvers.some(({ kind }) => kind === 'machine')) return null;
  return 'needs a machine among the approvers: each machine is a check (make one with npm run token)';
}
