import { setImmediate } from 'node:timers';
import type SqliteDatabase from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import { PreparedStatements } from './prepared-statements.ts';

const MOST_MEMBERS = 100;
/** A group may go on for so long, however fast the disk: what one transaction writes are mostly the pages of the next. */
const SHORT_MS = 5;

interface Group {
  /** Whoever waits for the commit. */
  members: { resolve: () => void; reject: (error: unknown) => void }[];
  began: number;
  /** The turn of the event loop that began it has ended. */
  isOver: boolean;
}

/**
 * SQLite's one writer. Transactions run one after another; those of one turn of the event loop share one durable commit
 * (one `begin`, a savepoint each but for the first), and each ends when that commit has: what is answered is on disk. One
 * that fails is rolled back and fails alone; a commit that fails fails all its members. Reads outside of transactions have
 * a connection of their own and see committed rows only.
 */
export class GroupCommitDriver implements Driver {
  readonly #writer: PreparedStatements;
  /** null: there can be none (`:memory:`): reads wait for the writer, and each transaction is a group. */
  readonly #reader: PreparedStatements | null;
  /** A long group goes on no longer than so many times what the last commit took: its members wait for their answer. */
  readonly #patience: number;
  #group: Group | null = null;
  #lastCommitMs = 1;
  #busy = false;
  #isClosed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(writer: SqliteDatabase.Database, reader: SqliteDatabase.Database | null, patience: number) {
    this.#writer = new PreparedStatements(writer);
    this.#reader = reader && new PreparedStatements(reader);
    this.#patience = patience;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new Handle(this);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    // One that Kysely gave up.
    if ((connection as Handle).inTransaction) await this.rollbackTransaction(connection);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#lock();
    try {
      const isFirst = this.#group === null;
      this.#join();
      if (!isFirst) this.#writer.command('savepoint member');
      Object.assign(connection as Handle, { inTransaction: true, isFirst });
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    this.#inGroup();
    const handle = connection as Handle;
    if (!handle.isFirst) this.#writer.command('release member');
    handle.inTransaction = false;
    const written = this.#committed();
    this.#unlock();
    return written;
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const handle = connection as Handle;
    if (!handle.inTransaction) return;
    handle.inTransaction = false;
    try {
      if (handle.isFirst) this.#undo();
      else if (this.#writer.inTransaction) {
        this.#writer.command('rollback to member');
        this.#writer.command('release member');
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#unlock();
  }

  /** Whoever is still at work is cut off, as by a kill: they were not answered, and nothing of theirs stays. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    if (this.#busy) this.#fail(closed());
    else this.#commit();
    this.#reader?.close();
    this.#writer.close();
    for (const next of this.#waiting.splice(0)) next();
  }

  /** A statement of a transaction, or one on its own: a read, or a write that is durable when it returns. */
  async execute<R>(query: CompiledQuery, inTransaction: boolean): Promise<QueryResult<R>> {
    if (inTransaction) {
      this.#inGroup();
      return this.#run(query);
    }
    const isRead = query.query.kind === 'SelectQueryNode';
    if (isRead && this.#reader) return this.#readerNow().run(query);
    await this.#lock();
    let written: Promise<void> | null;
    let result: QueryResult<R>;
    try {
      // A pragma, for one, may do nothing within a transaction.
      if (query.query.kind === 'RawNode') this.#commit();
      else if (!isRead) this.#join();
      result = this.#run(query);
      written = this.#group && this.#committed();
    } finally {
      this.#unlock();
    }
    await written;
    return result;
  }

  /**
   * Where nothing is being written the writer shows the same rows, and has their pages at hand: the other connection
   * reads them anew after each commit.
   */
  #readerNow(): PreparedStatements {
    return this.#reader && (this.#group || this.#busy) ? this.#reader : this.#writer;
  }

  /** A full disk, say, rolls back everything: what follows would be committed by itself. */
  #inGroup(): void {
    if (!this.#writer.inTransaction) throw new Error('The transaction is over: SQLite rolled it back.');
  }

  #run<R>(query: CompiledQuery): QueryResult<R> {
    try {
      return this.#writer.run(query);
    } catch (error) {
      if (!this.#writer.inTransaction) this.#fail(error);
      throw error;
    }
  }

  #join(): void {
    if (this.#group) return;
    this.#writer.command('begin immediate');
    const group: Group = { members: [], began: performance.now(), isOver: false };
    this.#group = group;
    setImmediate(() => {
      group.isOver = true;
      if (this.#group === group && !this.#busy) this.#commit();
    });
  }

  /** Resolves once the group is on disk. */
  #committed(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#group!.members.push({ resolve, reject });
    return promise;
  }

  #commit(): void {
    const group = this.#group;
    if (!group) return;
    this.#group = null;
    const began = performance.now();
    try {
      this.#writer.command('commit');
    } catch (error) {
      this.#group = group;
      this.#fail(error);
      return;
    }
    this.#lastCommitMs = performance.now() - began;
    for (const { resolve } of group.members) resolve();
  }

  /** The first of a group has nobody's work before it: it needs no savepoint, which would keep each page as it was. */
  #undo(): void {
    this.#group = null;
    if (this.#writer.inTransaction) this.#writer.command('rollback');
  }

  /** None of the group's members has happened. */
  #fail(error: unknown): void {
    const group = this.#group;
    this.#group = null;
    if (this.#writer.inTransaction) this.#writer.command('rollback');
    for (const { reject } of group?.members ?? []) reject(error);
  }

  async #lock(): Promise<void> {
    if (this.#busy && !this.#isClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#isClosed) throw closed();
    this.#busy = true;
  }

  #unlock(): void {
    if (this.#group && this.#isEnough(this.#group)) this.#commit();
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy = false;
  }

  #isEnough({ members, began, isOver }: Group): boolean {
    if (isOver || !this.#reader || members.length >= MOST_MEMBERS) return true;
    return performance.now() - began > Math.max(SHORT_MS, this.#patience * this.#lastCommitMs);
  }
}

function closed(): Error {
  return new Error('The database was closed.');
}

class Handle implements DatabaseConnection {
  readonly #driver: GroupCommitDriver;
  inTransaction = false;
  /** Nobody's work is before it in its group. */
  isFirst = false;

  constructor(driver: GroupCommitDriver) {
    this.#driver = driver;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#driver.execute(query, this.inTransaction);
  }

  // biome-ignore lint/correctness/useYield: nothing here reads that way.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Rows are read in pages, not streamed.');
  }
}
