import { DATABASE_URL } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import { migrate, migrationStates } from '../store/migrate.ts';
import { WrongUse } from './command-line.ts';
import { MIGRATE_HELP, parseMigrateCommand } from './migrate-command.ts';
import { moment, table } from './plain-table.ts';
import { print, reporting } from './report.ts';

/** `npm run migrate`: the schema, and nothing but the schema; may run beside the bot. */
async function main(): Promise<void> {
  const { verb } = parseMigrateCommand(process.argv.slice(2));
  if (verb === 'help') return print(MIGRATE_HELP);
  await reporting(async () => {
    // biome-ignore lint/style/noProcessEnv: a command line meets its environment here, as main.ts does.
    const db = openDatabase(process.env.DATABASE_URL?.trim() || DATABASE_URL);
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
      process.exitCode = 1;
    } finally {
      await db.destroy();
    }
  });
}

main().catch((error: unknown) => {
  if (!(error instanceof WrongUse)) throw error;
  process.stderr.write(`${error.message}\n\n${MIGRATE_HELP}\n`);
  process.exitCode = 1;
});
