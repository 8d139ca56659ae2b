import { type HarnessDouble, startHarnessDouble } from '../doubles/harness/harness-double.ts';
import { DEFAULT_SCOPES, startSlackDouble } from '../doubles/slack/slack-double.ts';
import type { SlackDouble } from '../doubles/slack/types.ts';
import { ACCOUNT_ID, ADMIN, CAST, CHANNEL, HARNESS_USER } from './cast.ts';

export interface Doubles {
  slack: SlackDouble;
  harness: HarnessDouble;
}

export interface Secrets {
  botToken: string;
  signingSecret: string;
  harnessApiKey: string;
}

/** Starts Slack's and Harness's stand-ins with the pretended company in them. */
export async function startDoubles(secrets: Secrets): Promise<Doubles> {
  const slack = await startSlackDouble({
    botToken: secrets.botToken,
    signingSecret: secrets.signingSecret,
    scopes: [...DEFAULT_SCOPES, 'channels:history'],
    rateLimits: true,
  });
  for (const { id, handle, name, email, timeZone } of CAST)
    slack.addUser({ id, name: handle, realName: name, email, tz: timeZone, isAdmin: id === ADMIN.id });
  slack.addChannel(CHANNEL);
  const harness = await startHarnessDouble({ accountId: ACCOUNT_ID });
  harness.addPrincipal({
    apiKey: secrets.harnessApiKey,
    kind: 'SERVICE_ACCOUNT',
    identifier: 'countersign',
    name: 'Countersign',
    email: 'countersign@service.harness.io',
  });
  harness.addUser(HARNESS_USER);
  return { slack, harness };
}
