import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HarnessDouble, startHarnessDouble } from '../../src/demo/doubles/harness/harness-double.ts';
import { ActivityTokens } from '../../src/demo/doubles/teams/activity-tokens.ts';
import { startTeamsDouble } from '../../src/demo/doubles/teams/teams-double.ts';

/*
 * Everything around the bot, in a process of its own: the double of Harness, that of Entra and the Connector's keys, and
 * a stand-in that says yes to every call to Slack and to the Connector, since a click that is measured waits for none.
 * Asked for a run, it brings one to its gate; asked for a token, it signs one as the Connector does.
 */
export const API_KEY = 'sat.acme.bench.bench';
export const TEAMS_APP = { appId: 'bench-app', appPassword: 'bench-secret', tenantId: 'bench-tenant' };
export const SLACK_TEAM = 'T0BENCH';
export const PLACE = { orgIdentifier: 'default', projectIdentifier: 'bench', pipelineIdentifier: 'deploy' };

export interface Surroundings {
  harnessUrl: string;
  standInUrl: string;
  openIdUrl: string;
  loginUrl: string;
  graphUrl: string;
}

export type Asked = { urls: true } | { runs: readonly string[] } | { token: true };

let posts = 0;

/** What every call is answered with: each platform reads its own part of it. */
function answerTo(url: string): object {
  posts += 1;
  const id = `1.${String(posts).padStart(6, '0')}`;
  if (url.endsWith('auth.test')) return { ok: true, team_id: SLACK_TEAM, user_id: 'U0BOT', bot_id: 'B0BOT' };
  return {
    ok: true,
    ts: id,
    id,
    channel: url.endsWith('conversations.open') ? { id: `D${posts}` } : 'D0BENCH',
  };
}

async function readAll(request: IncomingMessage): Promise<void> {
  for await (const _ of request);
}

async function startStandIn(): Promise<string> {
  const server = createServer((request, response) => {
    void readAll(request).then(() => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answerTo(request.url ?? '')));
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A run that a schedule started comes to its gate, which the bot's account may decide. */
export function reachGate(harness: HarnessDouble, run: string): void {
  const triggeredBy = { uuid: 'cron', identifier: 'cron', triggerType: 'SCHEDULER_CRON' };
  const approvers = { userGroups: [], serviceAccounts: ['account.bot'], minimumCount: 1 };
  harness.startExecution({
    planExecutionId: run,
    ...PLACE,
    pipelineName: 'Deploy',
    runSequence: 1,
    triggeredBy,
  });
  harness.reachApproval(run, { callbackId: `${run}-gate`, approvalMessage: 'Approve in chat', approvers });
}

async function main(): Promise<void> {
  const harness = await startHarnessDouble({ accountId: 'acme' });
  const email = 'bot@service.harness.io';
  harness.addPrincipal({ apiKey: API_KEY, kind: 'SERVICE_ACCOUNT', identifier: 'bot', name: 'Bot', email });
  const standInUrl = await startStandIn();
  const teams = await startTeamsDouble(TEAMS_APP);
  const tokens = new ActivityTokens({
    appId: TEAMS_APP.appId,
    serviceUrl: () => `${standInUrl}/teams/`,
    clock: Date.now,
  });
  const { openIdUrl, loginUrl, graphUrl } = teams;

  const urls: Surroundings = { harnessUrl: harness.url, standInUrl, openIdUrl, loginUrl, graphUrl };
  process.on('message', async (asked: Asked) => {
    if ('urls' in asked) return process.send?.(urls);
    if ('token' in asked) return process.send?.(await tokens.sign());
    for (const run of asked.runs) reachGate(harness, run);
    return process.send?.('done');
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}

if (process.argv[1] === import.meta.filename) await main();
