import { newId } from '../ids.ts';
import { copyDatabase, MoveRefused } from '../store/copy-database.ts';
import { type Database, isPostgresUrl, openDatabase } from '../store/database.ts';
import { databaseState, noteMoved } from '../store/database-state.ts';
import { migrate, migrationStates } from '../store/migrate.ts';
import { holdDatabase } from '../store/one-bot.ts';
import { CommandFailed, parseOptions, WrongUse } from './command-line.ts';
import { moment, table } from './plain-table.ts';
import { shownDatabase } from './shown-database.ts';
import type { CliCommand, Terminal } from './terminal.ts';

const HELP = `npm run move -- --from sqlite:FILE --to postgres://… [--keep-source-open]

Moves all data into an empty database, in either direction, and compares both by counts and checksums. The bot must be
stopped. The source stays as it is but for a note where its data went: no bot starts on it any more.

  --keep-source-open   leaves no such note: for a rehearsal`;

/** Bots note every minute that they live; those of a server hold no lock. */
const STOPPED_FOR_MS = 120_000;

/** `npm run move`. */
export const move: CliCommand = { run, help: HELP };

async function run({ args, print }: Terminal): Promise<void> {
  const { positionals, values } = parseOptions(args, {
    from: { type: 'string' },
    to: { type: 'string' },
    'keep-source-open': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return print(HELP);
  const { from, to } = values;
  if (positionals.length > 0 || !from || !to) throw new WrongUse('Name both databases: --from and --to.');
  for (const url of [from, to])
    if (!url.startsWith('sqlite:') && !isPostgresUrl(url))
      throw new WrongUse('A database is sqlite:FILE or postgres://….');
  if (from === to) throw new WrongUse('--from and --to are the same database.');
  const holds = [];
  const open: Database[] = [];
  try {
    for (const url of [from, to]) {
      holds.push(holdDatabase(url));
      open.push(openDatabase(url));
    }
    await moveData(open as [Database, Database], { ...values, from, to }, print);
  } finally {
    for (const db of open) await db.destroy();
    for (const hold of holds) hold.release();
  }
}

interface Wanted {
  from: string;
  to: string;
  'keep-source-open'?: boolean | undefined;
}

async function moveData(
  [source, target]: [Database, Database],
  { from, to, 'keep-source-open': staysOpen }: Wanted,
  print: (line: string) => void,
): Promise<void> {
  const pending = (await migrationStates(source)).filter(({ ranAt }) => ranAt === null);
  if (pending.length > 0)
    throw new CommandFailed(
      `The source lacks ${pending.length} migrations. Run npm run migrate -- up on it first (DATABASE_URL set to it).`,
    );
  const state = await databaseState(source);
  if (state?.moved)
    throw new CommandFailed(
      `The source was moved to ${state.moved.to} at ${moment(state.moved.at)} already.`,
    );
  if (isPostgresUrl(from) && state?.aliveAt && Date.now() - state.aliveAt < STOPPED_FOR_MS)
    throw new CommandFailed(
      `A bot lived on the source at ${moment(state.aliveAt)}. Stop all of them, wait two minutes, repeat.`,
    );
  await migrate(target);
  const copied = await copyDatabase(source, target).catch((error: unknown) => {
    throw error instanceof MoveRefused ? new CommandFailed(`Refused: ${error.message}`) : error;
  });
  table([
    ['TABLE', 'ROWS', 'SHA-256 OF BOTH'],
    ...copied.map((one) => [one.table, String(one.rows), one.checksum.slice(0, 16)]),
  ]).forEach(print);
  const shown = shownDatabase(to);
  if (!staysOpen) await noteMoved(source, state?.mark ?? newId('mrk_'), { to: shown, at: Date.now() });
  print('');
  print(`All ${copied.length} tables are there with equal counts and checksums. Now:`);
  print(`  1. Set DATABASE_URL to ${shown}, with its password.`);
  print('  2. Leave ENCRYPTION_KEY as it is: what is kept encrypted needs the same key.');
  print('  3. Start the bot. What is owed goes on from there.');
  print(
    staysOpen
      ? 'The source may still be used: what is done on it from now on is not in the copy.'
      : 'The source starts no bot any more. Keep it until you have a backup of the new database.',
  );
}
