import { type ExpressionBuilder, type QueryCreator, type SqlBool, sql } from 'kysely';
import { OUTBOX_KINDS, type OutboxKind } from './bookkeeping-tables.ts';
import { queryOnce, rowsOnce } from './compiled-queries.ts';
import type { Database, Reader } from './database.ts';
import { isShared } from './engine.ts';
import { finish, type LeasedRow } from './outbox-claims.ts';
import type { Row, Tables } from './schema.ts';
import { UNLUCKY_CRASHES } from './suspects.ts';

/** A row whose worker died this often without a word is poison: it is shown as dead instead of tried again. */
const MOST_CRASHES = 25;

/**
 * Claims up to `limit` rows that are due, of these kinds where any are named, the longest due first. Rows that killed
 * their worker too often become dead instead.
 */
export async function leaseDue(
  db: Database,
  now: number,
  limit: number,
  leaseMs: number,
  kinds: readonly OutboxKind[] = [],
  onGivenUp: (row: LeasedRow) => void = () => {},
): Promise<LeasedRow[]> {
  const rows = await leaseOf(kinds).all(db, { now, limit, until: now + leaseMs });
  const leased: LeasedRow[] = [];
  for (const row of rows) {
    if (row.crashes <= MOST_CRASHES) leased.push(toLeased(row));
    else {
      await finish(db, toLeased(row), { kind: 'dead', error: 'gave up: the worker died each time' });
      onGivenUp(toLeased(row));
    }
  }
  return leased;
}

const leases = new Map<string, ReturnType<typeof compileLease>>();

/** One statement for each choice of a lane's kinds, of which there are few. */
function leaseOf(kinds: readonly OutboxKind[]) {
  const name = kinds.join();
  const lease = leases.get(name) ?? compileLease(kinds);
  leases.set(name, lease);
  return lease;
}

function compileLease(kinds: readonly OutboxKind[]) {
  return queryOnce((db, { now, limit, until }: { now: number; limit: number; until: number }) =>
    db
      .with(
        (cte) => cte('claimable').materialized(),
        (qb) =>
          qb
            .selectFrom(dueRows(qb, isShared(db), { now, limit, kinds }))
            .select(['kind', 'subject_id'])
            .orderBy('run_at')
            .limit(limit),
      )
      .updateTable('outbox')
      .set((eb) => ({
        leased_until: until,
        lease: eb('lease', '+', 1),
        attempts: eb('attempts', '+', 1),
        crashes: eb('crashes', '+', 1),
      }))
      .where(({ eb, refTuple, selectFrom }) =>
        eb(
          refTuple('kind', 'subject_id'),
          'in',
          selectFrom('claimable').select(['kind', 'subject_id']).$asTuple('kind', 'subject_id'),
        ),
      )
      // The due test once more: without it PostgreSQL leased rows twice (docs/architecture.md).
      .where(isClaimable(now))
      .returningAll(),
  );
}

/**
 * Of these kinds, those of which something can be claimed: one statement, where nothing is due of most. On PostgreSQL
 * claims that found nothing were a third of all statements.
 */
export async function kindsDue(
  db: Reader,
  now: number,
  kinds: readonly OutboxKind[],
): Promise<ReadonlySet<OutboxKind>> {
  if (kinds.length === 0) return new Set();
  const rows = await claimableKinds.all(
    db,
    kinds.map((kind) => ({ kind, now })),
  );
  return new Set(rows.map(({ kind }) => kind));
}

const claimableKinds = rowsOnce((db, rows: readonly { kind: OutboxKind; now: number }[]) =>
  db
    .with('kinds(kind)', () => listed(rows))
    .selectFrom('kinds')
    .select('kind')
    .where(
      (eb) =>
        eb
          .selectFrom('outbox')
          .select(sql.lit(1).as('one'))
          .whereRef('outbox.kind', '=', 'kinds.kind')
          .where(isClaimable(rows[0]!.now))
          .limit(sql.lit(1)),
      'is not',
      null,
    ),
);

/** Kinds as the rows of a table. What is found for each of them is planned once, and is one seek in an index each. */
function listed(rows: readonly { kind: OutboxKind }[]) {
  return sql<{ kind: OutboxKind }>`(values ${sql.join(rows.map(({ kind }) => sql`(${kind})`))})`;
}

/** In the statement itself: an index of some rows is found by no value that is bound. */
const DUE = sql.lit('due' as const);

/**
 * The first rows that can be claimed: of each kind, where any are named, so that what is due of one is found however much
 * waits of another.
 */
function dueRows(
  db: QueryCreator<Tables>,
  shared: boolean,
  { now, limit, kinds }: { now: number; limit: number; kinds: readonly OutboxKind[] },
) {
  const due = db
    .selectFrom('outbox')
    .select(['kind', 'subject_id', 'run_at'])
    .where(isClaimable(now))
    .orderBy('run_at')
    .limit(limit)
    .$if(shared, (rows) => rows.forUpdate().skipLocked());
  const [first, ...others] = kinds.map((kind) =>
    db.selectFrom(due.where('kind', '=', kind).as('of_kind')).selectAll(),
  );
  if (!first) return due.as('due');
  return others.reduce((found, one) => found.unionAll(one), first).as('due');
}

/** Due, and claimed by nobody; but those that may have killed their worker wait for `pauseSuspects`. */
function isClaimable(now: number) {
  return ({ and, or, eb }: ExpressionBuilder<Tables, 'outbox'>) =>
    and([
      eb('state', '=', DUE),
      eb('run_at', '<=', now),
      eb('leased_until', '<=', now),
      or([eb('leased_until', '=', 0), eb('crashes', '<', UNLUCKY_CRASHES)]),
    ]);
}

function toLeased(row: Row<'outbox'>): LeasedRow {
  return {
    kind: row.kind,
    subjectId: row.subject_id,
    organizationId: row.organization_id,
    wantedRevision: row.wanted_revision,
    lease: row.lease,
    attempts: row.attempts,
    crashes: row.crashes,
    firstDueAt: row.first_due_at,
  };
}

/**
 * When the next row, of these kinds where any are named, can be claimed, epoch ms; null = nothing is owed. A claimed
 * row counts once its claim ends.
 */
export async function nextDueAt(
  db: Reader,
  kinds: readonly OutboxKind[] = OUTBOX_KINDS,
): Promise<number | null> {
  const row = await nextDue.all(
    db,
    kinds.map((kind) => ({ kind })),
  );
  return row[0]?.at ?? null;
}

const nextDue = rowsOnce((db, rows: readonly { kind: OutboxKind }[]) => {
  const kinds = rows.map(({ kind }) => kind);
  const claimed = db
    .selectFrom('outbox')
    .select('leased_until as at')
    .where('leased_until', '>', sql.lit(0))
    .where('state', '=', DUE)
    // An expression: what is claimed is little, what is of these kinds may be much.
    .where(sql<SqlBool>`case when kind in (${sql.join(kinds)}) then 1 else 0 end = 1`);
  return db
    .with('kinds(kind)', () => listed(rows))
    .selectFrom((eb) =>
      eb
        .selectFrom('kinds')
        .select((of) =>
          of
            .selectFrom('outbox')
            .select('run_at')
            .whereRef('outbox.kind', '=', 'kinds.kind')
            .where('state', '=', DUE)
            .where('leased_until', '=', 0)
            .orderBy('run_at')
            .limit(sql.lit(1))
            .as('at'),
        )
        .unionAll(claimed)
        .as('next'),
    )
    .select((eb) => eb.fn.min('at').as('at'));
});
