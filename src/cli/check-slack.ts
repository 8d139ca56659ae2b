import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { boltLogger } from '../slack/bolt-log.ts';
import { createSlackCalls, createSlackClient } from '../slack/client.ts';
import { createIdentityKeeper } from '../slack/identity.ts';
import { createPacing } from '../slack/pacing.ts';
import { socketTrouble } from '../slack/socket-failure.ts';
import { type Finding, ok, problem } from './check.ts';

type SlackConfig = NonNullable<Config['slack']>;

/** Asks Slack whose token this is and what it may do, and whether a socket opens where one is wanted. */
export async function checkSlack(config: SlackConfig): Promise<Finding[]> {
  return [...(await checkBotToken(config)), ...(await checkSocket(config))];
}

async function checkSocket({ appToken, apiUrl }: SlackConfig): Promise<Finding[]> {
  if (appToken === null) return [];
  const trouble = await socketTrouble({ appToken, apiUrl, logger: boltLogger(createLog('silent')) });
  return trouble === null
    ? [ok('Slack', 'a socket can be opened; Slack needs to reach no address of ours.')]
    : [problem('Slack', trouble)];
}

async function checkBotToken(config: SlackConfig): Promise<Finding[]> {
  const clock = { now: () => Date.now() };
  const client = createSlackClient({ ...config, logger: boltLogger(createLog('silent')) });
  const calls = createSlackCalls(client, createPacing(clock), () => '');
  const identity = createIdentityKeeper(() => calls);
  const health = await identity.check();
  if (!health.ok) {
    const detail = health.detail.replace(/^Slack: /, '');
    // Slack's own refusals carry their remedy; silence does not.
    const silent = detail.startsWith('no ');
    return [problem('Slack', detail, silent ? 'Check SLACK_API_URL and the network.' : undefined)];
  }
  const us = identity.current();
  return [
    ok('Slack', `the bot is ${us?.botUserId} in the workspace ${us?.teamId}, with every scope it needs.`),
  ];
}
