import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import SqliteDatabase from 'better-sqlite3';

/** A second bot would write into the same SQLite file; the message names the first and the remedy. */
export class DatabaseHeld extends Error {}

/** The right to be the one bot on a database. */
export interface Hold {
  /** Gives the right back; the end of the process does it, too, whatever ends it. */
  release(): void;
}

interface Holder {
  pid: number;
  host: string;
  since: string;
}

/** Somebody who only looks whether there is a bot is gone by then. */
const LOOK_WAIT_MS = 300;
/** Two that start in the same moment settle it in a few turns. */
const TURNS = 20;
const TURN_WAIT_MS = 2_000;

/**
 * Makes this process the one bot on a SQLite file, however the file is named. The lock is a write lock on a small
 * database beside it, so it dies with the process; who holds it is a row that anybody may read. Nothing is held for
 * other databases and for one in memory. Command lines do not ask for it: they may open the file beside the bot.
 * Throws DatabaseHeld.
 */
export function holdDatabase(databaseUrl: string, now: number = Date.now()): Hold {
  if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:') return { release() {} };
  const file = fileOf(databaseUrl);
  const lock = new SqliteDatabase(lockOf(file));
  const me: Holder = { pid: process.pid, host: hostname(), since: new Date(now).toISOString() };
  try {
    take(lock, file, me);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    release() {
      if (lock.open) lock.close();
    },
  };
}

function take(lock: SqliteDatabase.Database, file: string, me: Holder): void {
  for (let turn = 0; turn < TURNS; turn += 1) {
    lock.pragma(`busy_timeout = ${LOOK_WAIT_MS}`);
    if (!begin(lock)) throw held(file, holderIn(lock));
    lock.exec('create table if not exists holder (pid integer, host text, since text)');
    lock.exec('delete from holder');
    lock.prepare('insert into holder (pid, host, since) values (@pid, @host, @since)').run(me);
    lock.exec('commit');
    // The row is readable now; the lock is taken again for as long as we live, unless somebody was quicker.
    lock.pragma(`busy_timeout = ${TURN_WAIT_MS}`);
    const won = begin(lock);
    const holder = holderIn(lock);
    if (!won) throw held(file, holder);
    if (holder?.pid === me.pid && holder.host === me.host && holder.since === me.since) return;
    lock.exec('rollback');
  }
  throw held(file, holderIn(lock));
}

function begin(lock: SqliteDatabase.Database): boolean {
  try {
    lock.exec('begin immediate');
    return true;
  } catch (error) {
    if (error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

function holderIn(lock: SqliteDatabase.Database): Holder | null {
  try {
    return (lock.prepare('select pid, host, since from holder').get() as Holder | undefined) ?? null;
  } catch {
    return null;
  }
}

function held(file: string, holder: Holder | null): DatabaseHeld {
  const who = holder
    ? `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`} has held it since ${holder.since}`
    : 'another process is just taking it';
  return new DatabaseHeld(
    `another bot runs on ${file}: ${who}. One bot writes to a SQLite file: stop that one first, or use PostgreSQL (DATABASE_URL=postgres://…) for several.`,
  );
}

/** Who runs on this SQLite file, as a sentence; null = nobody does. Changes nothing. */
export function botOn(databaseUrl: string): string | null {
  if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:') return null;
  const file = fileOf(databaseUrl);
  const lock = new SqliteDatabase(lockOf(file));
  try {
    lock.pragma('busy_timeout = 0');
    if (!begin(lock)) return held(file, holderIn(lock)).message;
    lock.exec('rollback');
    return null;
  } finally {
    lock.close();
  }
}

/** The file behind the URL by its one true name: links and relative paths lead to it. It is made if it is missing. */
export function fileOf(databaseUrl: string): string {
  const path = databaseUrl.slice('sqlite:'.length);
  mkdirSync(dirname(path), { recursive: true });
  // Never touch a file that is there: closing it would drop this process's own locks on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a'));
  return realpathSync(path);
}

/** The database that is the lock of this file. */
export function lockOf(file: string): string {
  return `${file}.lock`;
}
