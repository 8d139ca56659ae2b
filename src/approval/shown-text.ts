import { withoutTricks } from './plain-text.ts';

const ELLIPSIS = '…';

/**
 * Words from outside, fit to be sent to a chat: well-formed UTF-16, which clients insist on, without control characters,
 * and without what would reorder the words around it or is drawn as nothing.
 */
export function clean(words: string): string {
  return withoutTricks(words);
}

/** How many code points the text has. */
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

/** One line: newlines and runs of blanks become one blank. */
export function oneLine(words: string): string {
  return words.replace(/\s+/g, ' ').trim();
}
