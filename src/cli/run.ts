import { type App, createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import type { Terminal } from './terminal.ts';

/** Builds the app without starting it, runs `work`, closes it. Throws what either throws. */
export async function runWithApp({ env }: Terminal, work: (app: App) => Promise<void>): Promise<void> {
  const app = await createApp(readConfig(env), createLog('error'));
  try {
    await work(app);
  } finally {
    await app.stop(1_000);
  }
}
