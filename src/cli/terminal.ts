import { once } from 'node:events';

/** Where a command was typed: what it is given, and where it answers. */
export interface Terminal {
  /** What follows the command's name. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  input: AsyncIterable<unknown> & { isTTY?: boolean };
  print(line: string): void;
  /** Resolves once more may be written: for what may be long. */
  write(text: string): Promise<void>;
  complain(text: string): void;
  /** The command ends with 1: it did not do what was asked. */
  fail(): void;
}

/** One of the command line's verbs. `help` is shown after what cannot be meant. */
export interface CliCommand {
  run(terminal: Terminal): Promise<void>;
  help?: string;
}

/** The terminal that this process was started in. */
export function ownTerminal(args: readonly string[]): Terminal {
  // `… | head` closes the pipe early; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    args,
    // biome-ignore lint/style/noProcessEnv: a command line meets its environment here, as main.ts does.
    env: process.env,
    input: process.stdin,
    print: (line) => void process.stdout.write(`${line}\n`),
    async write(text) {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    },
    complain: (text) => void process.stderr.write(`${text}\n`),
    fail: () => {
      process.exitCode = 1;
    },
  };
}
