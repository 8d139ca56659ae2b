import { type App, createApp } from '../app.ts';
import { ConfigError, readConfig } from '../config.ts';
import { createLog } from '../log.ts';

/** A sentence for whoever runs the command; printed without a stack. */
export class CommandFailed extends Error {}

/** Builds the app without starting it, runs `work`, closes it. Sets the exit code; prints failures in words. */
export function runWithApp(work: (app: App) => Promise<void>): Promise<void> {
  return runInWords(async () => {
    // biome-ignore lint/style/noProcessEnv: a command line meets its environment here, as main.ts does.
    const config = readConfig(process.env);
    const app = await createApp(config, createLog('error'));
    try {
      await work(app);
    } finally {
      await app.stop(1_000);
    }
  });
}

/** Runs `work`; sets the exit code and prints failures in words. */
export async function runInWords(work: () => Promise<void>): Promise<void> {
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
