import { ConfigError } from '../config.ts';

/** A sentence for whoever runs the command; printed without a stack. */
export class CommandFailed extends Error {}

/** Runs a command. Sets the exit code; prints failures in words. */
export async function reporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `${error instanceof ConfigError || error instanceof CommandFailed ? message : `Failed: ${message}`}\n`,
    );
    process.exitCode = 1;
  }
}

// `… | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
