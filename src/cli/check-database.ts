import { existsSync } from 'node:fs';
import { type Database, isPostgresUrl, openDatabase } from '../store/database.ts';
import { durabilityOf, tryWriting } from '../store/inventory.ts';
import { isMigrated } from '../store/migrate.ts';
import { type Finding, ok, problem, warning } from './check.ts';

const SUBJECT = 'Database';

/**
 * Opens the database that is there and looks whether the bot can live in it; makes and changes nothing, so it may
 * run beside the bot. `db` is null when there is nothing more to read; else the caller destroys it.
 */
export async function checkDatabase(
  databaseUrl: string,
): Promise<{ findings: Finding[]; db: Database | null }> {
  const place = placeOf(databaseUrl);
  if (!isPostgresUrl(databaseUrl) && !existsSync(place.name))
    return {
      db: null,
      findings: [
        warning(
          SUBJECT,
          `there is none yet at ${place.name}`,
          'The first npm run seed or npm start makes it.',
        ),
      ],
    };
  let db: Database;
  try {
    db = openDatabase(databaseUrl);
  } catch (error) {
    return { db: null, findings: [cannot('be opened', place, error)] };
  }
  try {
    if (!(await isMigrated(db)))
      return {
        db: await closed(db),
        findings: [warning(SUBJECT, `${place.name} lacks migrations`, 'The next npm start runs them.')],
      };
    await tryWriting(db);
    return { db, findings: [await durability(db, place), ...unencrypted(databaseUrl)] };
  } catch (error) {
    return { db: await closed(db), findings: [cannot('be used', place, error)] };
  }
}

/** What the database is called where people read it, without a password; and what to look at when it fails. */
interface Place {
  name: string;
  remedy: string;
}

function placeOf(databaseUrl: string): Place {
  if (!isPostgresUrl(databaseUrl))
    return {
      name: databaseUrl.slice('sqlite:'.length),
      remedy: 'Check DATABASE_URL, and that this user may read and write the file and its folder.',
    };
  const url = URL.parse(databaseUrl);
  return {
    name: url ? `${url.pathname.slice(1)} at ${url.host}` : 'DATABASE_URL',
    remedy: 'Check DATABASE_URL, that the server runs, and that its user may make tables in this database.',
  };
}

/** What a commit survives. */
async function durability(db: Database, { name }: Place): Promise<Finding> {
  const { keeps, settings } = await durabilityOf(db);
  if (keeps) return ok(SUBJECT, `${name} opens, is migrated and writable, ${settings}.`);
  return problem(
    SUBJECT,
    `${name} does not keep what it is told (${settings})`,
    'A decision could be lost with the power. Put a file on a local disk, not on a network share; give PostgreSQL its usual settings.',
  );
}

function unencrypted(databaseUrl: string): Finding[] {
  const url = isPostgresUrl(databaseUrl) ? URL.parse(databaseUrl) : null;
  const isHere = url === null || /^(localhost|127\..*|\[::1\]|)$/.test(url.hostname);
  const mode = url?.searchParams.get('sslmode') ?? 'disable';
  if (isHere || mode === 'require' || mode.startsWith('verify-')) return [];
  return [
    warning(
      SUBJECT,
      `what is told to ${url.host} may be read on the way`,
      'Add ?sslmode=verify-full to DATABASE_URL.',
    ),
  ];
}

async function closed(db: Database): Promise<null> {
  await db.destroy();
  return null;
}

function cannot(what: string, { name, remedy }: Place, error: unknown): Finding {
  const said = error instanceof Error ? error.message : String(error);
  return problem(SUBJECT, `${name} cannot ${what} (${said})`, remedy);
}
