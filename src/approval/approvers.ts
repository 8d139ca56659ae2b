import { type Exclusion, INELIGIBLE_WORDS, ineligible, type Person } from './person.ts';
import type { ApprovalRequirement, ApprovalWorkflow } from './workflow.ts';
import { DYNAMIC_MANAGER_ID } from './workflow.ts';

export type SlotOrigin = 'explicit' | 'manager' | 'fallback' | 'reassigned';

/**
 * One approver's place in a request. Slots with the same group key form one requirement: one approval in
 * the group fulfils it. A vacant slot has nobody and blocks its group.
 */
export interface Slot {
  id: number;
  groupKey: string;
  personId: number | null;
  origins: readonly SlotOrigin[];
  /** Why nobody holds it, for people to read; null while somebody does. */
  vacantBecause: string | null;
}

export type NewSlot = Omit<Slot, 'id'>;

/** The requester's manager: a person, or why there is none. */
export type ManagerAnswer = { kind: 'person'; person: Person } | { kind: 'missing'; why: string };

export interface NotAsked {
  /** null for a manager who could not be found. */
  personId: number | null;
  who: string;
  why: string;
}

export interface Resolution {
  slots: NewSlot[];
  notAsked: NotAsked[];
  problem: 'no_approver' | 'vacant_slot' | null;
}

/**
 * Who decides: listed approvers and the requester's manager, one slot per person, by R5 and R7.
 * Under *any* somebody who may not be asked is dropped and named; under *all* the slot stays, vacant, until a
 * fallback approver or a reassignment fills it. A person has one place at most, so a fallback approver stands in
 * for one missing approver and never for two. Never empty without a problem, unless nothing is required.
 */
export function resolveApprovers(given: {
  workflow: ApprovalWorkflow;
  /** The people behind approverIds. A listed id without a person counts as somebody who may not be asked. */
  approvers: readonly Person[];
  fallbackApprovers: readonly Person[];
  manager: ManagerAnswer;
  requesterVerified: boolean;
  exclusion: Exclusion;
  /** People who lost their place in this request for good (R14). */
  revoked: ReadonlySet<number>;
  /** Places an admin gave to somebody else, in that order; `from` null = a vacant one (R7). */
  reassigned: readonly { from: number | null; to: Person }[];
}): Resolution {
  if (given.workflow.requirement === 'none') return { slots: [], notAsked: [], problem: null };
  const seated = seatApprovers(given);
  const slots = given.reassigned.reduce(
    (current, one) => reassign(current, one, given.workflow.requirement, given.exclusion),
    seated.slots,
  );
  return { slots, notAsked: seated.notAsked, problem: placesProblem(given.workflow.requirement, slots) };
}

/** Whether a request's places can still come to an approval (R7). */
export function placesProblem(
  requirement: ApprovalRequirement,
  slots: readonly Pick<Slot, 'personId'>[],
): Resolution['problem'] {
  if (slots.every((slot) => slot.personId === null)) return 'no_approver';
  const blocked = requirement === 'all' && slots.some((slot) => slot.personId === null);
  return blocked ? 'vacant_slot' : null;
}

function reassign(
  slots: readonly NewSlot[],
  { from, to }: { from: number | null; to: Person },
  requirement: ApprovalRequirement,
  exclusion: Exclusion,
): NewSlot[] {
  if (slots.some((slot) => slot.personId === to.id)) return [...slots];
  const why = ineligible(to, exclusion);
  const slot = slots.find((one) => one.personId === from) ?? slots.find((one) => one.personId === null);
  const filled = (groupKey: string): NewSlot =>
    why === null
      ? slotOf(groupKey, to.id, ['reassigned'])
      : {
          groupKey,
          personId: null,
          origins: ['reassigned'],
          vacantBecause: `${to.name} ${INELIGIBLE_WORDS[why]}`,
        };
  if (slot) return slots.map((one) => (one === slot ? filled(one.groupKey) : one));
  return requirement === 'any' ? [...slots, filled('any')] : [...slots];
}

function seatApprovers(
  given: Parameters<typeof resolveApprovers>[0],
): Pick<Resolution, 'notAsked'> & { slots: NewSlot[] } {
  const { workflow, exclusion } = given;
  const fallback = given.fallbackApprovers.filter(
    (person) => ineligible(person, exclusion) === null && !given.revoked.has(person.id),
  );
  const wanted = wantedApprovers(given);
  const held = new Set(wanted.flatMap((want) => (want.why === null ? [want.person!.id] : [])));
  const substitutes = unique(fallback).filter((person) => !held.has(person.id));
  const notAsked = wanted.flatMap((want) => (want.why === null ? [] : [toNotAsked(want)]));

  if (workflow.requirement === 'any') {
    const seated = wanted.filter((want) => want.why === null);
    const slots: NewSlot[] =
      seated.length > 0
        ? seated.map((want) => slotOf('any', want.person!.id, want.origins))
        : substitutes.map((person) => slotOf('any', person.id, ['fallback']));
    return { slots, notAsked };
  }

  const missing = wanted.filter((want) => want.why !== null);
  const slots = wanted.flatMap((want, index): NewSlot[] => {
    const groupKey = `all-${index + 1}`;
    if (want.why === null) return [slotOf(groupKey, want.person!.id, want.origins)];
    const place = missing.indexOf(want);
    const standIns = substitutes.filter((_, nth) => nth % missing.length === place);
    if (standIns.length > 0) return standIns.map((person) => slotOf(groupKey, person.id, ['fallback']));
    return [{ groupKey, personId: null, origins: want.origins, vacantBecause: `${want.who} ${want.why}` }];
  });
  return { slots, notAsked };
}

interface Wanted {
  person: Person | null;
  who: string;
  origins: readonly SlotOrigin[];
  /** null = may be asked. */
  why: string | null;
}

const MANAGER_WHO = 'The requester’s manager';

function wantedApprovers(given: Parameters<typeof resolveApprovers>[0]): Wanted[] {
  const { workflow, approvers, manager, exclusion, requesterVerified } = given;
  // R5: nobody knows who asked, so nobody can be shown not to be the one who asked.
  const blind = exclusion.disallowRequester && !requesterVerified;
  const reason = (person: Person) => {
    const why = ineligible(person, exclusion);
    if (why) return INELIGIBLE_WORDS[why];
    if (given.revoked.has(person.id)) return 'was removed from this request';
    return blind ? 'might be who asked, which Harness has not confirmed' : null;
  };
  const known = new Map(approvers.map((person) => [person.id, person]));
  const wanted = [...new Set(workflow.approverIds)].map((id): Wanted => {
    const person = known.get(id) ?? null;
    return {
      person,
      who: person?.name ?? `Person ${id}`,
      origins: ['explicit'],
      why: person ? reason(person) : 'is no longer known here',
    };
  });
  if (!workflow.dynamicApproverIds.includes(DYNAMIC_MANAGER_ID)) return wanted;
  if (!requesterVerified)
    wanted.push({
      person: null,
      who: MANAGER_WHO,
      origins: ['manager'],
      why: 'is unknown: Harness has not confirmed who asked',
    });
  else if (manager.kind === 'missing')
    wanted.push({ person: null, who: MANAGER_WHO, origins: ['manager'], why: manager.why });
  else {
    const listed = wanted.find((want) => want.person?.id === manager.person.id);
    if (listed) listed.origins = ['explicit', 'manager'];
    else
      wanted.push({
        person: manager.person,
        who: manager.person.name,
        origins: ['manager'],
        why: reason(manager.person),
      });
  }
  return wanted;
}

/** Who is told: listed people and the manager, each once, without those who have an approver's card (R8). */
export function resolveSubscribers(given: {
  workflow: ApprovalWorkflow;
  subscribers: readonly Person[];
  manager: ManagerAnswer;
  requesterVerified: boolean;
  approverIds: ReadonlySet<number>;
}): { people: Person[]; notTold: NotAsked[] } {
  const wanted = [...given.subscribers];
  const notTold: NotAsked[] = [];
  if (given.workflow.dynamicSubscriberIds.includes(DYNAMIC_MANAGER_ID)) {
    if (given.manager.kind === 'person' && given.requesterVerified) wanted.push(given.manager.person);
    else
      notTold.push({
        personId: null,
        who: MANAGER_WHO,
        why: given.manager.kind === 'missing' ? given.manager.why : 'is unknown',
      });
  }
  const people = unique(wanted).filter((person) => {
    if (given.approverIds.has(person.id)) return false;
    if (person.standing === 'member') return true;
    notTold.push({ personId: person.id, who: person.name, why: INELIGIBLE_WORDS[person.standing] });
    return false;
  });
  return { people, notTold };
}

function slotOf(groupKey: string, personId: number, origins: readonly SlotOrigin[]): NewSlot {
  return { groupKey, personId, origins, vacantBecause: null };
}

function toNotAsked(want: Wanted): NotAsked {
  return { personId: want.person?.id ?? null, who: want.who, why: want.why! };
}

function unique(people: readonly Person[]): Person[] {
  return [...new Map(people.map((person) => [person.id, person])).values()];
}
