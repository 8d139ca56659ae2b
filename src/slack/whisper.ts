import type { KnownBlock } from '@slack/types';
import type { Log } from '../usecases/ports.ts';
import type { SlackCalls } from './client.ts';
import { failureSentence } from './failures.ts';
import { LENGTH } from './limits.ts';
import type { AnswerUrl } from './response-urls.ts';
import { clip, escapeMarkup, plainText } from './text.ts';

/** Where private words can go: the payload's response URL, else the conversation, else the one with the bot. */
export interface Ear {
  responseUrl: string | null;
  channel: string | null;
  user: string;
}

/** What is told; `text` is Slack markup, for notifications. */
export interface Told {
  text: string;
  blocks: KnownBlock[];
}

/**
 * Shows something to one person alone. `replace`: in place of the ephemeral message the response URL is of, where
 * that is possible. Never throws; what fails is logged.
 */
export type Tell = (ear: Ear, told: Told, replace?: boolean) => Promise<void>;

/** Says one sentence to the presser alone. Never throws; what fails is logged. */
export type Whisper = (ear: Ear, sentence: string) => Promise<void>;

/** How the bot speaks in one workspace. `calls` null = it is none of ours: by response URL, or not at all. */
export interface Voice {
  calls: SlackCalls | null;
  tell: Tell;
  whisper: Whisper;
  log: Log;
}

/** The voice for a workspace, or for somebody whose workspace is none of ours. */
export type VoiceIn = (workspace: { calls: SlackCalls } | null) => Voice;

export function createVoices({ answerUrl, log }: { answerUrl: AnswerUrl; log: Log }): VoiceIn {
  return (workspace) => {
    const calls = workspace?.calls ?? null;
    const tell = createTell({ calls, answerUrl, log });
    return { calls, tell, whisper: createWhisper(tell), log };
  };
}

function createTell({
  calls,
  answerUrl,
  log,
}: {
  calls: SlackCalls | null;
  answerUrl: AnswerUrl;
  log: Log;
}): Tell {
  /** Presses in a view name no conversation. */
  async function conversationOf(user: string): Promise<string | null> {
    if (calls === null) return null;
    const opened = await calls.call('conversations.open', null, (client) =>
      client.conversations.open({ users: user }),
    );
    return opened.ok ? (opened.value.channel?.id ?? null) : null;
  }

  return async (ear, told, replace = false) => {
    if (ear.responseUrl) {
      const body = { response_type: 'ephemeral', replace_original: replace, ...told };
      const problem = await answerUrl(ear.responseUrl, body);
      if (problem === null) return;
      log.debug({ problem }, 'a response URL did not take what was told');
    }
    const { user } = ear;
    const channel = ear.channel ?? (await conversationOf(user));
    if (channel === null || calls === null)
      return log.warn({ user }, 'no way to tell somebody privately what happened');
    const answer = await calls.call('chat.postEphemeral', channel, (client) =>
      client.chat.postEphemeral({ channel, user, ...told }),
    );
    if (!answer.ok)
      log.warn({ user, problem: failureSentence(answer.failure) }, 'could not tell somebody privately');
  };
}

function createWhisper(tell: Tell): Whisper {
  return (ear, sentence) =>
    tell(ear, {
      text: escapeMarkup(clip(sentence, LENGTH.confirmText)),
      blocks: [{ type: 'section', text: plainText(sentence, LENGTH.sectionText) }],
    });
}
