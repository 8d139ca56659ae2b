import type { RequestLink } from './request.ts';
import { webUrl } from './web-url.ts';

/**
 * What a card says, in no platform's language. Every `text` may hold untrusted words: adapters render it plain.
 */
export interface Card {
  requestId: string;
  cardId: string;
  contentVersion: number;
  /** One line that says what, where and who; also the notification's text. */
  summary: string;
  /** Short title: the event's name and what it wants of the reader. */
  title: string;
  tone: CardTone;
  /** The state in words, right below the title. */
  status: CardLine;
  /** What is being approved, one labelled line each. */
  details: readonly { label: string; line: CardLine }[];
  /** The pipeline author's own words; '' = none. */
  message: string;
  facts: readonly { name: string; value: string }[];
  links: readonly RequestLink[];
  /** Who approved, who is waited for; empty for requirement none. */
  progress: readonly CardLine[];
  /** Questions of approvers and the answers, oldest first. */
  discussion: readonly CardLine[];
  /** Troubles and remedies that the reader should know. */
  warnings: readonly CardLine[];
  /** Small print. */
  notes: readonly CardLine[];
  /** In the order they are shown; empty once nothing can be done. */
  actions: readonly CardAction[];
  /** The pipeline's own page; null when unknown. */
  pipelineUrl: string | null;
  /**
   * On a card that many read: accounts of those who may decide, by their id on the reader's platform. Empty on a card
   * of one person's own.
   */
  deciders: readonly string[];
}

export type CardTone = 'waiting' | 'sending' | 'approved' | 'rejected' | 'closed' | 'trouble';

export type CardLine = readonly CardSpan[];

export type CardSpan =
  | { kind: 'text'; text: string; strong?: boolean }
  /** A mention where the platform knows the person, else the name. `notify` only for who must still act. */
  | { kind: 'person'; personId: number; name: string; externalId: string | null }
  /** A channel by the platform's own id; shown by its name where the reader may see it. */
  | { kind: 'channel'; externalId: string }
  /** An address with https, pressed and shown as its host, so that it cannot claim another (R25). */
  | { kind: 'link'; url: string }
  /** A moment in the reader's own time zone. */
  | { kind: 'time'; at: number };

export type CardAction =
  /** Decides at once after the platform's own "are you sure", unless `opensForm`. */
  | { kind: 'approve'; opensForm: boolean; confirm: string }
  | { kind: 'approve_with_comment' }
  | { kind: 'reject' }
  | { kind: 'retry_submission' }
  | { kind: 'choose_instance' }
  | { kind: 'supply_inputs' }
  /** Opens the request in full, for a card that many read; deciding comes after. */
  | { kind: 'review' }
  | { kind: 'ask_question' }
  | { kind: 'answer_question' };

/** A plain span. */
export function text(words: string): CardSpan {
  return { kind: 'text', text: words };
}

/** An emphasised span. */
export function strong(words: string): CardSpan {
  return { kind: 'text', text: words, strong: true };
}

/** The line as words only, for notifications and logs. Times are ISO 8601 in UTC. */
export function lineText(line: CardLine): string {
  return line
    .map((span) => {
      if (span.kind === 'text') return span.text;
      if (span.kind === 'person') return span.name;
      if (span.kind === 'channel') return span.externalId;
      if (span.kind === 'link') return hostOf(span.url);
      return new Date(span.at).toISOString();
    })
    .join('');
}

/** What an address is shown as; '' for one that is not shown at all. */
export function hostOf(url: string): string {
  return webUrl(url, ['https:'])?.host ?? '';
}
