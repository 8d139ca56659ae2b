import { type ApprovalWorkflow, DYNAMIC_MANAGER_ID } from '../../approval/workflow.ts';

type Deciders = Pick<ApprovalWorkflow, 'approverIds' | 'fallbackApproverIds' | 'dynamicApproverIds'>;

/** Who may no longer decide through a workflow. `managers`: nobody may any more just for being the manager. */
export interface RemovedApprovers {
  personIds: readonly number[];
  managers: boolean;
}

/** Whom a workflow loses once it is `after`; a fallback approver counts as one too (R14). */
export function removedApprovers(before: Deciders, after: Deciders): RemovedApprovers {
  const approvers = before.approverIds.filter((id) => !after.approverIds.includes(id));
  const fallbacks = before.fallbackApproverIds.filter(
    (id) => !after.fallbackApproverIds.includes(id) && !after.approverIds.includes(id),
  );
  const has = (deciders: Deciders) => deciders.dynamicApproverIds.includes(DYNAMIC_MANAGER_ID);
  return {
    personIds: [...new Set([...approvers, ...fallbacks])],
    managers: has(before) && !has(after),
  };
}
