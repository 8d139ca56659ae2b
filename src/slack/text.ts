import type { PlainTextElement } from '@slack/types';
import { clean, clip } from '../approval/shown-text.ts';

export { clean, clip, codePoints, oneLine } from '../approval/shown-text.ts';

/** Cleaned and clipped; `instead` when nothing visible is left, since Slack refuses empty text. */
export function shown(words: string, max: number, instead = '–'): string {
  const cleaned = clip(clean(words), max);
  return cleaned.trim() === '' ? instead : cleaned;
}

/** A plain_text object; `:codes:` stay as they were typed. */
export function plainText(words: string, max: number, instead?: string): PlainTextElement {
  return { type: 'plain_text', text: shown(words, max, instead), emoji: false };
}

/** For the one place where markup cannot be avoided: a message's fallback `text`, which Slack reads as mrkdwn. */
export function escapeMarkup(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
