import { DATABASE_URL } from '../config.ts';
import { newId } from '../ids.ts';
import { backUp } from '../store/backup.ts';
import { parseOptions, WrongUse } from './command-line.ts';
import { print, reporting } from './report.ts';
import { shownDatabase } from './shown-database.ts';

const HELP = `npm run backup -- FILE

Copies the SQLite database of DATABASE_URL into FILE, which must not be there yet, while the bot runs, and checks the
copy. To restore: stop the bot, put FILE in the place of the database and remove the files that end in -wal and -shm
beside it, start the bot. It looks at Harness before it sends anything. Keep ENCRYPTION_KEY with the backups, apart.`;

/** `npm run backup`: may run beside the bot. */
async function main(): Promise<void> {
  const { positionals, values } = parseOptions(process.argv.slice(2), {
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return print(HELP);
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new WrongUse('Name one file for the backup.');
  await reporting(async () => {
    // biome-ignore lint/style/noProcessEnv: a command line meets its environment here, as main.ts does.
    const url = process.env.DATABASE_URL?.trim() || DATABASE_URL;
    if (!url.startsWith('sqlite:')) {
      print('PostgreSQL is backed up by its own tool, while the bot runs:');
      print('');
      print(`  pg_dump --format=custom --file=${file} '${shownDatabase(url)}'`);
      print('');
      print(
        'It asks for the password, or takes it from PGPASSWORD or ~/.pgpass. After pg_restore, before the',
      );
      print('bot starts: npm run restored');
      process.exitCode = 1;
      return;
    }
    const source = url.slice('sqlite:'.length);
    const { bytes, tables } = await backUp(source, file, newId('mrk_'), Date.now());
    print(
      `${file} holds ${tables} tables, ${(bytes / 1024 / 1024).toFixed(1)} MiB; its integrity was checked.`,
    );
  });
}

main().catch((error: unknown) => {
  if (!(error instanceof WrongUse)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}\n`);
  process.exitCode = 1;
});
