import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';

/** What a backup came to. */
export interface Backup {
  bytes: number;
  tables: number;
}

/** No backup was made; the message says why. */
export class BackupFailed extends Error {}

/**
 * Copies a SQLite database into `file` while a bot lives on it: one state of it, whole. Checks the copy and marks it as
 * a backup of `now` under a mark of its own, so that a bot that starts on it knows. Leaves nothing behind when it fails.
 * Throws BackupFailed.
 */
export async function backUp(source: string, file: string, mark: string, now: number): Promise<Backup> {
  if (!existsSync(source)) throw new BackupFailed(`There is no database at ${source}. Look at DATABASE_URL.`);
  if (existsSync(file)) throw new BackupFailed(`${file} is there already. Name a file that is not.`);
  const part = `${file}.part`;
  rmSync(part, { force: true });
  const database = new SqliteDatabase(source, { fileMustExist: true });
  try {
    database.pragma('busy_timeout = 5000');
    // In one go: a copy in steps begins anew whenever the bot writes.
    await database.backup(part, { progress: ({ remainingPages }) => remainingPages });
    chmodSync(part, 0o600);
    const tables = checkAndMark(part, mark, now);
    renameSync(part, file);
    return { bytes: statSync(file).size, tables };
  } finally {
    database.close();
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${part}${end}`, { force: true });
  }
}

function checkAndMark(part: string, mark: string, now: number): number {
  const copy = new SqliteDatabase(part, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = DELETE');
    copy.pragma('synchronous = FULL');
    const said = copy.pragma('integrity_check(5)', { simple: true });
    if (said !== 'ok')
      throw new BackupFailed(
        `The copy is damaged, and so is the database probably (${String(said)}). Keep the backups you have, and look at the disk.`,
      );
    copy
      .prepare(
        `insert into database_state (id, mark, backed_up_at) values (1, @mark, @now)
         on conflict (id) do update set mark = @mark, backed_up_at = @now`,
      )
      .run({ mark, now });
    return copy.prepare("select count(*) from sqlite_master where type = 'table'").pluck().get() as number;
  } finally {
    copy.close();
  }
}
