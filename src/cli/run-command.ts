import { ConfigError } from '../config.ts';
import { CommandFailed, WrongUse } from './command-line.ts';
import type { CliCommand, Terminal } from './terminal.ts';

/** The verbs of `npm run`, each read when it is asked for: most need a part of the product only. */
const COMMANDS: Readonly<Record<string, () => Promise<CliCommand>>> = {
  admin: async () => (await import('./admin.ts')).admin,
  audit: async () => (await import('./audit.ts')).audit,
  backup: async () => (await import('./backup.ts')).backup,
  connection: async () => (await import('./connection.ts')).connection,
  doctor: async () => (await import('./doctor.ts')).doctor,
  erase: async () => (await import('./erase.ts')).erase,
  migrate: async () => (await import('./migrate.ts')).migrateSchema,
  move: async () => (await import('./move.ts')).move,
  restored: async () => (await import('./restored.ts')).restored,
  'rotate-key': async () => (await import('./rotate-key.ts')).rotateKey,
  seed: async () => (await import('./seed.ts')).seed,
  slack: async () => (await import('./slack.ts')).slack,
  'teams-package': async () => (await import('./teams-package.ts')).teamsPackage,
  token: async () => (await import('./token.ts')).token,
};

/** Runs the command of that name. What fails is told in words on the terminal, which then ends with 1; throws nothing. */
export async function runCommand(name: string, terminal: Terminal): Promise<void> {
  const read = COMMANDS[name];
  if (!read) {
    terminal.complain(`There is no command “${name}”. There are: ${Object.keys(COMMANDS).join(', ')}.`);
    return terminal.fail();
  }
  const command = await read();
  try {
    await command.run(terminal);
  } catch (error) {
    terminal.complain(wordsOf(error, command));
    terminal.fail();
  }
}

function wordsOf(error: unknown, { help }: CliCommand): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WrongUse) return help ? `${message}\n\n${help}` : message;
  return error instanceof ConfigError || error instanceof CommandFailed ? message : `Failed: ${message}`;
}
