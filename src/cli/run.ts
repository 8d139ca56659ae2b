import { type App, createApp } from '../app.ts';
import { type Config, readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import type { Terminal } from './terminal.ts';

/** Builds the app without starting it, runs `work`, closes it. Throws what either throws. */
export async function runWithApp(
  { env }: Terminal,
  work: (app: App & { config: Config }) => Promise<void>,
): Promise<void> {
  const config = readConfig(env);
  const app = await createApp(config, createLog('error'));
  try {
    await work({ ...app, config });
  } finally {
    await app.stop(1_000);
  }
}
