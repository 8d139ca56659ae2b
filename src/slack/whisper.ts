import type { KnownBlock } from '@slack/types';
import type { Log } from '../usecases/ports.ts';
import type { SlackCalls } from './client.ts';
import { failureSentence } from './failures.ts';
import { LENGTH } from './limits.ts';
import { clip, escapeMarkup, plainText } from './text.ts';

const TIMEOUT_MS = 3000;

/** Where a private sentence can go: the payload's response URL, else the conversation. */
export interface Ear {
  responseUrl: string | null;
  channel: string | null;
  user: string;
}

/** Says one sentence to the presser alone; `calls` null = by response URL or not at all. Never throws; what fails is logged. */
export type Whisper = (calls: SlackCalls | null, ear: Ear, sentence: string) => Promise<void>;

/** Response URLs must be https, unless Slack itself (a double) is on plain http. */
export function createWhisper(parts: { apiUrl: string; log: Log }): Whisper {
  const { log } = parts;
  const protocols = ['https:', new URL(parts.apiUrl).protocol];

  async function byResponseUrl(url: string, body: object): Promise<string | null> {
    if (!protocols.includes(URL.parse(url)?.protocol ?? '')) return 'not an https URL';
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.ok ? null : `HTTP ${response.status}`;
    } catch (error) {
      return error instanceof Error ? error.message : 'no answer';
    }
  }

  return async (calls, ear, sentence) => {
    const text = escapeMarkup(clip(sentence, LENGTH.confirmText));
    const blocks: KnownBlock[] = [{ type: 'section', text: plainText(sentence, LENGTH.sectionText) }];
    if (ear.responseUrl) {
      const body = { response_type: 'ephemeral', replace_original: false, text, blocks };
      const problem = await byResponseUrl(ear.responseUrl, body);
      if (problem === null) return;
      log.debug({ problem }, 'a response URL did not take our sentence');
    }
    const { channel, user } = ear;
    if (channel === null || calls === null)
      return log.warn({ user }, 'no way to tell somebody privately what happened');
    const answer = await calls.call('chat.postEphemeral', channel, (client) =>
      client.chat.postEphemeral({ channel, user, text, blocks }),
    );
    if (!answer.ok)
      log.warn({ user, problem: failureSentence(answer.failure) }, 'could not tell somebody privately');
  };
}
