import type { RequestStatus } from '../approval/request.ts';
import type { StoredRequest } from './approval-requests.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Trx } from './database.ts';
import { countDay } from './day-totals.ts';
import { type Counted, keepTotals } from './list-totals.ts';
import { countOutcome } from './outcome-days.ts';
import type { Row } from './schema.ts';

const LIST = 'approval_requests';

/** What lists of requests are counted by. */
function counted(eventId: number, status: RequestStatus): Counted {
  return { status, event_status: `${eventId}:${status}` };
}

/** A request that was just inserted is counted as one that waits. */
export async function countNewRequest(
  trx: Trx,
  organizationId: number,
  eventId: number,
  now: number,
): Promise<void> {
  await keepTotals(trx, organizationId, LIST, null, counted(eventId, 'WAITING'));
  await countDay(trx, organizationId, LIST, now);
  await countOutcome(trx, organizationId, now, null, 'WAITING');
}

/** Takes a request out of the totals, before it is deleted. */
export async function forgetRequestTotals(
  trx: Trx,
  request: Pick<Row<'approval_requests'>, 'organization_id' | 'event_id' | 'status' | 'created_at'>,
): Promise<void> {
  const { organization_id, event_id, status, created_at } = request;
  await keepTotals(trx, organization_id, LIST, counted(event_id, status), null);
  await countDay(trx, organization_id, LIST, created_at, -1);
  await countOutcome(trx, organization_id, created_at, status, null);
}

/** Moves a locked request from one total to the other, and tells its cards, before its status changes; whether it does. */
export async function recount(
  trx: Trx,
  id: string,
  status: RequestStatus,
  locked: StoredRequest | null,
): Promise<boolean> {
  const before = locked ? countedUnder(locked) : await storedCountedUnder.first(trx, { id });
  if (!before || before.status === status) return false;
  const { organizationId, eventId, createdAt } = before;
  await keepTotals(trx, organizationId, LIST, counted(eventId, before.status), counted(eventId, status));
  await countOutcome(trx, organizationId, createdAt, before.status, status);
  await tellCards.all(trx, { id, status });
  return true;
}

function countedUnder({ organizationId, content, status, createdAt }: StoredRequest) {
  return { organizationId, eventId: content.event.id, status, createdAt };
}

const storedCountedUnder = queryOnce((db, { id }: { id: string }) =>
  db
    .selectFrom('approval_requests')
    .select(['organization_id as organizationId', 'event_id as eventId', 'status', 'created_at as createdAt'])
    .where('id', '=', id),
);

const tellCards = queryOnce((db, { id, status }: { id: string; status: RequestStatus }) =>
  db.updateTable('cards').set({ request_status: status }).where('request_id', '=', id),
);
