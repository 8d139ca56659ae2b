import type { Reader } from './database.ts';
import type { Row } from './schema.ts';

/** What the database knows of itself. */
export interface DatabaseState {
  /** Changes while a bot lives on it, so that it tells this database from an older copy. */
  mark: string;
  /** When a bot last lived on it, epoch ms; null = none did. */
  aliveAt: number | null;
  /** It is a backup taken then, on which no bot has lived since. */
  backedUpAt: number | null;
  /** Its data lives elsewhere now. */
  moved: { to: string; at: number } | null;
}

/** null = no bot has lived on it yet. */
export async function databaseState(db: Reader): Promise<DatabaseState | null> {
  const row = await db.selectFrom('database_state').selectAll().where('id', '=', 1).executeTakeFirst();
  if (!row) return null;
  return {
    mark: row.mark,
    aliveAt: row.alive_at,
    backedUpAt: row.backed_up_at,
    moved: row.moved_to !== null && row.moved_at !== null ? { to: row.moved_to, at: row.moved_at } : null,
  };
}

/**
 * Until when it knows what was done, epoch ms; null = nothing was. A bot notes that it lives now and then: what the audit
 * tells of was done later.
 */
export async function knownUntil(db: Reader, state: DatabaseState | null): Promise<number | null> {
  const last = await db
    .selectFrom('audit_events')
    .select('at')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const noted = state ? (state.backedUpAt ?? state.aliveAt) : null;
  if (noted === null || !last) return noted ?? last?.at ?? null;
  return Math.max(noted, last.at);
}

/** A bot lives on it: it is no untouched backup any more. */
export function noteAlive(db: Reader, mark: string, now: number): Promise<void> {
  return write(db, mark, { mark, alive_at: now, backed_up_at: null });
}

/** This copy is a backup of `at`: whoever starts on it knows. */
export function noteBackup(db: Reader, mark: string, at: number): Promise<void> {
  return write(db, mark, { backed_up_at: at });
}

/** Its data was moved: no bot starts on it any more. `to` holds no secret. */
export function noteMoved(db: Reader, mark: string, moved: { to: string; at: number }): Promise<void> {
  return write(db, mark, { moved_to: moved.to, moved_at: moved.at });
}

async function write(db: Reader, mark: string, change: Partial<Row<'database_state'>>): Promise<void> {
  await db
    .insertInto('database_state')
    .values({ id: 1, mark, alive_at: null, backed_up_at: null, moved_to: null, moved_at: null, ...change })
    .onConflict((oc) => oc.column('id').doUpdateSet(change))
    .execute();
}

/** Goes back to a database whose data was moved: it is an older copy now. */
export async function noteBack(db: Reader, at: number): Promise<void> {
  await db
    .updateTable('database_state')
    .set({ moved_to: null, moved_at: null, backed_up_at: at })
    .where('id', '=', 1)
    .execute();
}

/** The data of this database lives elsewhere; the message says where, and how to go on here all the same. */
export class DatabaseMoved extends Error {}

/** Throws DatabaseMoved. */
export async function refuseMoved(db: Reader): Promise<void> {
  const state = await databaseState(db);
  if (!state?.moved) return;
  const { to, at } = state.moved;
  throw new DatabaseMoved(
    `the data of this database was moved to ${to} at ${new Date(at).toISOString()}, and a bot must not run on both. Set DATABASE_URL to that one. To go back to this one for good: npm run restored -- --unmove.`,
  );
}
