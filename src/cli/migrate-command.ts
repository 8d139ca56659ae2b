import { parseOptions, WrongUse } from './command-line.ts';

export type MigrateCommand = { verb: 'up' | 'status' | 'help' };

export const MIGRATE_HELP = `npm run migrate -- VERB

  up       brings the schema of DATABASE_URL up to date; several may do it at once
  status   lists every migration; exit code 1 while one is pending

Migrations only go forward. The bot runs them when it starts, unless MIGRATE_AT_START=false.`;

/** What was typed after `npm run migrate --`. Throws WrongUse. */
export function parseMigrateCommand(argv: readonly string[]): MigrateCommand {
  const { positionals, values } = parseOptions(argv, { help: { type: 'boolean', short: 'h' } });
  const [verb, ...rest] = positionals;
  if (values.help || verb === 'help') return { verb: 'help' };
  if ((verb !== 'up' && verb !== 'status') || rest.length > 0) throw new WrongUse('Say up or status.');
  return { verb };
}
