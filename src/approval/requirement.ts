import type { InputValues } from './approver-input.ts';
import type { Slot } from './approvers.ts';
import { type Exclusion, ineligible, type Person } from './person.ts';
import type { DecisionAction } from './request.ts';
import type { ApprovalRequirement } from './workflow.ts';

/** One person's vote on one version of the content. */
export interface Vote {
  id: number;
  personId: number;
  contentVersion: number;
  action: DecisionAction;
  values: InputValues;
  comment: string;
  /** Where it was cast: slack, teams, api. */
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

/** R13, R14: a vote counts while its voter still holds a slot, is eligible, and voted on this version. */
export function countingVotes<V extends CountedVote>(given: {
  votes: readonly V[];
  slots: readonly Slot[];
  contentVersion: number;
  people: ReadonlyMap<number, Person>;
  exclusion: Exclusion;
}): V[] {
  return given.votes.filter((vote) => {
    const person = given.people.get(vote.personId);
    return (
      vote.voidBecause === null &&
      vote.contentVersion === given.contentVersion &&
      person !== undefined &&
      ineligible(person, given.exclusion) === null &&
      given.slots.some((slot) => slot.personId === vote.personId)
    );
  });
}

/**
 * The verdict of the votes that count: one REJECT rejects, approval needs one approval in every group (R15).
 * `none` is approved; any other requirement without slots is never approved (R7).
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
  const fulfilled = [...groups.values()].filter((group) =>
    group.some((slot) => slot.personId !== null && approvers.has(slot.personId)),
  ).length;
  const needed = groups.size;
  if (counting.some((vote) => vote.action === 'REJECT')) return { verdict: 'rejected', fulfilled, needed };
  if (requirement === 'none') return { verdict: 'approved', fulfilled, needed };
  return { verdict: needed > 0 && fulfilled === needed ? 'approved' : 'waiting', fulfilled, needed };
}
