import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import type { RateBudget, RateBudgets } from '../../src/usecases/rate-budgets.ts';

/**
 * One instance of the bot for a test in a hurry: as src/main.ts, with the platforms' published pace so many times as
 * fast, and claims that end sooner when an instance dies.
 */

// biome-ignore lint/style/noProcessEnv: what the test gives it.
const { PACE = '1', LEASE_MS, ...environment } = process.env;

const config = readConfig(environment);
const log = createLog(config.logLevel);
const app = await createApp(config, log, {
  budgets: (own) => faster(own, Number(PACE)),
  ...(LEASE_MS && { leaseMs: Number(LEASE_MS) }),
});
let stopping = false;
process.on('SIGTERM', () => {
  if (stopping) return;
  stopping = true;
  void app
    .drain()
    .then(() => app.stop())
    .then(() => process.exit(0));
});
const address = await app.start();
log.info({ address }, 'Countersign is listening');

/** The same budgets in the same table, filled more quickly. */
function faster(own: RateBudgets, times: number): RateBudgets {
  const quick = (budgets: readonly RateBudget[]) =>
    budgets.map(({ key, burst, perMs }) => ({
      key,
      burst: burst * times,
      perMs: Math.max(1, Math.round(perMs / times)),
    }));
  return {
    reserve: (budgets, mostWaitMs) => own.reserve(quick(budgets), mostWaitMs),
    knownWait: (budgets) => own.knownWait(quick(budgets)),
    blockedFor: (key) => own.blockedFor(key),
    block: (key, ms) => own.block(key, ms),
  };
}
