import { DATABASE_URL } from '../config.ts';
import { newId } from '../ids.ts';
import { backUp } from '../store/backup.ts';
import { parseOptions, WrongUse } from './command-line.ts';
import { shownDatabase } from './shown-database.ts';
import type { CliCommand, Terminal } from './terminal.ts';

const HELP = `npm run backup -- FILE

Copies the SQLite database of DATABASE_URL into FILE, which must not be there yet, while the bot runs, and checks the
copy. To restore: stop the bot, put FILE in the place of the database and remove the files that end in -wal and -shm
beside it, start the bot. It looks at Harness before it sends anything. Keep ENCRYPTION_KEY with the backups, apart.`;

/** `npm run backup`: may run beside the bot. */
export const backup: CliCommand = { run, help: HELP };

async function run({ args, env, print, fail }: Terminal): Promise<void> {
  const { positionals, values } = parseOptions(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(HELP);
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new WrongUse('Name one file for the backup.');
  const url = env.DATABASE_URL?.trim() || DATABASE_URL;
  if (!url.startsWith('sqlite:')) {
    print('PostgreSQL is backed up by its own tool, while the bot runs:');
    print('');
    print(`  pg_dump --format=custom --file=${file} '${shownDatabase(url)}'`);
    print('');
    print('It asks for the password, or takes it from PGPASSWORD or ~/.pgpass. After pg_restore, before the');
    print('bot starts: npm run restored');
    return fail();
  }
  const { bytes, tables } = await backUp(url.slice('sqlite:'.length), file, newId('mrk_'), Date.now());
  print(
    `${file} holds ${tables} tables, ${(bytes / 1024 / 1024).toFixed(1)} MiB; its integrity was checked.`,
  );
}
