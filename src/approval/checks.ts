import type { NewSlot, Slot } from './approvers.ts';
import type { Person } from './person.ts';
import type { CountedVote } from './requirement.ts';

const CHECK = 'check-';

/** The group of the nth check: each has one of its own, so that each must pass. */
export function checkGroup(nth: number): string {
  return `${CHECK}${nth}`;
}

/** Whether a place is a check's: it is asked before the people are (`checksFirst`). */
export function isCheck(slot: Pick<NewSlot, 'groupKey'>): boolean {
  return slot.groupKey.startsWith(CHECK);
}

/** Whether somebody holds a check's place: a machine, or whoever an admin gave it to. */
export function holdsCheck(personId: number, slots: readonly Slot[]): boolean {
  return slots.some((slot) => isCheck(slot) && slot.personId === personId);
}

/** The places of checks that have not passed, by the votes that count; none = people may be asked. */
export function openChecks(
  slots: readonly Slot[],
  counting: readonly Pick<CountedVote, 'personId' | 'action'>[],
): Slot[] {
  const passed = (slot: Slot) =>
    counting.some((vote) => vote.action === 'APPROVE' && vote.personId === slot.personId);
  return slots.filter((slot) => isCheck(slot) && !passed(slot));
}

const MOST_NAMED = 3;

/** “the check Smoke tests”, “the checks Smoke tests and Licences”: what people wait for. */
export function checkWords(open: readonly Slot[], people: ReadonlyMap<number, Pick<Person, 'name'>>): string {
  const names = open.map(({ personId }) =>
    personId === null ? 'one that has nobody' : (people.get(personId)?.name ?? 'somebody'),
  );
  const shown = names.slice(0, MOST_NAMED);
  if (names.length > MOST_NAMED) shown.push(`${names.length - MOST_NAMED} more`);
  const last = shown.at(-1) ?? '';
  const list = shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${last}` : last;
  return `the check${names.length > 1 ? 's' : ''} ${list}`;
}
