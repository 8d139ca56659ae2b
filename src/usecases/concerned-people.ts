import type { ManagerAnswer } from '../approval/approvers.ts';
import type { Person } from '../approval/person.ts';
import { type ApprovalWorkflow, DYNAMIC_MANAGER_ID } from '../approval/workflow.ts';
import type { Context } from './context.ts';
import { type FoundPerson, findManager, refreshPeople } from './find-people.ts';

/** Everybody a workflow names, as they are now, and the requester's manager where it wants one. */
export interface Concerned {
  people: Map<number, FoundPerson>;
  manager: ManagerAnswer;
}

/**
 * Looks at everybody a workflow concerns, and at `others`. `requester` null = nobody has confirmed who asked (R5).
 * Asks directories, so never inside a transaction. Throws DirectoryUnavailable.
 */
export async function findConcerned(
  context: Context,
  workflow: ApprovalWorkflow,
  requester: Person | null,
  others: Iterable<number> = [],
): Promise<Concerned> {
  const { organizationId } = workflow;
  const people = await refreshPeople(context, organizationId, [
    ...workflow.approverIds,
    ...workflow.fallbackApproverIds,
    ...workflow.subscriberIds,
    ...others,
    ...(requester ? [requester.id] : []),
  ]);
  const wantsManager =
    workflow.dynamicApproverIds.includes(DYNAMIC_MANAGER_ID) ||
    workflow.dynamicSubscriberIds.includes(DYNAMIC_MANAGER_ID);
  const manager: ManagerAnswer =
    wantsManager && requester
      ? await findManager(context, organizationId, requester)
      : { kind: 'missing', why: 'is unknown: Harness has not confirmed who asked' };
  return { people, manager };
}

/** Those of these people who are known. */
export function among({ people }: Pick<Concerned, 'people'>, ids: readonly number[]): Person[] {
  return ids.flatMap((id) => people.get(id)?.person ?? []);
}
