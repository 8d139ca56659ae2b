import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { createApp } from '../../src/app.ts';
import { parseSeedFile } from '../../src/cli/seed-file.ts';
import { readConfig } from '../../src/config.ts';
import { type HarnessDouble, startHarnessDouble } from '../../src/demo/doubles/harness/harness-double.ts';
import type { SlackDouble } from '../../src/demo/doubles/slack/handle.ts';
import { startSlackDouble } from '../../src/demo/doubles/slack/slack-double.ts';
import type { TeamsDouble } from '../../src/demo/doubles/teams/handle.ts';
import { startTeamsDouble } from '../../src/demo/doubles/teams/teams-double.ts';
import { freePort } from '../../src/demo/page/free-port.ts';
import { REQUIRED_SCOPES } from '../../src/slack/scopes.ts';
import { personByEmail } from '../../src/store/people.ts';
import { createToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { loadConfiguration } from '../../src/usecases/workflows/load-configuration.ts';
import { freshDatabase } from '../helpers/databases.ts';
import { CHANNEL } from '../helpers/in-channel.ts';
import { ok } from '../helpers/principals.ts';
import {
  ACME,
  ENTRA,
  email,
  STAFF,
  type StaffName,
  TEAMS_APP,
  TEAMS_SECRET,
  TEAMS_TENANT,
  WEBHOOK_TOKEN,
} from '../helpers/world.ts';
import { BotChild } from './bot-child.ts';

const API_KEY = 'sat.acme.token.secret-of-the-bot';

/** Slack, Harness and one database: what stays while the bot dies and comes back. */
export interface Surroundings {
  slack: SlackDouble;
  /** null = it is not connected. */
  teams: TeamsDouble | null;
  harness: HarnessDouble;
  /** Of Ada, an admin. */
  adminToken: string;
  databaseUrl: string;
  /** The same where it is SQLite's. */
  databaseFile: string;
  /** Where every life of the bot listens. */
  url: string;
  /** A new life of the bot, with what is its own in its environment; its usual script unless told. */
  startBot(own?: Record<string, string>, script?: string): BotChild;
  /** Starts a run that dana triggered. */
  run(id: string): void;
  /** The run comes to its gate. */
  reach(id: string, options?: Partial<Parameters<HarnessDouble['reachApproval']>[1]>): string;
  webhook(id: string): Record<string, unknown>;
  /** What the pipeline's HTTP step does once. Rejects when nobody answers. */
  post(event: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  close(): Promise<void>;
}

/** `bobInTeams`: Bob has no account in Slack, and one in Teams. */
export async function startSurroundings(
  more: Record<string, string> = {},
  { bobInTeams = false } = {},
): Promise<Surroundings> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-faults-'));
  const database = await freshDatabase();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const harness = await startHarnessDouble({ accountId: 'acme' });
  const slack = await startSlackDouble({
    botToken: 'xoxb-test',
    signingSecret: 'signing-secret-of-acme',
    teamId: 'T0ACME',
    requestUrl: `${url}/slack/events`,
    // With it, lines below a card are looked for before they are posted again.
    scopes: [...REQUIRED_SCOPES, 'channels:history'],
  });
  slack.addChannel({ id: CHANNEL, name: 'releases' });
  harness.addPrincipal({
    apiKey: API_KEY,
    kind: 'SERVICE_ACCOUNT',
    identifier: 'approvalbot',
    name: 'Approval bot',
    email: 'approvalbot@service.harness.io',
  });
  for (const name of Object.keys(STAFF) as StaffName[]) {
    if (name !== 'bob' || !bobInTeams)
      slack.addUser({ id: STAFF[name], name, realName: name, email: email(name) });
    harness.addUser({ uuid: `h-${name}`, name, email: email(name) });
  }
  const teams = bobInTeams ? await startTeams(url) : null;
  const environment: Record<string, string> = {
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: 'https://approvals.acme.io',
    DATABASE_URL: database.url,
    LOG_LEVEL: 'info',
    SLACK_BOT_TOKEN: 'xoxb-test',
    SLACK_SIGNING_SECRET: 'signing-secret-of-acme',
    SLACK_API_URL: slack.url,
    HARNESS_BASE_URL: harness.url,
    HARNESS_ACCOUNT_ID: 'acme',
    HARNESS_API_KEY: API_KEY,
    WEBHOOK_TOKEN,
    ADMIN_EMAILS: email('ada'),
    ENRICHMENT_WAIT_SECONDS: '1',
    HARNESS_CHECK_SECONDS: '5',
    // Starts in two thirds of the time; written by a life that ends in peace.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...(teams && {
      MicrosoftAppId: TEAMS_APP,
      MicrosoftAppTenantId: TEAMS_TENANT,
      MicrosoftAppPassword: TEAMS_SECRET,
      TEAMS_SERVICE_URL: teams.serviceUrl,
      TEAMS_OPENID_METADATA_URL: teams.openIdUrl,
      TEAMS_LOGIN_URL: teams.loginUrl,
      TEAMS_GRAPH_URL: teams.graphUrl,
    }),
    ...more,
  };
  const adminToken = await seed(environment);
  return {
    adminToken,
    slack,
    teams,
    harness,
    databaseUrl: database.url,
    databaseFile: database.url.slice('sqlite:'.length),
    url,
    startBot: (own = {}, script) => new BotChild({ ...environment, ...own }, script),
    run(id) {
      harness.startExecution({
        planExecutionId: id,
        orgIdentifier: 'default',
        projectIdentifier: 'payments',
        pipelineIdentifier: 'deploy_payments',
        triggeredBy: { uuid: 'h-dana', identifier: 'dana', email: email('dana'), triggerType: 'MANUAL' },
      });
    },
    reach: (id, options = {}) =>
      harness.reachApproval(id, {
        callbackId: `${id}-gate`,
        approvalMessage: 'Approve in chat',
        approvers: { userGroups: [], serviceAccounts: ['account.approvalbot'], minimumCount: 1 },
        ...options,
      }).id,
    webhook: (id) => ({
      accountIdentifier: 'acme',
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'deploy_payments',
      planExecutionId: id,
      callbackId: `${id}-gate`,
      executionUrl: `${harness.url}/ng/account/acme/executions/${id}`,
      triggeredByEmail: email('dana'),
    }),
    async post(event, body) {
      const answer = await fetch(`${url}/hooks/harness/${event}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${WEBHOOK_TOKEN}` },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    async close() {
      await slack.close();
      await teams?.close();
      await harness.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startTeams(url: string): Promise<TeamsDouble> {
  const teams = await startTeamsDouble({
    appId: TEAMS_APP,
    appPassword: TEAMS_SECRET,
    tenantId: TEAMS_TENANT,
  });
  teams.requestUrl = `${url}/api/messages`;
  teams.addPerson({ aadObjectId: ENTRA.bob, name: 'Bob', email: email('bob') });
  return teams;
}

/** As ACME; migrations are shown in a channel, too. */
const WITH_CHANNEL = ACME.replace(
  'manager_approves: true, subscribers',
  `manager_approves: true, channels: [{ slack: ${CHANNEL} }], subscribers`,
);

/** Acme's people and workflows, and the file migrated; a token of Ada's, who is an admin. */
async function seed(environment: Record<string, string>): Promise<string> {
  const app = await createApp(readConfig(environment), pino({ level: 'silent' }));
  const parsed = parseSeedFile(WITH_CHANNEL);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  await loadConfiguration(app.context, app.organizationId, parsed.wanted, { personId: null, via: 'cli' });
  const { organizationId, context } = app;
  const ada = (await personByEmail(context.db, organizationId, email('ada')))!.id;
  const operator = {
    organizationId,
    role: 'admin',
    personId: null,
    tokenId: 'bootstrap',
    via: 'cli',
  } as const;
  const made = ok(
    await createToken(context, operator, {
      holder: { personId: ada },
      role: 'admin',
      name: null,
      scope: null,
    }),
  );
  await app.stop(1_000);
  return made.secret;
}
