import type { Slot } from './approvers.ts';
import { authorize } from './authorize.ts';
import { holdsCheck, openChecks } from './checks.ts';
import type { Person } from './person.ts';
import type { ApprovalRequest } from './request.ts';
import { decidingVotes, type Vote } from './requirement.ts';

/**
 * R13: whether a request waits for this person: they may decide it now and have not yet. On hold it waits all the
 * same, since it may be rejected. Says yes exactly where `decide` would take a first vote with a reason, but for people
 * whose turn comes once the checks have passed.
 */
export function awaits(
  person: Person,
  state: {
    request: ApprovalRequest;
    slots: readonly Slot[];
    votes: readonly Pick<Vote, 'personId' | 'contentVersion' | 'action' | 'voidBecause'>[];
  },
  now: number,
): boolean {
  const { request, slots, votes } = state;
  const { harness, expiresAt } = request;
  if (request.status !== 'WAITING' || !request.resolved) return false;
  if (harness.status !== null && harness.status !== 'WAITING') return false;
  if (expiresAt !== null && now >= expiresAt) return false;
  const decide = { kind: 'decide', shownVersion: request.contentVersion } as const;
  if (authorize(person, decide, request, slots) !== null) return false;
  const { contentVersion } = request;
  const open = openChecks(slots, decidingVotes({ votes, slots, contentVersion }));
  if (open.length > 0 && !holdsCheck(person.id, slots)) return false;
  return !votes.some(
    (vote) =>
      vote.personId === person.id &&
      vote.contentVersion === request.contentVersion &&
      vote.voidBecause === null,
  );
}
