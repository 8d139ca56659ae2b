import type { InputValues } from './approver-input.ts';
import type { Slot } from './approvers.ts';
import { type Exclusion, ineligible, type Person } from './person.ts';
import type { DecisionAction, RequestLink } from './request.ts';
import type { ApprovalRequirement } from './workflow.ts';

/** One person's vote on one version of the content. */
export interface Vote {
  id: number;
  personId: number;
  contentVersion: number;
  action: DecisionAction;
  values: InputValues;
  comment: string;
  /** What it rests on: a test run, a build; null = none was given. */
  link: RequestLink | null;
  /** Where it was cast: slack, teams, api, harness_api. */
  via: string;
  at: number;
  /** Why it no longer counts; null while it does. */
  voidBecause: string | null;
}

/** A vote as far as the tally cares. */
export type CountedVote = Pick<Vote, 'personId' | 'contentVersion' | 'action' | 'voidBecause'>;

export interface Tally {
  verdict: 'waiting' | 'approved' | 'rejected';
  /** Groups that have their approval, of all groups. */
  fulfilled: number;
  needed: number;
}

/** The votes of this version that stand, whatever became of their voters since. */
export function decidingVotes<V extends CountedVote>(given: {
  votes: readonly V[];
  slots: readonly Slot[];
  contentVersion: number;
}): V[] {
  return given.votes.filter(
    (vote) =>
      vote.voidBecause === null &&
      vote.contentVersion === given.contentVersion &&
      given.slots.some((slot) => slot.personId === vote.personId),
  );
}

/** R13, R14: a vote counts while its voter still holds a slot, is eligible, and voted on this version. */
export function countingVotes<V extends CountedVote>(given: {
  votes: readonly V[];
  slots: readonly Slot[];
  contentVersion: number;
  people: ReadonlyMap<number, Person>;
  exclusion: Exclusion;
}): V[] {
  return decidingVotes(given).filter((vote) => {
    const person = given.people.get(vote.personId);
    return person !== undefined && ineligible(person, given.exclusion) === null;
  });
}

/**
 * The verdict of the votes that count: one REJECT rejects, approval needs one approval in every group, each by
 * another person (R15). `none` is approved; any other requirement without slots is never approved (R7).
 */
export function tally(
  requirement: ApprovalRequirement,
  slots: readonly Slot[],
  counting: readonly CountedVote[],
): Tally {
  const groups = Map.groupBy(slots, (slot) => slot.groupKey);
  const approvers = new Set(
    counting.filter((vote) => vote.action === 'APPROVE').map((vote) => vote.personId),
  );
  const fulfilled = distinctlyFulfilled(
    [...groups.values()].map((group) =>
      group.flatMap(({ personId }) => (personId !== null && approvers.has(personId) ? [personId] : [])),
    ),
  );
  const needed = groups.size;
  if (counting.some((vote) => vote.action === 'REJECT')) return { verdict: 'rejected', fulfilled, needed };
  if (requirement === 'none') return { verdict: 'approved', fulfilled, needed };
  return { verdict: needed > 0 && fulfilled === needed ? 'approved' : 'waiting', fulfilled, needed };
}

/** The most groups that can each be given an approver of their own: nobody counts twice, wherever they sit. */
function distinctlyFulfilled(groups: readonly (readonly number[])[]): number {
  const groupOf = new Map<number, number>();
  const seat = (group: number, tried: Set<number>): boolean =>
    groups[group]!.some((personId) => {
      if (tried.has(personId)) return false;
      tried.add(personId);
      const other = groupOf.get(personId);
      if (other !== undefined && !seat(other, tried)) return false;
      groupOf.set(personId, group);
      return true;
    });
  return groups.filter((_, group) => seat(group, new Set())).length;
}
