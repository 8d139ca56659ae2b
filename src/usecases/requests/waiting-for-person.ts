import { awaits } from '../../approval/awaits.ts';
import { isCheck } from '../../approval/checks.ts';
import type { Person } from '../../approval/person.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import { requestsWithCardOf } from '../../store/cards.ts';
import { pendingPlacesOf, withOpenChecks } from '../../store/pending-requests.ts';
import type { Context } from '../context.ts';

/** How many places are looked at; whoever has more waiting sees the newest. */
const MOST = 200;

export interface Waiting {
  requests: readonly StoredRequest[];
  /** More wait than were looked at. */
  more: boolean;
}

/**
 * What waits for one person's decision, newest first: exactly what they may decide now and have not (R13). What was
 * held before anybody was asked waits for an admin, not for them.
 */
export async function waitingForPerson(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  person: Person,
): Promise<Waiting> {
  const places = await pendingPlacesOf(db, person.id, MOST + 1);
  const deciding = places
    .slice(0, MOST)
    // No votes: a place with one on the present version is not pending.
    .filter(({ request, slot }) => awaits(person, { request, slots: [slot], votes: [] }, clock.now()));
  const behindChecks = deciding.filter(
    ({ request, slot }) => request.content.workflow.checksFirst && !isCheck(slot),
  );
  const tooEarly = await withOpenChecks(
    db,
    behindChecks.map(({ request }) => request.id),
  );
  const waiting = deciding
    .filter(({ request, slot }) => isCheck(slot) || !tooEarly.has(request.id))
    .map(({ request }) => request);
  const held = waiting.filter(({ problem }) => problem !== null && problem.kind !== 'vacant_slot');
  const asked = await requestsWithCardOf(
    db,
    person.id,
    held.map(({ id }) => id),
  );
  const requests = waiting.filter((request) => !held.includes(request) || asked.has(request.id));
  return { requests, more: places.length > MOST };
}
