import type { RequestStatus } from '../approval/request.ts';
import type { Reader, Trx } from './database.ts';
import { collectDay } from './transaction-end.ts';

const DAY_MS = 86_400_000;
const STATUSES: readonly RequestStatus[] = [
  'WAITING',
  'APPROVED',
  'REJECTED',
  'EXPIRED',
  'ABORTED',
  'FAILED',
];

/** Requests that were opened on one day (days since 1970, UTC) and have this status now. */
export interface OutcomeOfDay {
  day: number;
  status: RequestStatus;
  total: number;
}

/** Counts a request under the day it was opened, as it comes (before null) or changes its status. */
export async function countOutcome(
  trx: Trx,
  organizationId: number,
  createdAt: number,
  before: RequestStatus | null,
  after: RequestStatus,
): Promise<void> {
  const day = Math.floor(createdAt / DAY_MS);
  if (before !== null) collectDay(trx, organizationId, listOf(before), day, -1);
  collectDay(trx, organizationId, listOf(after), day, 1);
}

function listOf(status: RequestStatus): string {
  return `approval_requests:${status}`;
}

/** How the requests of these days (both included) stand now: a row per day and status, from kept totals. */
export async function outcomesByDay(
  db: Reader,
  organizationId: number,
  firstDay: number,
  lastDay: number,
): Promise<OutcomeOfDay[]> {
  const rows = await outcomesQuery(db, organizationId, firstDay, lastDay).execute();
  const statuses = new Map(STATUSES.map((status) => [listOf(status), status]));
  return rows.map(({ day, list, total }) => ({ day, status: statuses.get(list)!, total }));
}

export function outcomesQuery(db: Reader, organizationId: number, firstDay: number, lastDay: number) {
  return db
    .selectFrom('day_totals')
    .select(['day', 'list', 'total'])
    .where('organization_id', '=', organizationId)
    .where('list', 'in', STATUSES.map(listOf))
    .where('day', '>=', firstDay)
    .where('day', '<=', lastDay);
}

/** How long the newest requests that votes decided since then took, ms from opening to decision; `limit` at most. */
export async function decisionTimes(
  db: Reader,
  organizationId: number,
  since: number,
  limit: number,
): Promise<number[]> {
  const rows = await decisionTimesQuery(db, organizationId, since, limit).execute();
  return rows.map((row) => row.decided_at! - row.created_at);
}

export function decisionTimesQuery(db: Reader, organizationId: number, since: number, limit: number) {
  return db
    .selectFrom('approval_requests')
    .select(['decided_at', 'created_at'])
    .where('organization_id', '=', organizationId)
    .where('decided_at', 'is not', null)
    .where('decided_at', '>=', since)
    .orderBy('decided_at', 'desc')
    .limit(limit);
}
