import pino from 'pino';
import { type App, createApp, type Overrides } from '../../src/app.ts';
import { parseSeedFile } from '../../src/cli/seed-file.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { type HarnessDouble, startHarnessDouble } from '../../src/demo/doubles/harness/harness-double.ts';
import type { SubmitResult } from '../../src/demo/doubles/slack/acts.ts';
import type { SlackDouble } from '../../src/demo/doubles/slack/handle.ts';
import type { StoredMessage, StoredView } from '../../src/demo/doubles/slack/shown.ts';
import { startSlackDouble } from '../../src/demo/doubles/slack/slack-double.ts';
import type { TeamsDouble } from '../../src/demo/doubles/teams/handle.ts';
import { startTeamsDouble } from '../../src/demo/doubles/teams/teams-double.ts';
import { storyFields } from '../../src/observing/scope.ts';
import { releaseAllLeases } from '../../src/store/outbox-claims.ts';
import { loadConfiguration } from '../../src/usecases/workflows/load-configuration.ts';
import { type HandClock, handClock } from './clock.ts';
import { freshDatabase, type TestDatabase } from './databases.ts';

export const WEBHOOK_TOKEN = 'pipeline-token-for-tests-0001';
export const APP_TOKEN = 'xapp-1-A0ACME-token-for-tests';
const API_KEY = 'sat.acme.token.secret-of-the-bot';

/** The bot's own service account in Harness. */
export const BOT = {
  kind: 'SERVICE_ACCOUNT',
  identifier: 'approvalbot',
  name: 'Approval bot',
  email: 'approvalbot@service.harness.io',
} as const;

/** Who works at Acme: name → Slack id. */
export const STAFF = {
  dana: 'U0DANA',
  alice: 'U0ALICE',
  bob: 'U0BOB',
  carol: 'U0CAROL',
  maria: 'U0MARIA',
  sam: 'U0SAM',
  ada: 'U0ADA',
} as const;
export type StaffName = keyof typeof STAFF;

export const TEAMS_TENANT = 'b2a1c3d4-0000-4000-8000-00000000acee';
export const TEAMS_APP = 'c0ffee00-0000-4000-8000-000000000b07';
export const TEAMS_SECRET = 'secret-of-the-bot-in-entra';

/** The same people in Teams: name → Entra object id. */
export const ENTRA: Readonly<Record<StaffName, string>> = Object.fromEntries(
  Object.keys(STAFF).map((name, index) => [name, `a0000000-0000-4000-8000-0000000000${10 + index}`]),
) as Record<StaffName, string>;
export const email = (name: StaffName) => `${name}@acme.io`;

export interface StepOptions {
  callbackId?: string;
  approverInputs?: Parameters<HarnessDouble['reachApproval']>[1]['approverInputs'];
  approvers?: Parameters<HarnessDouble['reachApproval']>[1]['approvers'];
  timeoutMs?: number;
  isAutoRejectEnabled?: boolean;
}

/** The real bot, with doubles of Slack and Harness around it and a clock moved by hand. */
export interface World {
  /** The bot's present life. */
  readonly app: App;
  slack: SlackDouble;
  harness: HarnessDouble;
  /** Teams' stand-in, where the world was started with one. */
  readonly teams: TeamsDouble;
  clock: HandClock;
  config: Config;
  readonly url: string;
  /** The bot ends; what is done to its file meanwhile; another one starts on it, with more in its environment if so told. */
  restart(meanwhile?: () => void | Promise<void>, env?: Record<string, string>): Promise<void>;
  /** Loads a seed file's text. */
  load(yaml: string): Promise<void>;
  /** Starts a run in Harness; dana unless said otherwise. */
  run(id: string, by?: StaffName | null): void;
  /** The run comes to its gate; the instance's id. */
  reach(id: string, options?: StepOptions): string;
  /** What the HTTP step posts. */
  webhook(id: string, more?: Record<string, unknown>): Record<string, unknown>;
  post(
    event: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Run, post, gate, first cards: the usual beginning. Returns the request's id. */
  ask(
    event: string,
    id: string,
    options?: StepOptions & { body?: Record<string, unknown>; by?: StaffName | null },
  ): Promise<string>;
  /** Pays everything that is due. */
  settle(): Promise<void>;
  /** Moves the clock and pays what falls due on the way. */
  pass(ms: number): Promise<void>;
  /** The newest card somebody has. */
  card(name: StaffName): StoredMessage | undefined;
  cards(name: StaffName): StoredMessage[];
  /** Every word on a person's newest card, one line. */
  words(name: StaffName): string;
  press(name: StaffName, actionId: string): Promise<Awaited<ReturnType<SlackDouble['click']>>>;
  /** The newest thing said to this person alone, once it is there. */
  whispered(name: StaffName): Promise<string>;
  /** The form that stands open before this person, once it is there. */
  form(name: StaffName): Promise<StoredView>;
  /** Presses Approve, waits for the form, fills it in, submits it. */
  approveWith(name: StaffName, values: Record<string, string | string[]>): Promise<SubmitResult>;
  /** Presses Reject, gives the reason, submits it. */
  reject(name: StaffName, reason: string): Promise<SubmitResult>;
  /**
   * The bot is gone in the midst of what it does: nothing more is written or said, what was not committed is undone,
   * connections break. Another one starts on the same database, after `between`.
   */
  crash(between?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  env?: Record<string, string>;
  slackRateLimits?: boolean;
  /** What the bot token may do in Slack; what the manifest asks for unless told. */
  slackScopes?: readonly string[];
  /** How the bot hears Slack; http unless told. */
  transport?: 'http' | 'socket';
  olderServer?: boolean;
  /** A database that others use, too; whoever made it drops it. One of its own unless told. */
  database?: TestDatabase;
  /** The bot is installed over OAuth in any number of workspaces, at first in none. */
  oauth?: { tokenRotation?: boolean };
  /** Teams is connected, too; these people have an account there with the app installed, everybody unless told. */
  teams?: { people?: readonly StaffName[]; rateLimits?: boolean };
  /** Whether Slack is connected, and who has an account there: everybody unless told. */
  slack?: false | { people: readonly StaffName[] };
  /** Chance; always a half unless told. */
  random?: () => number;
  /** Stands between the bot and its database. */
  aroundDatabase?: NonNullable<Overrides['aroundDatabase']>;
  /** Gets every line the bot logs, at every level and unredacted. */
  hear?: (line: string) => void;
}

const OAUTH_ENV = {
  SLACK_BOT_TOKEN: '',
  SLACK_CLIENT_ID: '1234.5678',
  SLACK_CLIENT_SECRET: 'client-secret-of-the-app',
  SLACK_STATE_SECRET: 'state-secret-of-24-or-more-characters',
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
};

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const clock = handClock();
  const database = options.database ?? (await freshDatabase());
  const harness = await startHarnessDouble({
    accountId: 'acme',
    now: clock.now,
    ...(options.olderServer && { olderServer: true }),
  });
  harness.addPrincipal({ ...BOT, apiKey: API_KEY });
  const slack = await startSlackDouble({
    ...(options.oauth
      ? {
          oauth: {
            clientId: OAUTH_ENV.SLACK_CLIENT_ID,
            clientSecret: OAUTH_ENV.SLACK_CLIENT_SECRET,
            redirectUris: ['https://approvals.acme.io/slack/oauth_redirect'],
            ...options.oauth,
          },
        }
      : { botToken: 'xoxb-test' }),
    signingSecret: 'signing-secret-of-acme',
    teamId: 'T0ACME',
    now: clock.now,
    ...(options.slackRateLimits && { rateLimits: true }),
    ...(options.slackScopes && { scopes: options.slackScopes }),
    appToken: APP_TOKEN,
    transport: options.transport ?? 'http',
  });
  const everybody = Object.keys(STAFF) as StaffName[];
  for (const name of options.slack ? options.slack.people : everybody)
    slack.addUser({ id: STAFF[name], name, realName: capital(name), email: email(name) });
  for (const name of everybody) harness.addUser({ uuid: `h-${name}`, name, email: email(name) });
  const teams = options.teams && (await startTeams(options.teams, clock));
  const environment: Record<string, string> = {
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLIC_URL: 'https://approvals.acme.io',
    DATABASE_URL: database.url,
    LOG_LEVEL: 'silent',
    ...(options.slack !== false && {
      SLACK_BOT_TOKEN: 'xoxb-test',
      ...(options.transport === 'socket'
        ? { SLACK_APP_TOKEN: APP_TOKEN }
        : { SLACK_SIGNING_SECRET: 'signing-secret-of-acme' }),
      SLACK_API_URL: slack.url,
    }),
    ...(teams && {
      MicrosoftAppId: TEAMS_APP,
      MicrosoftAppTenantId: TEAMS_TENANT,
      MicrosoftAppPassword: TEAMS_SECRET,
      TEAMS_SERVICE_URL: teams.serviceUrl,
      TEAMS_OPENID_METADATA_URL: teams.openIdUrl,
      TEAMS_LOGIN_URL: teams.loginUrl,
      TEAMS_GRAPH_URL: teams.graphUrl,
    }),
    HARNESS_BASE_URL: harness.url,
    HARNESS_ACCOUNT_ID: 'acme',
    HARNESS_API_KEY: API_KEY,
    WEBHOOK_TOKEN,
    ADMIN_EMAILS: email('ada'),
    ...(options.oauth && OAUTH_ENV),
    ...options.env,
  };
  const config = readConfig(environment);
  // biome-ignore lint/style/noProcessEnv: TEST_LOG=debug shows what the bot says during a test.
  const level = process.env.TEST_LOG ?? 'silent';
  const { hear } = options;
  const log = hear ? pino({ level: 'trace', mixin: storyFields }, { write: hear }) : pino({ level });
  const { aroundDatabase } = options;
  const live = async (present: Config) => {
    const born = await createApp(present, log, {
      clock,
      random: options.random ?? (() => 0.5),
      wait: async () => {},
      ...(aroundDatabase && { aroundDatabase }),
      // One bot alone keeps its pace as on SQLite, where a moment's calls may come at once.
      ...(!options.database && { budgets: () => null }),
    });
    await born.recover();
    const address = await born.server.listen({ host: '127.0.0.1', port: 0 });
    slack.requestUrl = `${address}/slack/events`;
    if (teams) teams.requestUrl = `${address}/api/messages`;
    await born.connect();
    return { born, address };
  };
  let { born: app, address: url } = await live(config);

  const world: World = {
    get app() {
      return app;
    },
    slack,
    harness,
    get teams() {
      if (!teams) throw new Error('this world was started without Teams');
      return teams;
    },
    clock,
    config,
    get url() {
      return url;
    },
    async restart(meanwhile, env = {}) {
      await app.stop(1_000);
      await meanwhile?.();
      ({ born: app, address: url } = await live(readConfig({ ...environment, ...env })));
    },
    async load(yaml) {
      const parsed = parseSeedFile(yaml);
      if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
      await loadConfiguration(app.context, app.organizationId, parsed.wanted, { personId: null, via: 'cli' });
    },
    run(id, by = 'dana') {
      harness.startExecution({
        planExecutionId: id,
        orgIdentifier: 'default',
        projectIdentifier: 'payments',
        pipelineIdentifier: 'deploy_payments',
        pipelineName: 'Deploy payments',
        runSequence: 42,
        triggeredBy:
          by === null
            ? { uuid: 'cron', identifier: 'cron', triggerType: 'SCHEDULER_CRON' }
            : { uuid: `h-${by}`, identifier: by, email: email(by), triggerType: 'MANUAL' },
      });
    },
    reach(id, step = {}) {
      return harness.reachApproval(id, {
        callbackId: step.callbackId ?? `${id}-gate`,
        approvalMessage: 'Approve in chat',
        ...(step.approverInputs && { approverInputs: step.approverInputs }),
        approvers: {
          userGroups: [],
          serviceAccounts: ['account.approvalbot'],
          minimumCount: 1,
          ...step.approvers,
        },
        ...(step.timeoutMs !== undefined && { timeoutMs: step.timeoutMs }),
        ...(step.isAutoRejectEnabled !== undefined && { isAutoRejectEnabled: step.isAutoRejectEnabled }),
      }).id;
    },
    webhook: (id, more = {}) => ({
      accountIdentifier: 'acme',
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'deploy_payments',
      planExecutionId: id,
      callbackId: `${id}-gate`,
      executionUrl: `${harness.url}/ng/account/acme/executions/${id}`,
      triggeredByEmail: email('dana'),
      ...more,
    }),
    async post(event, body, headers = {}) {
      const answer = await fetch(`${url}/hooks/harness/${event}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(headers['webhook-signature'] === undefined && { authorization: `Bearer ${WEBHOOK_TOKEN}` }),
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    async ask(event, id, asked = {}) {
      world.run(id, asked.by);
      const { status, body } = await world.post(event, world.webhook(id, asked.body));
      if (status !== 202) throw new Error(`the webhook answered ${status}: ${JSON.stringify(body)}`);
      world.reach(id, asked);
      await world.pass(1_000);
      return body.id as string;
    },
    settle: () => app.worker.settle(),
    async pass(ms) {
      clock.advance(ms);
      await app.worker.settle();
    },
    cards: (name) =>
      slack
        .messagesOf(STAFF[name])
        .filter((message) => message.visibleTo === undefined && message.threadTs === undefined),
    card: (name) => world.cards(name).at(-1),
    words(name) {
      const message = world.card(name);
      return message ? oneLine(wordsOf(message.blocks).join(' ')) : '';
    },
    press(name, actionId) {
      const message = world.card(name);
      if (!message) throw new Error(`${name} has no card`);
      return slack.click(STAFF[name], { channel: message.channel, ts: message.ts, actionId });
    },
    async whispered(name) {
      const seen = () => slack.messagesOf(STAFF[name]).findLast((message) => message.visibleTo !== undefined);
      return (await until(slack, seen)).text;
    },
    form: (name) => until(slack, () => slack.openViewOf(STAFF[name])),
    async approveWith(name, values) {
      await world.press(name, 'approve');
      return slack.submitView(STAFF[name], (await world.form(name)).id, values);
    },
    async reject(name, reason) {
      await world.press(name, 'reject');
      return slack.submitView(STAFF[name], (await world.form(name)).id, { comment: reason });
    },
    async crash(between) {
      app.server.server.closeAllConnections();
      await app.stop(0);
      await database.cut?.();
      await between?.();
      ({ born: app, address: url } = await live(config));
      await releaseAllLeases(app.context.db, clock.now(), () => 0.5);
    },
    async close() {
      await app.stop(1_000);
      await slack.close();
      await teams?.close();
      await harness.close();
      if (!options.database) await database.drop();
    },
  };
  return world;
}

async function startTeams(
  { people, rateLimits }: NonNullable<WorldOptions['teams']>,
  clock: HandClock,
): Promise<TeamsDouble> {
  const teams = await startTeamsDouble({
    appId: TEAMS_APP,
    appPassword: TEAMS_SECRET,
    tenantId: TEAMS_TENANT,
    now: clock.now,
    ...(rateLimits && { rateLimits: true }),
  });
  for (const name of people ?? (Object.keys(STAFF) as StaffName[]))
    teams.addPerson({ aadObjectId: ENTRA[name], name: capital(name), email: email(name) });
  return teams;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Waits until `look` finds something; looks again whenever the double changes. */
export function until<T>(
  double: { onChange(listener: () => void): () => void },
  look: () => T | undefined,
): Promise<T> {
  return new Promise((done) => {
    const stop = double.onChange(check);
    function check() {
      const found = look();
      if (found === undefined) return;
      stop();
      done(found);
    }
    check();
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/ ([:,])/g, '$1');
}

/** All texts in a value, in order; people as @id. */
export function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  if (value === null || typeof value !== 'object') return [];
  const node = value as Record<string, unknown>;
  if (node.type === 'user') return [`@${String(node.user_id)}`];
  if (node.type === 'date') return ['<date>'];
  const own = typeof node.text === 'string' ? [node.text] : [];
  return [
    ...own,
    ...Object.entries(node).flatMap(([key, child]) =>
      key === 'text' && typeof child === 'string' ? [] : wordsOf(child),
    ),
  ];
}

/** Deploys need any of alice and bob; migrations all of alice, bob and dana's manager maria; rollbacks nobody. */
export const ACME = `
organization: { name: Acme, domains: [acme.io] }
people:
  - { email: dana@acme.io, name: Dana, manager: maria@acme.io }
  - { email: alice@acme.io, name: Alice }
  - { email: bob@acme.io, name: Bob }
  - { email: carol@acme.io, name: Carol }
  - { email: maria@acme.io, name: Maria }
  - { email: sam@acme.io, name: Sam }
events:
  - { slug: deploy-to-production, name: Deploy to production }
  - { slug: database-migration, name: Database migration }
  - { slug: rollback, name: Rollback, pipelines: [{ account: acme, org: default, project: payments, pipeline: deploy_payments }] }
policies:
  - { slug: standard, name: Standard, default: true }
workflows:
  - { policy: standard, event: deploy-to-production, requirement: any, approvers: [alice@acme.io, bob@acme.io], subscribers: [sam@acme.io] }
  - { policy: standard, event: database-migration, requirement: all, approvers: [alice@acme.io, bob@acme.io], manager_approves: true, subscribers: [sam@acme.io] }
  - { policy: standard, event: rollback, requirement: none, subscribers: [sam@acme.io] }
`;
