import { type ExpressionBuilder, sql } from 'kysely';
import type { OutboxKind } from './bookkeeping-tables.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Database, Reader } from './database.ts';
import { isShared } from './engine.ts';
import type { Tables } from './schema.ts';
import { pauseSuspects } from './suspects.ts';

/** One debt to the world, claimed by this worker until `leasedUntil`. `lease` fences out whoever held it before. */
export interface LeasedRow {
  kind: OutboxKind;
  subjectId: string;
  organizationId: number;
  wantedRevision: number;
  lease: number;
  /** Claims since it fell due, this one included. */
  attempts: number;
  /** Claims that nobody ended, this one included: above 1, a worker died with it. */
  crashes: number;
  firstDueAt: number;
}

/** The claim was taken over while we worked: whatever we meant to write must not be written. */
export class LeaseLost extends Error {}

export type Finish =
  | { kind: 'done' }
  /** `countsAsAttempt: false` for a wait that is nobody's failure, such as a rate limit. */
  | { kind: 'retry'; at: number; error: string; countsAsAttempt?: boolean }
  | { kind: 'dead'; error: string };

/**
 * Ends a claim. First statement of the effect's own transaction, so that an effect whose claim was lost is
 * rolled back with it. Throws LeaseLost then. A time that was set meanwhile (a wake-up, an admin's retry) is not put off
 * by the pause after a failure.
 */
export async function finish(db: Reader, row: LeasedRow, end: Finish): Promise<void> {
  const isHeld = end.kind === 'done' ? await finishDone(db, row) : await finishOtherwise(db, row, end);
  if (!isHeld) throw new LeaseLost(`${row.kind} ${row.subjectId}`);
}

/** The claim is still this worker's. */
function stands({ kind, subjectId, lease }: Pick<LeasedRow, 'kind' | 'subjectId' | 'lease'>) {
  return ({ and, eb }: ExpressionBuilder<Tables, 'outbox'>) =>
    and([
      eb('kind', '=', kind),
      eb('subject_id', '=', subjectId),
      eb('lease', '=', lease),
      eb('leased_until', '>', 0),
    ]);
}

/** Nothing is left to do or to try, but for what was owed meanwhile. */
function over(eb: ExpressionBuilder<Tables, 'outbox'>, wantedRevision: number, state: 'done' | 'dead') {
  const isWantedAgain = eb('wanted_revision', '>', wantedRevision);
  return {
    leased_until: 0,
    crashes: 0,
    attempts: 0,
    state: eb
      .case()
      .when(isWantedAgain)
      .then('due' as const)
      .else(state)
      .end(),
  };
}

async function finishDone(
  db: Reader,
  { kind, subjectId, lease, wantedRevision }: LeasedRow,
): Promise<boolean> {
  return (await markDone.first(db, { kind, subjectId, lease, wantedRevision })) !== undefined;
}

const markDone = queryOnce((db, row: Pick<LeasedRow, 'kind' | 'subjectId' | 'lease' | 'wantedRevision'>) =>
  db
    .updateTable('outbox')
    .set((eb) => ({
      ...over(eb, row.wantedRevision, 'done'),
      done_revision: row.wantedRevision,
      last_error: null,
    }))
    .where(stands(row))
    .returning('lease'),
);

async function finishOtherwise(
  db: Reader,
  row: LeasedRow,
  end: Exclude<Finish, { kind: 'done' }>,
): Promise<boolean> {
  const { kind, subjectId, lease, wantedRevision, attempts: claimed } = row;
  const claim = { kind, subjectId, lease, error: end.error };
  if (end.kind === 'dead') return (await markDead.first(db, { ...claim, wantedRevision })) !== undefined;
  const attempts = end.countsAsAttempt === false ? Math.max(0, claimed - 1) : claimed;
  return (await putOff.first(db, { ...claim, claimed, attempts, at: end.at })) !== undefined;
}

type Claim = Pick<LeasedRow, 'kind' | 'subjectId' | 'lease'> & { error: string };

const putOff = queryOnce((db, row: Claim & { claimed: number; attempts: number; at: number }) =>
  db
    .updateTable('outbox')
    .set((eb) => {
      // Whoever sets a time sets the attempts to none, which a claim never has.
      const woken = eb('attempts', '<', row.claimed);
      // A number is written into the statement, which would then be another one each time.
      const at = (kept: 'run_at' | 'paused_until') =>
        eb.case().when(woken).then(eb.ref(kept)).else(eb.val(row.at)).end();
      return {
        leased_until: 0,
        crashes: 0,
        run_at: at('run_at'),
        paused_until: at('paused_until'),
        last_error: row.error,
        attempts: eb.case().when(woken).then(0).else(eb.val(row.attempts)).end(),
      };
    })
    .where(stands(row))
    .returning('lease'),
);

const markDead = queryOnce((db, row: Claim & { wantedRevision: number }) =>
  db
    .updateTable('outbox')
    .set((eb) => ({
      ...over(eb, row.wantedRevision, 'dead'),
      last_error: row.error,
    }))
    .where(stands(row))
    .returning('lease'),
);

/** Keeps the claim for a write on the way (before a call is made). Throws LeaseLost when it is gone. */
export async function holdLease(db: Reader, row: LeasedRow, until: number): Promise<void> {
  const { kind, subjectId, lease } = row;
  const held = await heldLease.first(db, { kind, subjectId, lease, until });
  if (!held) throw new LeaseLost(`${kind} ${subjectId}`);
}

const heldLease = queryOnce(
  (db, { until, ...row }: Pick<LeasedRow, 'kind' | 'subjectId' | 'lease'> & { until: number }) =>
    db.updateTable('outbox').set({ leased_until: until }).where(stands(row)).returning('lease'),
);

/**
 * Frees every claim, right after the start of the one process there is (durability.md §1 rule 6); what was claimed at
 * one crash after another goes its own way first. Where other instances may be at work it frees none: they run out.
 */
export async function releaseAllLeases(
  db: Database,
  now: number = Date.now(),
  random: () => number = Math.random,
): Promise<void> {
  if (isShared(db)) return;
  await db.updateTable('outbox').set({ leased_until: now }).where('leased_until', '>', now).execute();
  await pauseSuspects(db, now, random);
  await db.updateTable('outbox').set({ leased_until: 0 }).where('leased_until', '>', sql.lit(0)).execute();
}
