import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { watchAnswering } from './answering.ts';
import { address, createSlack, createTeams } from './chats.ts';
import { createCheckpoints } from './checkpoints.ts';
import type { Config } from './config.ts';
import { harnessMayBeHere, reachOf } from './config-reach.ts';
import { watchDatabase } from './database-watch.ts';
import { createEncryption } from './encryption.ts';
import { createApprovalApi } from './harness/approval-api.ts';
import { fullMatch } from './harness/full-match.ts';
import { createDraining } from './http/draining.ts';
import { createServer } from './http/server.ts';
import { hash, newId } from './ids.ts';
import { createMetrics } from './observing/metrics.ts';
import { createObserver } from './observing/observer.ts';
import { readinessChecks } from './readiness.ts';
import { registerRoutes } from './routes.ts';
import { INSTALL_PATH } from './slack/install-routes.ts';
import { EVENTS_PATH } from './slack/receiver.ts';
import { type Database, openDatabase } from './store/database.ts';
import { openClock } from './store/database-clock.ts';
import { markBeside } from './store/database-mark.ts';
import { refuseMoved } from './store/database-state.ts';
import { isShared, waitBriefly } from './store/engine.ts';
import { migrate, requireMigrated } from './store/migrate.ts';
import { releaseAllLeases } from './store/outbox-claims.ts';
import { hearOthers } from './store/wakeups.ts';
import { MESSAGES_PATH } from './teams/receiver.ts';
import { keepEnvironmentConnection } from './usecases/connections/environment-connection.ts';
import { createHarnessConnections } from './usecases/connections/harness-connections.ts';
import type { Context } from './usecases/context.ts';
import { bootstrap } from './usecases/organizations/bootstrap.ts';
import { reencryptValues } from './usecases/organizations/reencrypt-values.ts';
import type { ChatPlatform, Clock, Directory, Log, PlatformName } from './usecases/ports.ts';
import { createSharedBudgets, type RateBudgets } from './usecases/rate-budgets.ts';
import { type Recovery, recover } from './usecases/recovery/recover.ts';
import { stayAlive } from './usecases/recovery/stay-alive.ts';
import { keepRemoving } from './usecases/retention/keep-removing.ts';
import { createWorker, type Worker } from './worker.ts';

/** What a test may put in the place of the real thing: time, chance, and what stands before the database. */
export interface Overrides {
  clock?: Clock;
  random?: () => number;
  /** Waits that many ms for a turn under Harness's rate limit. */
  wait?: (ms: number) => Promise<unknown>;
  /** Stands between the bot and its database, to stop it before a statement. */
  aroundDatabase?: Parameters<typeof openDatabase>[1];
  /** The pace that instances share, changed; null = the process keeps its own, as on SQLite. */
  budgets?: (own: RateBudgets) => RateBudgets | null;
  /** How long a claim on what is owed lasts unless it is held, ms. */
  leaseMs?: number;
}

export interface App {
  context: Context;
  server: FastifyInstance;
  worker: Worker;
  organizationId: number;
  /** Makes the bot known to the chat platforms, and them heard by the bot. Never throws; `start` does it, too. */
  connect(): Promise<void>;
  /** Finds out whether the database is an older copy, and holds what is owed then; `start` does it, too. */
  recover(): Promise<Recovery | null>;
  /** Listens and starts to work; the address it listens at. */
  start(): Promise<string>;
  /** /readyz says 503 from now on, while everything is answered as before: resolves after DRAIN_SECONDS. */
  drain(): Promise<void>;
  /** Takes nothing new, finishes what it holds within `graceMs`, closes everything. */
  stop(graceMs?: number): Promise<void>;
}

const STOP_GRACE_MS = 8_000;
/** A copy of the database that is older is known to be one. */
const ALIVE_EVERY_MS = 60_000;
/** How soon a database that could not be written to is tried again. */
const LOOK_AGAIN_MS = 5_000;
const NOT_YET_GRACE_MS = 10 * 60_000;

/** The product's version, from package.json. */
export function version(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

/**
 * Builds the whole bot from a configuration; nothing runs until `start`. Opens and migrates the database. Throws
 * what the database throws.
 */
export async function createApp(config: Config, plainLog: Log, overrides: Overrides = {}): Promise<App> {
  const random = overrides.random ?? Math.random;
  const metrics = createMetrics({ version: version() });
  const tracer = config.tracing && (await startTracing(config.tracing));
  const observe = createObserver({ metrics, tracer, log: plainLog });
  const db = openDatabase(config.databaseUrl, overrides.aroundDatabase);
  const databaseClock = overrides.clock ? null : await openClock(db).catch(closing(db));
  const clock = overrides.clock ?? databaseClock!;
  try {
    await (config.migrateAtStart ? migrate(db, clock.now()) : requireMigrated(db));
    await refuseMoved(db);
  } catch (error) {
    databaseClock?.end();
    await db.destroy();
    throw error;
  }
  const organizationId = await bootstrap({ db, clock, wake: () => {} }, config.adminEmails);

  const { accountId: account, apiKey, baseUrl, pathPrefix } = config.harness;
  const environment = { account, baseUrl: address(baseUrl), pathPrefix };
  await keepEnvironmentConnection({ db, clock, log: plainLog, wake: () => {} }, organizationId, environment);

  const beside = markBeside(config.databaseUrl);
  let noting: Promise<void> | null = null;
  // One at a time: the mark beside the file and the one in it must not pass each other.
  const live = () => {
    noting ??= stayAlive({ db, clock }, { beside, mark: newId('mrk_') }).finally(() => {
      noting = null;
    });
    return noting;
  };
  const watch = watchDatabase(plainLog, live);
  const { log } = watch;
  const { trustProxy, publicUrl } = config;
  const server = createServer(log, { trustProxy, isHttps: publicUrl.startsWith('https:') });
  const draining = createDraining(server);
  const answering = watchAnswering(server, new Set([EVENTS_PATH, MESSAGES_PATH]));
  const platforms = new Map<PlatformName, ChatPlatform>();
  const directories: Directory[] = [];
  let worker: Worker | undefined;
  let deafen = async () => {};
  const wake = () => worker?.wake();
  const encryption = createEncryption(config.encryptionKeys);
  const shared = isShared(db) ? createSharedBudgets({ db, clock, log }) : null;
  const budgets = shared && (overrides.budgets ? overrides.budgets(shared) : shared);
  const harness = createHarnessConnections(
    { db, clock, log, newId, wake, platforms },
    {
      openApi: ({ account: accountId, ...at }, source) =>
        createApprovalApi({
          ...{ ...at, accountId, clock, log, observe, random, budgets, version: version() },
          reach: reachOf(config, { source, baseUrl: at.baseUrl }),
          ...(overrides.wait && { wait: overrides.wait }),
        }),
      environmentKey: apiKey,
      encryption,
    },
  );
  const context: Context = {
    db,
    clock,
    hash,
    newId,
    fullMatch,
    log,
    observe,
    platforms,
    directories,
    harness,
    settings: {
      enrichmentWaitMs: config.enrichmentWaitMs,
      checkEveryMs: config.checkEveryMs,
      notYetGraceMs: NOT_YET_GRACE_MS,
      retentionMs: config.audit.retentionMs,
      publicUrl: address(config.publicUrl),
      harnessMayBeHere: harnessMayBeHere(config),
      showsPictures: canFetchPictures(config),
      installUrl: config.slack?.access.kind === 'oauth' ? address(config.publicUrl) + INSTALL_PATH : null,
    },
    random,
    wake,
  };
  worker = createWorker(context, {
    isBusy: answering.busy,
    ...(overrides.leaseMs !== undefined && { leaseMs: overrides.leaseMs }),
  });
  const given = { budgets, organizationId };
  const slack = config.slack && createSlack(config, config.slack, context, { ...given, encryption });
  const teams = config.teams && (await createTeams(config, config.teams, context, given));
  for (const chat of [slack, teams]) {
    if (!chat) continue;
    platforms.set(chat.platform.platform, chat.platform);
    directories.push(chat.directory);
  }

  const heard = [
    ...(config.slack?.appToken ? [{ name: 'slack', check: async () => slack?.trouble() ?? null }] : []),
    ...(teams ? [{ name: 'teams', check: async () => teams.trouble() }] : []),
  ];
  const checks = [draining.check, ...readinessChecks({ db, worker, clock, watch }), ...heard];
  registerRoutes(server, { config, context, organizationId, checks, metrics, version: version() });
  if (slack) server.register(slack.routes);
  if (teams) server.register(teams.routes);

  await keepRemoving(context, organizationId);
  let living: NodeJS.Timeout | undefined;
  let looking: NodeJS.Timeout | undefined;
  const recoverNow = () => recover(context, { beside, mark: newId('mrk_') });
  const checkpoints = createCheckpoints(context, config.audit);
  let started = false;
  const connectAll = async () => {
    await Promise.all([slack?.start(), teams?.start()]);
  };
  return {
    context,
    server,
    worker,
    organizationId,
    connect: connectAll,
    recover: recoverNow,
    async start() {
      await waitBriefly(db);
      await releaseAllLeases(db, clock.now(), random);
      await recoverNow();
      living = setInterval(() => {
        live().catch((error: unknown) => log.error({ err: error }, 'cannot note that the bot lives'));
      }, ALIVE_EVERY_MS).unref();
      looking = setInterval(() => void watch.look(), LOOK_AGAIN_MS).unref();
      await reencryptValues(context, encryption);
      const address = await server.listen({ host: config.host, port: config.port });
      await connectAll();
      worker.start();
      checkpoints.start();
      started = true;
      deafen = hearOthers(config.databaseUrl, db, wake);
      return address;
    },
    async drain() {
      draining.begin();
      await new Promise((done) => setTimeout(done, config.drainMs));
    },
    async stop(graceMs = STOP_GRACE_MS) {
      const ended = Promise.all([server.close(), worker.stop(graceMs), slack?.stop(), teams?.stop()]);
      await Promise.race([ended, new Promise((done) => setTimeout(done, graceMs).unref())]);
      clearInterval(living);
      clearInterval(looking);
      await harness.close();
      if (started) await checkpoints.stop();
      databaseClock?.end();
      await deafen();
      await db.destroy();
      await tracer?.close();
    },
  };
}

/** Closes the database of a bot that could not be built, and throws what kept it. */
function closing(db: Database) {
  return async (error: unknown): Promise<never> => {
    await db.destroy();
    throw error;
  };
}

/** Loaded where traces are on alone. */
async function startTracing(config: NonNullable<Config['tracing']>) {
  const { createTracing } = await import('./observing/tracing.ts');
  return createTracing(config, version());
}

/** Slack fetches pictures from the internet; a stand-in on this machine fetches them from this machine. */
function canFetchPictures({ publicUrl, slack }: Config): boolean {
  return publicUrl.startsWith('https:') || (slack?.apiUrl.startsWith('http:') ?? false);
}
