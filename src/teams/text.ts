const ELLIPSIS = '…';

// C0, DEL and C1 but newline and tab; the bidi marks that reorder their neighbours; zero-width BOM.
const UNSHOWABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Seen by nobody; keeps apart what would mean something together. */
const JOINER = '\u2060';

/** Words from outside, fit to be sent: well-formed UTF-16, without control characters and bidi overrides. */
export function clean(words: string): string {
  return words.toWellFormed().replace(/\r\n?/g, '\n').replace(UNSHOWABLE, '');
}

/** Text runs and labels expand {{DATE(…)}} and {{TIME(…)}}: braces from outside stay braces. */
export function unexpanded(words: string): string {
  return words.replace(/\{(?=\{)/g, `{${JOINER}`);
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

/** One line, cleaned, clipped and with nothing to expand; `instead` when nothing visible is left. */
export function shown(words: string, max: number, instead = '–'): string {
  const line = clip(oneLine(clean(words)), max);
  return unexpanded(line === '' ? instead : line);
}

/**
 * The line as it is read raw; where a client reads it as Markdown or HTML after all, no link, tag or mention comes of
 * it.
 */
export function unmarked(line: string): string {
  return line
    .replace(/\](?=[([])/g, `]${JOINER}`)
    .replace(/<(?=[^\s])/g, `<${JOINER}`)
    .replace(/&(?=[#\w])/g, `&${JOINER}`);
}

/**
 * True where the words look the same read as Markdown: the titles of radio buttons and tick boxes are
 * (adaptivecards: useMarkdownInRadioButtonAndCheckbox).
 */
export function isPlainEverywhere(words: string): boolean {
  return (
    !/[*~`[\]()<>\\&!|#]|:\/\/|www\.|\{\{|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u.test(words) &&
    !/^\s*(?:[-+]|\d+\.)(?:\s|$)|^[\s=-]+$/.test(words)
  );
}
