import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { boltLogger } from '../slack/bolt-log.ts';
import { createSlackCalls, createSlackClient } from '../slack/client.ts';
import { createIdentityKeeper } from '../slack/identity.ts';
import { createPacing } from '../slack/pacing.ts';
import { type Finding, ok, problem } from './check.ts';

/** Asks Slack whose token this is and what it may do. */
export async function checkSlack(config: NonNullable<Config['slack']>): Promise<Finding[]> {
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
