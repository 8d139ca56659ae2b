import { authorize } from '../approval/authorize.ts';
import type { Person } from '../approval/person.ts';
import type { StoredRequest } from '../store/approval-requests.ts';
import { undecidedBy } from '../store/waiting-requests.ts';
import type { Context } from './context.ts';

/** Older ones are not looked at: nobody decides that many. */
const MOST_LOOKED_AT = 200;

export interface WaitingPage {
  rows: readonly StoredRequest[];
  total: number;
  /** There may be still older ones beyond `total`. */
  more: boolean;
}

/**
 * What somebody may decide now, newest first: exactly the requests whose card offers them Approve. Held requests are
 * not among them, nor what they voted on. `page.number` starts at 1; past the end there are no rows.
 */
export async function waitingForPerson(
  context: Pick<Context, 'db'>,
  person: Person,
  page: { number: number; size: number },
): Promise<WaitingPage> {
  const candidates = await undecidedBy(context.db, person.id, MOST_LOOKED_AT);
  const waiting = candidates.filter((request) => mayApproveNow(person, request));
  const start = (page.number - 1) * page.size;
  return {
    rows: waiting.slice(start, start + page.size),
    total: waiting.length,
    more: candidates.length === MOST_LOOKED_AT,
  };
}

/** As `requestCard` offers it, for somebody who has a place and has not voted. */
function mayApproveNow(person: Person, request: StoredRequest): boolean {
  const { harness, problem } = request;
  const open = harness.status === null || harness.status === 'WAITING';
  const held = problem !== null && problem.kind !== 'vacant_slot';
  const place = { id: 0, groupKey: '', personId: person.id, origins: [], vacantBecause: null };
  const action = { kind: 'decide', shownVersion: request.contentVersion } as const;
  return (
    request.status === 'WAITING' &&
    open &&
    request.resolved &&
    !held &&
    authorize(person, action, request, [place]) === null
  );
}
