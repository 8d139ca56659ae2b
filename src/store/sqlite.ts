import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import {
  type Dialect,
  type Driver,
  type QueryCompiler,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
} from 'kysely';
import type { Engine } from './engine.ts';
import { GroupCommitDriver } from './group-commit.ts';

/**
 * The dialect of a SQLite file (made if missing) or `:memory:`, durable: WAL and synchronous=FULL, so a commit survives
 * loss of power. Transactions that share a commit wait for each other at most `patience` times what a commit takes.
 */
export function sqliteDialect(path: string, patience = 3): Dialect {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const sqlite = new SqliteDatabase(path);
  sqlite.pragma('busy_timeout = 5000');
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  // What a savepoint may take back otherwise goes through a file of its own, from 64 KiB on.
  sqlite.pragma('temp_store = MEMORY');
  if (path === ':memory:') return new OneWriterDialect(sqlite, null, patience);
  const reader = new SqliteDatabase(path, { readonly: true });
  reader.pragma('busy_timeout = 5000');
  return new OneWriterDialect(sqlite, reader, patience);
}

class OneWriterAdapter extends SqliteAdapter implements Engine {
  readonly engine = 'sqlite';
  readonly instance = crypto.randomUUID();
  /** SQLite rolls DDL back like anything else; the stock adapter says it cannot, and leaves half a migration. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
  /** The driver has whoever writes wait for the one connection that does. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
  /** Its turns are the driver's. */
  queue<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}

/**
 * Writes `+?` for `?`, which means the same. Where the planner may look at a value (`limit ?`, a column that no index
 * serves), better-sqlite3, which unbinds after each run, has SQLite prepare the statement anew for each: that took most
 * of the time of a worker's claim.
 */
class PreparedOnceCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?';
  }
}

class OneWriterDialect extends SqliteDialect {
  readonly #writer: SqliteDatabase.Database;
  readonly #reader: SqliteDatabase.Database | null;
  readonly #patience: number;
  constructor(writer: SqliteDatabase.Database, reader: SqliteDatabase.Database | null, patience: number) {
    super({ database: writer });
    this.#writer = writer;
    this.#reader = reader;
    this.#patience = patience;
  }
  override createDriver(): Driver {
    return new GroupCommitDriver(this.#writer, this.#reader, this.#patience);
  }
  override createQueryCompiler(): QueryCompiler {
    return new PreparedOnceCompiler();
  }
  override createAdapter(): OneWriterAdapter {
    return new OneWriterAdapter();
  }
}
