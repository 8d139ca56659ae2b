import { existsSync } from 'node:fs';
import { type Database, openDatabase } from '../store/database.ts';
import { durabilityOf, tryWriting } from '../store/inventory.ts';
import { isMigrated } from '../store/migrate.ts';
import { type Finding, ok, problem, warning } from './check.ts';

const SUBJECT = 'Database';
const FULL = 2;

/**
 * Opens the database that is there and looks whether the bot can live in it; makes and changes nothing, so it may
 * run beside the bot. `db` is null when there is nothing more to read; else the caller destroys it.
 */
export async function checkDatabase(
  databaseUrl: string,
): Promise<{ findings: Finding[]; db: Database | null }> {
  const path = databaseUrl.slice('sqlite:'.length);
  if (!existsSync(path))
    return {
      db: null,
      findings: [
        warning(SUBJECT, `there is none yet at ${path}`, 'The first npm run seed or npm start makes it.'),
      ],
    };
  let db: Database;
  try {
    db = openDatabase(databaseUrl);
  } catch (error) {
    return { db: null, findings: [cannot('be opened', path, error)] };
  }
  try {
    if (!(await isMigrated(db)))
      return {
        db: await closed(db),
        findings: [warning(SUBJECT, `${path} lacks migrations`, 'The next npm start runs them.')],
      };
    await tryWriting(db);
    const { journal, synchronous } = await durabilityOf(db);
    if (journal !== 'wal' || synchronous !== FULL)
      return {
        db,
        findings: [
          problem(
            SUBJECT,
            `${path} does not keep what it is told (journal ${journal}, synchronous ${synchronous})`,
            'Put it on a local disk, not on a network share.',
          ),
        ],
      };
    return { db, findings: [ok(SUBJECT, `${path} opens, is migrated and writable, WAL with full sync.`)] };
  } catch (error) {
    return { db: await closed(db), findings: [cannot('be used', path, error)] };
  }
}

async function closed(db: Database): Promise<null> {
  await db.destroy();
  return null;
}

function cannot(what: string, path: string, error: unknown): Finding {
  const said = error instanceof Error ? error.message : String(error);
  return problem(
    SUBJECT,
    `${path} cannot ${what} (${said})`,
    'Check DATABASE_URL, and that this user may read and write the file and its folder.',
  );
}
