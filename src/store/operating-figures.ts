import { type SqlBool, sql } from 'kysely';
import type { RequestProblem, RequestStatus } from '../approval/request.ts';
import type { SubmissionState } from '../approval/submission.ts';
import type { OutboxKind } from './bookkeeping-tables.ts';
import type { Database } from './database.ts';
import { countResting } from './harness-connections.ts';

/** What whoever operates the bot wants to know of its database, of all organizations together. */
export interface OperatingFigures {
  requests: { status: RequestStatus; total: number }[];
  held: { problem: RequestProblem; total: number }[];
  outbox: { kind: OutboxKind; due: number; lateMs: number; dead: number }[];
  unsettled: { state: SubmissionState; total: number; ageMs: number }[];
  /** Connections to Harness that are paused. */
  resting: number;
}

const MOST = 10_000;
const STATUSES = ['WAITING', 'APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED', 'FAILED'] as const;
const KINDS = [
  ...(['resolve_approvers', 'sync_card', 'sync_thread', 'submit_approval', 'check_harness'] as const),
  ...(['check_connection', 'follow_execution', 'expire_request', 'sync_home', 'post_notice'] as const),
  'remove_copy',
] as const satisfies readonly OutboxKind[];
/** As the index `submissions_unsettled` has them. */
const UNSETTLED = ['queued', 'sending', 'partial', 'needs_input', 'ambiguous', 'dead'] as const;

/** Reads the figures from kept totals and by an index each; of what may be many, the first 10,000 are counted. */
export async function readFigures(db: Database, now: number): Promise<OperatingFigures> {
  const totals = await requestTotals(db).execute();
  const held = await heldRequests(db).execute();
  const due = await dueDebts(db, now).execute();
  const dead = await deadDebts(db).execute();
  const unsettled = await unsettledSubmissions(db).execute();
  const of = <Row>(rows: readonly Row[], key: keyof Row, value: string) =>
    rows.find((row) => row[key] === value);
  return {
    requests: STATUSES.map((status) => ({
      status,
      total: Number(of(totals, 'bucket', `status=${status}`)?.total ?? 0),
    })),
    held: held.map(({ problem, total }) => ({ problem: problem as RequestProblem, total: Number(total) })),
    outbox: KINDS.map((kind) => {
      const found = of(due, 'kind', kind);
      return {
        kind,
        due: Number(found?.total ?? 0),
        lateMs: found ? now - Number(found.oldest) : 0,
        dead: Number(of(dead, 'kind', kind)?.total ?? 0),
      };
    }),
    unsettled: UNSETTLED.map((state) => {
      const found = of(unsettled, 'state', state);
      return {
        state,
        total: Number(found?.total ?? 0),
        ageMs: found ? Math.max(0, now - Number(found.oldest)) : 0,
      };
    }),
    resting: await countResting(db),
  };
}

export function requestTotals(db: Database) {
  return db
    .selectFrom('list_totals')
    .select(['bucket', sql<number>`sum(total)`.as('total')])
    .where('list', '=', 'approval_requests')
    .where(
      'bucket',
      'in',
      STATUSES.map((status) => `status=${status}`),
    )
    .groupBy('bucket');
}

export function heldRequests(db: Database) {
  const some = db
    .selectFrom('approval_requests')
    .select('problem')
    .where('status', '=', sql.lit('WAITING' as const))
    .where('problem', 'is not', null)
    .limit(MOST);
  return db
    .selectFrom(some.as('held'))
    .select(['problem', sql<number>`count(*)`.as('total')])
    .groupBy('problem');
}

/** What is due and nobody has claimed, the longest due first. */
export function dueDebts(db: Database, now: number) {
  const some = db
    .selectFrom('outbox')
    .select(['kind', 'run_at'])
    .where('state', '=', sql.lit('due' as const))
    .where('run_at', '<=', now)
    .orderBy('run_at')
    .limit(MOST);
  return db
    .selectFrom(some.as('due'))
    .select(['kind', sql<number>`count(*)`.as('total'), sql<number>`min(run_at)`.as('oldest')])
    .groupBy('kind');
}

export function deadDebts(db: Database) {
  const some = db
    .selectFrom('outbox')
    .select('kind')
    .where('state', '=', sql.lit('dead' as const))
    .limit(MOST);
  return db
    .selectFrom(some.as('dead'))
    .select(['kind', sql<number>`count(*)`.as('total')])
    .groupBy('kind');
}

export function unsettledSubmissions(db: Database) {
  const some = db
    .selectFrom('submissions')
    .select(['state', 'created_at'])
    .where(sql<SqlBool>`state in (${sql.join(UNSETTLED.map((state) => sql.lit(state)))})`)
    .limit(MOST);
  return db
    .selectFrom(some.as('unsettled'))
    .select(['state', sql<number>`count(*)`.as('total'), sql<number>`min(created_at)`.as('oldest')])
    .groupBy('state');
}

/** Since when the piece of work that nobody claims has been due, epoch ms; `now` = nothing waits. */
export async function oldestDueAt(db: Database, now: number): Promise<number> {
  const row = await db
    .selectFrom('outbox')
    .select('run_at')
    .where('state', '=', sql.lit('due' as const))
    .where('run_at', '<=', now)
    .where('leased_until', '<=', now)
    .orderBy('run_at')
    .limit(1)
    .executeTakeFirst();
  return row?.run_at ?? now;
}
