import type { CardLine } from '../approval/card.ts';
import { lineWords } from './elements.ts';
import { LENGTH } from './limits.ts';
import { clean, clip, oneLine, unmarked } from './text.ts';

/**
 * One line of a thread as plain text (textFormat 'plain', shown raw); moments in UTC. Read as Markdown after all, it
 * holds no link, tag or mention.
 */
export function replyText(line: CardLine): string {
  return unmarked(clip(oneLine(clean(lineWords(line))), LENGTH.reply)) || '–';
}
