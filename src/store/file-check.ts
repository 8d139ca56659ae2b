import { existsSync, statSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';

/** The file cannot be used; the message says why and what to do. */
export class DatabaseUnusable extends Error {}

const REMEDY =
  'Stop here and keep the file. Put the newest backup in its place (npm run backup makes them; docs/operations.md, “Restore”) and start again: the bot looks at Harness before it sends anything.';

/**
 * Looks through a SQLite file before a bot begins to live on it; a missing one is well, and so is anything that is no
 * file. It reads the whole file: see docs/operations.md for what that costs. Throws DatabaseUnusable.
 */
export function checkFile(databaseUrl: string): void {
  const path = databaseUrl.slice('sqlite:'.length);
  if (!databaseUrl.startsWith('sqlite:') || path === ':memory:') return;
  if (!existsSync(path) || statSync(path).size === 0) return;
  let database: SqliteDatabase.Database | undefined;
  try {
    database = new SqliteDatabase(path, { fileMustExist: true });
    database.pragma('busy_timeout = 5000');
    const said = database.pragma('quick_check(3)', { simple: true });
    if (said !== 'ok')
      throw new DatabaseUnusable(`the database ${path} is damaged (${clip(said)}). ${REMEDY}`);
  } catch (error) {
    if (!(error instanceof SqliteDatabase.SqliteError)) throw error;
    throw new DatabaseUnusable(sentenceOf(path, error));
  } finally {
    database?.close();
  }
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
