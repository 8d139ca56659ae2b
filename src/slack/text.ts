import type { PlainTextElement } from '@slack/types';

const ELLIPSIS = '…';

// C0, DEL and C1 but newline and tab; the bidi marks that reorder their neighbours; zero-width BOM.
const UNSHOWABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * Words from outside, fit to be sent: well-formed UTF-16 (a lone surrogate makes the Web API client throw),
 * without control characters and without bidi overrides that would reorder the words around them.
 */
export function clean(words: string): string {
  return words.toWellFormed().replace(/\r\n?/g, '\n').replace(UNSHOWABLE, '');
}

/** How many code points the text has: Slack counts these. */
export function codePoints(words: string): number {
  let count = 0;
  for (const _ of words) count += 1;
  return count;
}

/**
 * At most `max` code points; what is cut away is replaced by `mark` (an ellipsis), which counts as well.
 * Never cuts a surrogate pair.
 */
export function clip(words: string, max: number, mark: string = ELLIPSIS): string {
  if (words.length <= max) return words;
  const room = max - codePoints(mark);
  let count = 0;
  let end = 0;
  let endOfRoom = 0;
  for (const character of words) {
    count += 1;
    if (count > max) return words.slice(0, endOfRoom).trimEnd() + mark;
    end += character.length;
    if (count <= room) endOfRoom = end;
  }
  return words;
}

/** Cleaned and clipped; `instead` when nothing visible is left, since Slack refuses empty text. */
export function shown(words: string, max: number, instead = '–'): string {
  const cleaned = clip(clean(words), max);
  return cleaned.trim() === '' ? instead : cleaned;
}

/** One line: newlines and runs of blanks become one blank. */
export function oneLine(words: string): string {
  return words.replace(/\s+/g, ' ').trim();
}

/** A plain_text object; `:codes:` stay as they were typed. */
export function plainText(words: string, max: number, instead?: string): PlainTextElement {
  return { type: 'plain_text', text: shown(words, max, instead), emoji: false };
}

/** For the one place where markup cannot be avoided: a message's fallback `text`, which Slack reads as mrkdwn. */
export function escapeMarkup(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
