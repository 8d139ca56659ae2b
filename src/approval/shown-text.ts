const ELLIPSIS = '…';

// C0, DEL and C1 but newline and tab; the bidi marks that reorder their neighbours; zero-width BOM.
const UNSHOWABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * Words from outside, fit to be sent to a chat: well-formed UTF-16, which clients insist on, without control characters
 * and without bidi overrides that would reorder the words around them.
 */
export function clean(words: string): string {
  return words.toWellFormed().replace(/\r\n?/g, '\n').replace(UNSHOWABLE, '');
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
