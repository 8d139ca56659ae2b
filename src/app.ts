import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { watchAnswering } from './answering.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createChatCommands } from './commands/run.ts';
import type { Config } from './config.ts';
import type { TeamsConfig } from './config-teams.ts';
import { createEncryption } from './encryption.ts';
import { createApprovalApi } from './harness/approval-api.ts';
import { fullMatch } from './harness/full-match.ts';
import { isLoopback } from './harness/paths.ts';
import { chartRoutes } from './http/charts/routes.ts';
import { connectRoutes } from './http/connect/routes.ts';
import { harnessApprovalRoutes } from './http/harness-approvals.ts';
import { healthRoutes, type ReadinessCheck } from './http/health.ts';
import { tokenAccess } from './http/json-api/token-access.ts';
import { managementApi } from './http/management-api.ts';
import { createBadTokens, createRateLimit } from './http/rate-limit.ts';
import { createServer } from './http/server.ts';
import { webhookRoutes } from './http/webhooks.ts';
import { hash, newId } from './ids.ts';
import { createSlackAdapter } from './slack/app.ts';
import { INSTALL_PATH } from './slack/install-routes.ts';
import { EVENTS_PATH } from './slack/receiver.ts';
import { type Database, openDatabase } from './store/database.ts';
import { countResting } from './store/harness-connections.ts';
import { isMigrated, migrate } from './store/migrate.ts';
import { releaseAllLeases } from './store/outbox.ts';
import { MESSAGES_PATH } from './teams/receiver.ts';
import { createAccountChanges } from './usecases/approvers/revoke-approver.ts';
import { keepEnvironmentConnection } from './usecases/connections/environment-connection.ts';
import { createHarnessConnections } from './usecases/connections/harness-connections.ts';
import type { Context } from './usecases/context.ts';
import { createCardPresses } from './usecases/deciding/answer-press.ts';
import type { AccountChanges, CardPresses } from './usecases/deciding/card-presses.ts';
import { takeNotification } from './usecases/gates/take-notification.ts';
import { createHomes } from './usecases/homes/homes.ts';
import { createInstalling } from './usecases/installations/install-workspace.ts';
import { createInstallations } from './usecases/installations/installations.ts';
import { createTeamsConversations } from './usecases/installations/teams-conversations.ts';
import { createChatGreetings } from './usecases/notices/greet.ts';
import { openRequest } from './usecases/opening/open-request.ts';
import { BOOTSTRAP } from './usecases/opening/token-scope.ts';
import { bootstrap } from './usecases/organizations/bootstrap.ts';
import { reencryptValues } from './usecases/organizations/reencrypt-values.ts';
import type { ChatPlatform, Clock, Directory, Encryption, Log, PlatformName } from './usecases/ports.ts';
import { keepRemoving } from './usecases/retention/keep-removing.ts';
import { openingTokenOfSecret, principalOfSecret } from './usecases/tokens/principal-of.ts';
import { createWorkflowForms } from './usecases/workflows/edit-workflow.ts';
import { createWorker, type Worker } from './worker.ts';

/** What a test may put in the place of the real thing: time and chance, nothing else. */
export interface Overrides {
  clock?: Clock;
  random?: () => number;
  /** Waits that many ms for a turn under Harness's rate limit. */
  wait?: (ms: number) => Promise<unknown>;
}

export interface App {
  context: Context;
  server: FastifyInstance;
  worker: Worker;
  organizationId: number;
  /** Makes the bot known to the chat platforms, and them heard by the bot. Never throws; `start` does it, too. */
  connect(): Promise<void>;
  /** Listens and starts to work; the address it listens at. */
  start(): Promise<string>;
  /** Takes nothing new, finishes what it holds within `graceMs`, closes everything. */
  stop(graceMs?: number): Promise<void>;
}

const STOP_GRACE_MS = 8_000;
/** A worker that has not looked for so long is stuck. */
const WORKER_SILENT_MS = 30_000;
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
export async function createApp(config: Config, log: Log, overrides: Overrides = {}): Promise<App> {
  const clock = overrides.clock ?? { now: () => Date.now() };
  const random = overrides.random ?? Math.random;
  const db = openDatabase(config.databaseUrl);
  await migrate(db, clock.now());
  const organizationId = await bootstrap({ db, clock, wake: () => {} }, config.adminEmails);

  const { accountId: account, apiKey, baseUrl, pathPrefix } = config.harness;
  const environment = { account, baseUrl: address(baseUrl), pathPrefix };
  await keepEnvironmentConnection({ db, clock, log, wake: () => {} }, organizationId, environment);

  const server = createServer(log);
  const answering = watchAnswering(server, new Set([EVENTS_PATH, MESSAGES_PATH]));
  const platforms = new Map<PlatformName, ChatPlatform>();
  const directories: Directory[] = [];
  let worker: Worker | undefined;
  const wake = () => worker?.wake();
  const encryption = createEncryption(config.encryptionKeys);
  const harness = createHarnessConnections(
    { db, clock, log, newId, wake, platforms },
    {
      openApi: ({ account: accountId, ...at }) =>
        createApprovalApi({
          ...{ ...at, accountId, clock, log, random, version: version() },
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
    platforms,
    directories,
    harness,
    settings: {
      enrichmentWaitMs: config.enrichmentWaitMs,
      checkEveryMs: config.checkEveryMs,
      notYetGraceMs: NOT_YET_GRACE_MS,
      retentionMs: config.audit.retentionMs,
      publicUrl: address(config.publicUrl),
      harnessMayBeHere: [config.publicUrl, config.harness.baseUrl].some(isOnLoopback),
      showsPictures: canFetchPictures(config),
      installUrl: config.slack?.access.kind === 'oauth' ? address(config.publicUrl) + INSTALL_PATH : null,
    },
    random,
    wake,
  };
  worker = createWorker(context, { isBusy: answering.busy });
  const slack = config.slack && createSlack(config, config.slack, context, encryption, organizationId);
  const teams = config.teams && (await createTeams(config.teams, context, organizationId));
  for (const chat of [slack, teams]) {
    if (!chat) continue;
    platforms.set(chat.platform.platform, chat.platform);
    directories.push(chat.directory);
  }

  const heard = [
    ...(config.slack?.appToken ? [{ name: 'slack', check: async () => slack?.trouble() ?? null }] : []),
    ...(teams ? [{ name: 'teams', check: async () => teams.trouble() }] : []),
  ];
  healthRoutes(server, [...readiness(db, worker, clock), ...heard, harnessCheck(db)]);
  chartRoutes(server, context);
  const badTokens = createBadTokens(clock);
  webhookRoutes(server, {
    secret: config.webhook,
    openingToken: async () => ({ id: null, name: BOOTSTRAP, organizationId, mayChoosePolicy: false }),
    findToken: (secret) => openingTokenOfSecret(context, secret),
    badTokens,
    harness,
    open: (token, posted, message) => openRequest(context, token, posted, message),
    takeNotification: (token, notified, message) => takeNotification(context, token, notified, message),
    clock,
    log,
  });
  connectRoutes(server, { context, badTokens });
  harnessApprovalRoutes(server, {
    context,
    apiToken: config.apiToken,
    webhookToken: config.webhook.token,
    organizationId,
    findPrincipal: (secret) => principalOfSecret(context, secret),
    badTokens,
    rateLimit: createRateLimit(clock, config.apiRateLimit),
  });
  managementApi(server, {
    context,
    publicUrl: config.publicUrl,
    version: version(),
    authenticate: tokenAccess({
      apiToken: config.apiToken,
      organizationId,
      badTokens,
      findPrincipal: (secret) => principalOfSecret(context, secret),
      rateLimit: createRateLimit(clock, config.apiRateLimit),
    }),
  });
  if (slack) server.register(slack.routes);
  if (teams) server.register(teams.routes);

  await keepRemoving(context, organizationId);
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
    async start() {
      await releaseAllLeases(db, clock.now(), random);
      await reencryptValues(context, encryption);
      const address = await server.listen({ host: config.host, port: config.port });
      await connectAll();
      worker.start();
      checkpoints.start();
      started = true;
      return address;
    },
    async stop(graceMs = STOP_GRACE_MS) {
      const ended = Promise.all([server.close(), worker.stop(graceMs), slack?.stop(), teams?.stop()]);
      await Promise.race([ended, new Promise((done) => setTimeout(done, graceMs).unref())]);
      await harness.close();
      if (started) await checkpoints.stop();
      await db.destroy();
    },
  };
}

function createSlack(
  config: Config,
  { access, ...slack }: NonNullable<Config['slack']>,
  context: Context,
  encryption: Encryption,
  organizationId: number,
) {
  const presses: CardPresses = createCardPresses(context);
  const accountChanges: AccountChanges = createAccountChanges(context);
  return createSlackAdapter({
    config: {
      ...slack,
      access:
        access.kind === 'token'
          ? { ...access, organizationId }
          : {
              ...access,
              publicUrl: address(config.publicUrl),
              installations: createInstallations(context, encryption),
              installing: createInstalling(context, encryption),
            },
    },
    presses,
    accountChanges,
    commands: { ...createChatCommands(context), ...createWorkflowForms(context) },
    homes: createHomes(context),
    clock: context.clock,
    log: context.log,
  });
}

/** Loaded where it is needed alone: botbuilder is most of what the bot would otherwise keep in memory. */
async function createTeams(config: TeamsConfig, context: Context, organizationId: number) {
  const { createTeamsAdapter } = await import('./teams/app.ts');
  return createTeamsAdapter({
    config: { ...config, organizationId },
    presses: createCardPresses(context),
    commands: { ...createChatCommands(context), ...createWorkflowForms(context) },
    greetings: createChatGreetings(context),
    conversations: createTeamsConversations(context),
    clock: context.clock,
    log: context.log,
  });
}

function address(url: string): string {
  return url.replace(/\/+$/, '');
}

function isOnLoopback(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}

/** Slack fetches pictures from the internet; a stand-in on this machine fetches them from this machine. */
function canFetchPictures({ publicUrl, slack }: Config): boolean {
  return publicUrl.startsWith('https:') || (slack?.apiUrl.startsWith('http:') ?? false);
}

/** A paused connection to Harness keeps nobody from asking here. */
function harnessCheck(db: Database): ReadinessCheck {
  return {
    name: 'harness',
    advisory: true,
    check: async () => {
      const count = await countResting(db);
      if (count === 0) return null;
      const many = count === 1 ? '1 connection to Harness is' : `${count} connections to Harness are`;
      return `${many} paused: decisions wait`;
    },
  };
}

function readiness(db: Database, worker: Worker, clock: Clock) {
  return [
    {
      name: 'database',
      check: async () => {
        await db.selectFrom('organizations').select('id').limit(1).execute();
        return null;
      },
    },
    {
      name: 'migrations',
      check: async () => ((await isMigrated(db)) ? null : 'a migration is missing: restart'),
    },
    {
      name: 'worker',
      check: async () =>
        clock.now() - worker.lastLookAt() < WORKER_SILENT_MS ? null : 'the worker has not looked at its work',
    },
  ];
}
