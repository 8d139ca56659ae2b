import { createApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { createLog } from './log.ts';
import { checkFile } from './store/file-check.ts';
import { holdDatabase } from './store/one-bot.ts';

/** After draining. */
const FORCE_AFTER_MS = 9_500;

async function main(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: the one place where the running bot meets its environment.
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const hold = holdDatabase(config.databaseUrl);
  if (!checkFile(config.databaseUrl))
    log.info(
      {},
      'the database is large and was closed in peace: it was not read through; npm run backup does',
    );
  const app = await createApp(config, log);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), config.drainMs + FORCE_AFTER_MS).unref();
    const ended = app.drain().then(() => app.stop());
    ended.then(
      () => {
        hold.release();
        log.info({}, 'stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  const address = await app.start();
  log.info({ address, publicUrl: config.publicUrl }, 'Countersign is listening');
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else
    process.stderr.write(
      `Countersign could not start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  process.exitCode = 1;
});
