import { checkGroup, isCheck } from './checks.ts';
import { calledName, type Exclusion, INELIGIBLE_WORDS, ineligible, type Person, selfOf } from './person.ts';
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
 * for one missing approver and never for two. Never empty without a problem, unless nothing is required. Where checks
 * come first, each machine listed is one, with a group of its own under *any* and *all* alike.
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
  /** People who opened it, themselves or by what acts for them (R16). */
  openers?: ReadonlySet<number>;
  /** Places an admin gave to somebody else, in that order; `from` null = a vacant one (R7). `group`: which it was. */
  reassigned: readonly { from: number | null; to: Person; group?: string }[];
}): Resolution {
  if (given.workflow.requirement === 'none') return { slots: [], notAsked: [], problem: null };
  const seated = seatApprovers(given);
  const reassigned = given.reassigned.reduce((current, one) => reassign(current, one, given), seated.slots);
  const slots = given.reassigned.length > 0 ? standIn(reassigned, given) : reassigned;
  return { slots, notAsked: seated.notAsked, problem: placesProblem(given.workflow.requirement, slots) };
}

/** Whether a request's places can still come to an approval (R7). */
export function placesProblem(
  requirement: ApprovalRequirement,
  slots: readonly Pick<Slot, 'personId' | 'groupKey'>[],
): Resolution['problem'] {
  const people = slots.filter((slot) => !isCheck(slot));
  // Checks stand in for nobody: people who were to decide and are not there leave nobody to decide.
  if ((people.length > 0 ? people : slots).every((slot) => slot.personId === null)) return 'no_approver';
  const blocked = slots.some((slot) => slot.personId === null && (requirement === 'all' || isCheck(slot)));
  return blocked ? 'vacant_slot' : null;
}

function reassign(
  slots: readonly NewSlot[],
  { from, to, group }: Parameters<typeof resolveApprovers>[0]['reassigned'][number],
  given: Parameters<typeof resolveApprovers>[0],
): NewSlot[] {
  if (slots.some((slot) => slot.personId === to.id)) return [...slots];
  const { requirement } = given.workflow;
  const why = barredWords(to, given);
  // Whoever got a person's place never comes to hold a check's by it.
  const meant = slots.filter((one) => (group === undefined ? !isCheck(one) : one.groupKey === group));
  const slot =
    slots.find((one) => one.personId === from && from !== null) ?? meant.find((one) => one.personId === null);
  const filled = (groupKey: string): NewSlot =>
    why === null
      ? slotOf(groupKey, to.id, ['reassigned'])
      : {
          groupKey,
          personId: null,
          origins: ['reassigned'],
          vacantBecause: `${to.name} ${why}`,
        };
  if (slot) return slots.map((one) => (one === slot ? filled(one.groupKey) : one));
  return requirement === 'any' && (group ?? 'any') === 'any' ? [...slots, filled('any')] : [...slots];
}

/** Fallback approvers who are left stand in for those who got a place and may not hold it any more (R7). */
function standIn(slots: NewSlot[], given: Parameters<typeof resolveApprovers>[0]): NewSlot[] {
  const held = new Set(slots.map((slot) => slot.personId));
  const left = eligibleFallback(given).filter((person) => !held.has(person.id));
  const seats = (groupKey: string, people: readonly Person[]) =>
    people.map((person) => slotOf(groupKey, person.id, ['fallback']));
  if (given.workflow.requirement === 'any') {
    const people = slots.filter((slot) => !isCheck(slot));
    const nobody = people.every((slot) => slot.personId === null);
    if (!nobody || left.length === 0 || (people.length === 0 && slots.length > 0)) return slots;
    return [...slots.filter((slot) => slot.personId !== null || isCheck(slot)), ...seats('any', left)];
  }
  // A check is no person's to stand in for: an admin gives its place to somebody, or it blocks.
  const vacant = slots.filter((slot) => slot.personId === null && !isCheck(slot));
  return slots.flatMap((slot) => {
    const place = vacant.indexOf(slot);
    const standIns = place < 0 ? [] : left.filter((_, nth) => nth % vacant.length === place);
    return standIns.length > 0 ? seats(slot.groupKey, standIns) : [slot];
  });
}

function eligibleFallback(given: Parameters<typeof resolveApprovers>[0]): Person[] {
  return unique(given.fallbackApprovers).filter((person) => barredWords(person, given) === null);
}

/** Why this person may not hold a place, to follow a name; null = they may. */
function barredWords(
  person: Person,
  { exclusion, revoked, openers }: Parameters<typeof resolveApprovers>[0],
): string | null {
  const why = ineligible(person, exclusion);
  if (why) return INELIGIBLE_WORDS[why];
  if (openers?.has(person.id)) return 'opened this request and may not decide it';
  return revoked.has(person.id) ? REVOKED_WORDS : null;
}

function seatApprovers(
  given: Parameters<typeof resolveApprovers>[0],
): Pick<Resolution, 'notAsked'> & { slots: NewSlot[] } {
  const { workflow } = given;
  const wanted = wantedApprovers(given);
  const checks = workflow.checksFirst ? wanted.filter(isCheckWanted) : [];
  if (workflow.requirement === 'all' || workflow.checksFirst) refuseSecondSelves(wanted, checks);
  const notAsked = wanted.flatMap((want) => (want.why === null ? [] : [toNotAsked(want)]));
  const people = wanted.filter((want) => !checks.includes(want));
  const held = new Set(wanted.flatMap((want) => (want.why === null ? [selfOf(want.person!)] : [])));
  const substitutes = eligibleFallback(given).filter((person) => !held.has(selfOf(person)));
  const checkSlots = checks.map((want, index) => placeOf(checkGroup(index + 1), want));
  // Where only checks were listed, they decide alone.
  if (checks.length > 0 && people.length === 0) return { slots: checkSlots, notAsked };
  const seats = workflow.requirement === 'any' ? seatAny(people, substitutes) : seatAll(people, substitutes);
  if (checks.length > 0 && seats.length === 0) seats.push(emptyPlace(people));
  return { slots: [...checkSlots, ...seats], notAsked };
}

/** Somebody listed whom nobody knows any more may have been a check: what is not known to have passed has not. */
function isCheckWanted({ person, origins }: Wanted): boolean {
  return origins.includes('explicit') && person?.kind !== 'human';
}

function placeOf(groupKey: string, want: Wanted): NewSlot {
  if (want.why === null) return slotOf(groupKey, want.person!.id, want.origins);
  return { groupKey, personId: null, origins: want.origins, vacantBecause: `${want.who} ${want.why}` };
}

/** Beside checks the people's place stays, vacant, when nobody may be asked: checks never decide for people. */
function emptyPlace(people: readonly Wanted[]): NewSlot {
  const vacantBecause = people.map(({ who, why }) => `${who} ${why}`).join('; ');
  return { groupKey: 'any', personId: null, origins: people[0]!.origins, vacantBecause };
}

function seatAny(people: readonly Wanted[], substitutes: readonly Person[]): NewSlot[] {
  const seated = people.filter((want) => want.why === null);
  return seated.length > 0
    ? seated.map((want) => slotOf('any', want.person!.id, want.origins))
    : substitutes.map((person) => slotOf('any', person.id, ['fallback']));
}

function seatAll(people: readonly Wanted[], substitutes: readonly Person[]): NewSlot[] {
  const missing = people.filter((want) => want.why !== null);
  return people.flatMap((want, index): NewSlot[] => {
    const groupKey = `all-${index + 1}`;
    if (want.why === null) return [placeOf(groupKey, want)];
    const place = missing.indexOf(want);
    const standIns = substitutes.filter((_, nth) => nth % missing.length === place);
    if (standIns.length > 0) return standIns.map((person) => slotOf(groupKey, person.id, ['fallback']));
    return [placeOf(groupKey, want)];
  });
}

/**
 * R16: where several must agree, a person and a machine of theirs would be one who agrees twice; the machine's place
 * stays vacant. Checks of one owner stand beside one another: each only adds to what has to pass.
 */
function refuseSecondSelves(wanted: readonly Wanted[], checks: readonly Wanted[]): void {
  const selves = new Set<number>();
  const humansFirst = wanted.toSorted(
    (a, b) => Number(a.person?.kind === 'machine') - Number(b.person?.kind === 'machine'),
  );
  for (const want of humansFirst) {
    if (want.person === null || want.why !== null) continue;
    if (selves.has(selfOf(want.person)))
      want.why = `answers to ${ownerWords(want.person, wanted)}: list a machine that answers to somebody else`;
    if (!checks.includes(want)) selves.add(selfOf(want.person));
  }
}

function ownerWords({ ownerId }: Person, wanted: readonly Wanted[]): string {
  const owner = wanted.find(({ person }) => person?.id === ownerId)?.person;
  return owner ? `${owner.name}, who is asked too` : 'the same person as another machine that is asked';
}

interface Wanted {
  person: Person | null;
  who: string;
  origins: readonly SlotOrigin[];
  /** null = may be asked. */
  why: string | null;
}

const REVOKED_WORDS = 'was removed from this request';
const MANAGER_WHO = 'The requester’s manager';

function wantedApprovers(given: Parameters<typeof resolveApprovers>[0]): Wanted[] {
  const { workflow, approvers, manager, exclusion, requesterVerified } = given;
  // R5: nobody knows who asked, so nobody can be shown not to be the one who asked.
  const blind = exclusion.disallowRequester && !requesterVerified;
  const reason = (person: Person) => {
    const why = barredWords(person, given);
    if (why) return why;
    return blind ? 'might be who asked, which Harness has not confirmed' : null;
  };
  const known = new Map(approvers.map((person) => [person.id, person]));
  const wanted = [...new Set(workflow.approverIds)].map((id): Wanted => {
    const person = known.get(id) ?? null;
    return {
      person,
      who: person ? calledName(person) : `Person ${id}`,
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
