import { existsSync } from 'node:fs';
import { DATABASE_URL } from '../config.ts';
import { newId } from '../ids.ts';
import { openDatabase } from '../store/database.ts';
import { databaseState, knownUntil, noteBack, noteBackup } from '../store/database-state.ts';
import { migrate } from '../store/migrate.ts';
import { botOn } from '../store/one-bot.ts';
import { CommandFailed, parseOptions, WrongUse } from './command-line.ts';
import { moment } from './plain-table.ts';
import type { CliCommand, Terminal } from './terminal.ts';

const HELP = `npm run restored [-- --unmove]

Says that the database of DATABASE_URL was restored from a backup, with the bot stopped. At its next start the bot looks
at Harness for each open request before it sends anything. A file made by npm run backup says so itself.

  --unmove   goes back to a database whose data was moved elsewhere; what was done there since is lost here`;

/** `npm run restored`: for backups that were not made by `npm run backup`. */
export const restored: CliCommand = { run, help: HELP };

async function run({ args, env, print }: Terminal): Promise<void> {
  const { positionals, values } = parseOptions(args, {
    help: { type: 'boolean', short: 'h' },
    unmove: { type: 'boolean' },
  });
  if (values.help) return print(HELP);
  if (positionals.length > 0) throw new WrongUse('Nothing but options is understood.');
  const url = env.DATABASE_URL?.trim() || DATABASE_URL;
  const path = url.slice('sqlite:'.length);
  if (url.startsWith('sqlite:') && !existsSync(path))
    throw new CommandFailed(
      `There is no database at ${path}. Put the backup there or set DATABASE_URL, then: npm run restored`,
    );
  const bot = botOn(url);
  if (bot) throw new CommandFailed(`Stop the bot first: ${bot}`);
  const db = openDatabase(url);
  try {
    await migrate(db);
    const state = await databaseState(db);
    if (state?.moved && !values.unmove)
      throw new CommandFailed(
        `Its data was moved to ${state.moved.to} at ${moment(state.moved.at)}. To go back to it all the same: npm run restored -- --unmove`,
      );
    const from = state?.moved?.at ?? (await knownUntil(db, state));
    if (from === null) throw new CommandFailed('Nothing was ever done on this database.');
    await (state?.moved ? noteBack(db, from) : noteBackup(db, newId('mrk_'), from));
    print(`Noted: this database knows what was done until ${moment(from)}.`);
    print('Start the bot; it looks at Harness before it sends anything for a request that is open.');
  } finally {
    await db.destroy();
  }
}
