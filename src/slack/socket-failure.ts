import type { Logger } from '@slack/bolt';
import { createSlackClient, failureOf } from './client.ts';
import { failureSentence } from './failures.ts';

/** Why no socket to Slack could be opened, as one sentence with the remedy. */
export function socketFailureSentence(error: unknown): string {
  // A handshake that fails rejects with nothing at all.
  if (error === undefined) return 'the connection failed';
  const failure = failureOf(error);
  if (failure.kind !== 'error') return failureSentence(failure);
  return `Slack refuses SLACK_APP_TOKEN with “${failure.error}”: make an app-level token with the scope connections:write, and turn Socket Mode on`;
}

/** Asks Slack whether it would open a socket; null when it would. */
export async function socketTrouble(config: {
  appToken: string;
  apiUrl: string;
  logger: Logger;
}): Promise<string | null> {
  try {
    await createSlackClient({ ...config, botToken: config.appToken }).apps.connections.open({});
    return null;
  } catch (error) {
    return socketFailureSentence(error);
  }
}
