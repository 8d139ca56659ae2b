import { sql } from 'kysely';
import { type Database, inTransaction, type Reader } from './database.ts';
import { databaseState, noteAlive } from './database-state.ts';
import { isShared } from './engine.ts';
import { HELD } from './outbox.ts';

/** A clock that goes back by more was set, not trimmed. */
export const SET_BACK_MS = 5_000;
/** No claim is for longer. */
const LONGEST_LEASE_MS = 60_000;

/**
 * A bot saw its clock set back by so many ms: what waits for a time waits no longer for it. Where instances share the
 * database and its clock each of them sees it, and the first alone brings anything forward; there a clock that was set
 * back by less than bots note that they live (a minute) is not followed.
 */
export async function followClockBack(db: Database, byMs: number, now: number): Promise<void> {
  if (!isShared(db)) return bringForward(db, byMs, now);
  await inTransaction(db, async (trx) => {
    const state = await databaseState(trx);
    if (state && state.aliveAt !== null && state.aliveAt - now < SET_BACK_MS) return;
    await bringForward(trx, byMs, now);
    if (state) await noteAlive(trx, state.mark, now);
  });
}

/**
 * Our deadlines are moments that people were told, and stay. Done twice, it makes what waits come early: no claim of now
 * ends by it, and nothing grows older than it is.
 */
export async function bringForward(db: Reader, byMs: number, now: number): Promise<void> {
  await db
    .updateTable('outbox')
    .set((eb) => ({
      run_at: eb
        .case()
        .when('run_at', '>', now + byMs)
        .then(eb('run_at', '-', byMs))
        .else(eb.case().when('run_at', '>', now).then(now).else(eb.ref('run_at')).end())
        .end(),
      leased_until: eb
        .case()
        .when('leased_until', '>', now + LONGEST_LEASE_MS)
        .then(eb('leased_until', '-', byMs))
        .else(eb.ref('leased_until'))
        .end(),
      paused_until: eb
        .case()
        .when('paused_until', '>', byMs)
        .then(eb('paused_until', '-', byMs))
        .else(eb.ref('paused_until'))
        .end(),
      first_due_at: eb.case().when('first_due_at', '>', now).then(now).else(eb.ref('first_due_at')).end(),
    }))
    .where('state', '=', sql.lit('due' as const))
    .where('kind', '<>', 'expire_request')
    // No time at all, and known by this very number to whoever releases it.
    .where('paused_until', '<', HELD)
    .execute();
}
