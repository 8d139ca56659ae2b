import { existsSync, statSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';

/** The file cannot be used; the message says why and what to do. */
export class DatabaseUnusable extends Error {}

const REMEDY =
  'Stop here and keep the file. Put the newest backup in its place (npm run backup makes them; docs/operations.md, “Restore”) and start again: the bot looks at Harness before it sends anything.';

/** A file of this size is read within a second. */
const READ_WHOLE_BYTES = 256 * 1024 * 1024;

/**
 * Looks through a SQLite file before a bot begins to live on it; a missing one is well, and so is anything that is no
 * file. The whole file is read where it is small, and where whoever wrote to it last did not close it; of a large one
 * that was closed in peace its beginning, its tables and its length are, since each GiB takes seconds. False = the rest
 * was not read. Throws DatabaseUnusable.
 */
export function checkFile(databaseUrl: string, wholeUpTo = READ_WHOLE_BYTES): boolean {
  const path = databaseUrl.slice('sqlite:'.length);
  if (!databaseUrl.startsWith('sqlite:') || path === ':memory:') return true;
  const bytes = sizeOf(path);
  if (bytes === 0) return true;
  // Whoever closes a database last takes its write-ahead log away, unless they may only read.
  const wasLeftOpen = existsSync(`${path}-wal`);
  const isWhole = bytes <= wholeUpTo || wasLeftOpen;
  let database: SqliteDatabase.Database | undefined;
  try {
    // What is refused now is to be read through at the next start, too.
    database = new SqliteDatabase(path, { fileMustExist: true, readonly: wasLeftOpen });
    database.pragma('busy_timeout = 5000');
    const wrong = isWhole ? firstFault(database) : lengthFault(database, bytes);
    if (wrong) throw new DatabaseUnusable(`the database ${path} is damaged (${wrong}). ${REMEDY}`);
    return isWhole;
  } catch (error) {
    if (!(error instanceof SqliteDatabase.SqliteError)) throw error;
    throw new DatabaseUnusable(sentenceOf(path, error));
  } finally {
    database?.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function firstFault(database: SqliteDatabase.Database): string | null {
  const said = database.pragma('quick_check(3)', { simple: true });
  return said === 'ok' ? null : clip(said);
}

/** Reads the list of tables, too. */
function lengthFault(database: SqliteDatabase.Database, bytes: number): string | null {
  database.prepare('select count(*) from sqlite_schema').get();
  const number = (name: string) => Number(database.pragma(name, { simple: true }));
  const needed = number('page_count') * number('page_size');
  return bytes < needed ? `it has ${bytes} bytes of ${needed}` : null;
}

function sentenceOf(path: string, { code, message }: { code: string; message: string }): string {
  if (code === 'SQLITE_NOTADB')
    return `the file ${path} is no SQLite database, or its beginning is damaged. ${REMEDY}`;
  if (code.startsWith('SQLITE_CORRUPT')) return `the database ${path} is damaged (${message}). ${REMEDY}`;
  if (code.startsWith('SQLITE_BUSY'))
    return `another process has locked the database ${path} for seconds. End it, then start again.`;
  return `the database ${path} cannot be opened (${message}). Look at the disk, and whether this user may read and write the file and its folder.`;
}

function clip(said: unknown): string {
  return String(said).split('\n')[0]!.slice(0, 120);
}
