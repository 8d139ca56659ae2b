import { type Kysely, sql, type Transaction } from 'kysely';

/**
 * What SQLite and PostgreSQL do not have in common stands here and in the dialects (sqlite.ts, postgres.ts); no other
 * file of the store asks which it is.
 */
export interface Engine {
  readonly engine: 'sqlite' | 'postgres';
  /** Runs transactions of this process one after another, before any of them takes a connection. */
  queue<T>(work: () => Promise<T>): Promise<T>;
}

type AnyReader<Tables> = Kysely<Tables> | Transaction<Tables>;

/** The engine behind a database or a transaction: its adapter, which both share. */
export function engineOf<Tables>(db: AnyReader<Tables>): Engine {
  return db.getExecutor().adapter as unknown as Engine;
}

/** True on PostgreSQL, where other instances may share the database. */
export function isShared<Tables>(db: AnyReader<Tables>): boolean {
  return engineOf(db).engine === 'postgres';
}

/** A bot waits no longer for another process's lock than somebody waits for the answer to a press: on SQLite waiting stops all. */
export async function waitBriefly<Tables>(db: Kysely<Tables>): Promise<void> {
  if (!isShared(db)) await sql`pragma busy_timeout = 2000`.execute(db);
}

/** Runs `work` on one connection that may wait and work for as long as a migration takes. */
export function withoutTimeLimits<Tables, T>(
  db: Kysely<Tables>,
  work: (db: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  if (!isShared(db)) return work(db);
  return db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection);
    await sql`set lock_timeout = 0`.execute(connection);
    try {
      return await work(connection);
    } finally {
      await sql`reset statement_timeout`.execute(connection);
      await sql`reset lock_timeout`.execute(connection);
    }
  });
}
