import { DATABASE_URL } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import { migrate, migrationStates } from '../store/migrate.ts';
import { MIGRATE_HELP, parseMigrateCommand } from './migrate-command.ts';
import { moment, table } from './plain-table.ts';
import type { CliCommand, Terminal } from './terminal.ts';

/** `npm run migrate`: the schema, and nothing but the schema; may run beside the bot. */
export const migrateSchema: CliCommand = { run, help: MIGRATE_HELP };

async function run({ args, env, print, fail }: Terminal): Promise<void> {
  const { verb } = parseMigrateCommand(args);
  if (verb === 'help') return print(MIGRATE_HELP);
  const db = openDatabase(env.DATABASE_URL?.trim() || DATABASE_URL);
  try {
    if (verb === 'up') {
      const ran = await migrate(db);
      if (ran.length === 0) print('Nothing to do: the schema is up to date.');
      for (const name of ran) print(`Ran ${name}.`);
      return;
    }
    const states = await migrationStates(db);
    table([
      ['MIGRATION', 'RAN'],
      ...states.map(({ name, ranAt }) => [name, ranAt === null ? 'pending' : moment(ranAt.getTime())]),
    ]).forEach(print);
    const pending = states.filter(({ ranAt }) => ranAt === null).length;
    if (pending === 0) return print('The schema is up to date.');
    print(`${pending} pending. Run: npm run migrate -- up`);
    fail();
  } finally {
    await db.destroy();
  }
}
