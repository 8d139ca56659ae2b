import { type App, createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { reporting } from './report.ts';

export { CommandFailed, print } from './report.ts';

/** Builds the app without starting it, runs `work`, closes it. Sets the exit code; prints failures in words. */
export function runWithApp(work: (app: App) => Promise<void>): Promise<void> {
  return reporting(async () => {
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
