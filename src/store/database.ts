import { type Dialect, Kysely, type Transaction } from 'kysely';
import { engineOf, isShared } from './engine.ts';
import { postgresDialect } from './postgres.ts';
import type { Tables } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';
import { withTransactionEnd } from './transaction-end.ts';

export type Database = Kysely<Tables>;
export type Trx = Transaction<Tables>;
/** Either: a read that may also happen inside a transaction. */
export type Reader = Database | Trx;

/**
 * Opens the database behind a URL: `sqlite:` and a file path (made if missing) or `:memory:`; `postgres://` or
 * `postgresql://`, which connects with the first query. Both are durable: a commit survives loss of power. Throws an
 * Error with the remedy for any other URL, which may hold a password and is never repeated. `around` may put something
 * between us and the database.
 */
export function openDatabase(
  databaseUrl: string,
  around: (dialect: Dialect) => Dialect = (dialect) => dialect,
): Database {
  const open = (dialect: Dialect) => new Kysely<Tables>({ dialect: around(dialect) });
  if (databaseUrl.startsWith('sqlite:')) return open(sqliteDialect(databaseUrl.slice('sqlite:'.length)));
  if (isPostgresUrl(databaseUrl)) return open(postgresDialect(databaseUrl));
  throw new Error('DATABASE_URL must start with sqlite: or postgres://.');
}

/** True for an address of PostgreSQL. */
export function isPostgresUrl(databaseUrl: string): boolean {
  return /^postgres(ql)?:\/\//.test(databaseUrl);
}

/**
 * Runs `work` in one transaction; transactions of all processes come one after another, on either engine, so that what
 * was read still holds when it is written upon. Audit lines and totals are its last statements. Never await anything but
 * the database in it: the others wait. Throws what `work` throws, after it was rolled back; where the connection is lost
 * while it commits, MaybeCommitted: whoever calls may safely do the same again.
 */
export function inTransaction<T>(db: Database, work: (trx: Trx) => Promise<T>): Promise<T> {
  return engineOf(db).queue(async () => {
    let isCommitting = false;
    try {
      return await db.transaction().execute(async (trx) => {
        const result = await withTransactionEnd(trx, work);
        isCommitting = true;
        return result;
      });
    } catch (error) {
      if (isCommitting && isShared(db))
        throw new MaybeCommitted('the database did not say whether it committed', { cause: error });
      throw error;
    }
  });
}

/** The connection was lost while a transaction was committed: nobody knows whether it was. */
export class MaybeCommitted extends Error {}
