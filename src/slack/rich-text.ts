import type { RichTextBlock, RichTextElement } from '@slack/types';
import type { CardLine, CardSpan } from '../approval/card.ts';
import { webUrl } from '../approval/web-url.ts';
import { SIZE } from './limits.ts';
import { clean, clip, codePoints, shown } from './text.ts';

/** Shown in the reader's own time zone: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export const DATE_FORMAT = '{date_short_pretty} at {time}';

const CHANNEL_ID = /^[CG][A-Z0-9]{1,40}$/;
const USER_ID = /^[UW][A-Z0-9]{1,40}$/;
const LAST_SECOND = 99_999_999_999;

/** A text element, which Slack never reads as markup; the words may come from anywhere. */
export function words(text: string, strong = false): RichTextElement {
  return strong ? { type: 'text', text, style: { bold: true } } : { type: 'text', text };
}

/** Slack's name of an emoji; only ever our own. */
export function emoji(name: string): RichTextElement {
  return { type: 'emoji', name };
}

/** "2026-11-22 16:00 UTC" of an epoch-ms moment, for clients that cannot format dates. */
export function utcText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '–' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Epoch seconds Slack can format, or null. */
export function dateSeconds(at: number): number | null {
  const seconds = Math.floor(at / 1000);
  return Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= LAST_SECOND ? seconds : null;
}

/** True where the span can be a Slack mention. */
export function mentionId(span: CardSpan): string | null {
  if (span.kind !== 'person' || span.externalId === null) return null;
  return USER_ID.test(span.externalId) ? span.externalId : null;
}

/**
 * The line as rich-text elements: at most `max` code points of text, a mention or a date counting as its words.
 * What is over the maximum ends with an ellipsis. Empty text gives no element.
 */
export function lineElements(line: CardLine, max: number): RichTextElement[] {
  const elements: RichTextElement[] = [];
  let room = max;
  for (const span of line) {
    if (room <= 1 || elements.length >= ELEMENTS_MAX) {
      elements.push(words('…'));
      break;
    }
    const element = spanElement(span, room);
    if (!element) continue;
    room -= element.type === 'text' ? codePoints(element.text) : MENTION_LENGTH;
    elements.push(element);
  }
  return elements;
}

const MENTION_LENGTH = 20;
/** Words in turns bold and not are an element each. */
const ELEMENTS_MAX = 80;

function spanElement(span: CardSpan, room: number): RichTextElement | null {
  if (span.kind === 'channel')
    return CHANNEL_ID.test(span.externalId)
      ? { type: 'channel', channel_id: span.externalId }
      : words(shown(span.externalId, Math.min(room, 80), 'a channel'));
  if (span.kind === 'link') {
    // What can be pressed is the host itself, so it cannot claim another (R25).
    const target = webUrl(span.url, ['https:']);
    return target ? { type: 'link', url: target.href, text: clip(target.host, 100) } : null;
  }
  if (span.kind === 'time') {
    const timestamp = dateSeconds(span.at);
    if (timestamp === null) return words(utcText(span.at));
    return { type: 'date', timestamp, format: DATE_FORMAT, fallback: utcText(span.at) };
  }
  if (span.kind === 'person') {
    const id = mentionId(span);
    return id ? { type: 'user', user_id: id } : words(shown(span.name, Math.min(room, 80), 'somebody'), true);
  }
  const text = clip(clean(span.text), room);
  return text === '' ? null : words(text, span.strong ?? false);
}

/** The first `max` lines, the last of them saying how many more there are. */
export function counted(lines: readonly CardLine[], max: number): CardLine[] {
  if (lines.length <= max) return [...lines];
  const left = lines.length - (max - 1);
  return [...lines.slice(0, max - 1), [{ kind: 'text', text: `and ${left} more` }]];
}

/** Lines under one another in one block; null when there is nothing to say. */
export function linesBlock(lines: readonly (readonly RichTextElement[])[]): RichTextBlock | null {
  const elements = lines
    .filter((line) => line.length > 0)
    .flatMap((line, index) => (index === 0 ? line : [words('\n'), ...line]));
  if (elements.length === 0) return null;
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: merged(elements) }] };
}

/** Neighbouring plain text elements become one where it is not too long: fewer bytes, the same picture. */
function merged(elements: readonly RichTextElement[]): RichTextElement[] {
  const out: RichTextElement[] = [];
  for (const element of elements) {
    const last = out.at(-1);
    const both = last?.type === 'text' && element.type === 'text' && !last.style && !element.style;
    if (both && last.text.length + element.text.length <= SIZE.richText)
      out[out.length - 1] = words(last.text + element.text);
    else out.push(element);
  }
  return out;
}
