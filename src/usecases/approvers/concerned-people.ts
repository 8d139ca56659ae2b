import type { Person } from '../../approval/person.ts';
import { type ApprovalWorkflow, DYNAMIC_MANAGER_ID } from '../../approval/workflow.ts';
import type { Context } from '../context.ts';
import { type DirectoryUnavailable, together } from '../people/directory-answers.ts';
import {
  type FoundManager,
  type FoundPerson,
  findManager,
  NO_MANAGER,
  refreshPeople,
} from '../people/find-people.ts';

/** Everybody a workflow names, as they are now, and the requester's manager where it wants one. */
export interface Concerned {
  people: Map<number, FoundPerson>;
  manager: FoundManager;
  /** What directories could not say of any of them, to be looked at again; null = all was heard. */
  unsaid: DirectoryUnavailable | null;
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
  const manager: FoundManager =
    wantsManager && requester
      ? await managerOf(context, organizationId, requester, people.get(requester.id)?.unsaid ?? null)
      : { kind: 'missing', why: 'is unknown: Harness has not confirmed who asked', unsaid: null };
  const troubles = [...people.values(), manager].flatMap((found) => found.unsaid ?? []);
  return { people, manager, unsaid: together(troubles) };
}

/** Where the requester may have an account that nobody could look up, their manager may be named there. */
async function managerOf(
  context: Context,
  organizationId: number,
  requester: Person,
  trouble: DirectoryUnavailable | null,
): Promise<FoundManager> {
  const found = await findManager(context, organizationId, requester);
  if (found.kind === 'person' || found.why !== NO_MANAGER || !trouble) return found;
  return { ...found, why: `cannot be read: ${trouble.message}`, unsaid: trouble };
}

/** Those of these people who are known. */
export function among({ people }: Pick<Concerned, 'people'>, ids: readonly number[]): Person[] {
  return ids.flatMap((id) => people.get(id)?.person ?? []);
}
