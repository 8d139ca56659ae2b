import { createOutage } from '../usecases/cards/outage.ts';
import type { Clock } from '../usecases/ports.ts';
import { type AnswerUrl, wasAnswered } from './response-urls.ts';

const MOST = 1000;
/** Slack takes a URL for half an hour, five times; private words to the presser use it, too. */
const GOOD_FOR_MS = 25 * 60_000;
const USES = 3;

/** Where a message stands. */
export interface MessagePlace {
  /** Slack's team. */
  tenant: string;
  channel: string;
  message: string;
}

/**
 * Messages on which somebody pressed a button a moment ago. Each can be changed by the URL that the press brought, which
 * Slack does not count among the edits it allows in a minute: who pressed sees what came of it however many edits of
 * others' cards wait. Kept in memory: what is forgotten is edited in its turn.
 */
export interface PressedMessages {
  /** Somebody pressed a button there. */
  note(at: MessagePlace, responseUrl: string): void;
  /** Whether it can be changed by its press now: not while Slack leaves such calls without an answer. */
  isFresh(at: MessagePlace): boolean;
  /** Puts this in place of what the message shows; whether Slack took it. */
  replace(at: MessagePlace, content: object): Promise<boolean>;
}

export function createPressedMessages(parts: { answerUrl: AnswerUrl; clock: Clock }): PressedMessages {
  const { answerUrl, clock } = parts;
  const presses = new Map<string, { url: string; at: number; uses: number }>();
  const outage = createOutage(clock);

  function fresh(key: string) {
    const press = presses.get(key);
    if (!press) return null;
    const age = clock.now() - press.at;
    if (press.uses < USES && age >= 0 && age < GOOD_FOR_MS) return press;
    presses.delete(key);
    return null;
  }

  return {
    note(at, url) {
      const key = keyOf(at);
      presses.delete(key);
      const oldest = presses.keys().next();
      if (presses.size >= MOST && !oldest.done) presses.delete(oldest.value);
      presses.set(key, { url, at: clock.now(), uses: 0 });
    },
    isFresh: (at) => outage.wait() === 0 && fresh(keyOf(at)) !== null,
    async replace(at, content) {
      const key = keyOf(at);
      const press = fresh(key);
      if (!press || outage.take() > 0) return false;
      press.uses += 1;
      const problem = await answerUrl(press.url, { replace_original: true, ...content });
      outage.note(wasAnswered(problem));
      if (problem !== null && presses.get(key) === press) presses.delete(key);
      return problem === null;
    },
  };
}

function keyOf({ tenant, channel, message }: MessagePlace): string {
  return `${tenant} ${channel} ${message}`;
}
