import { clean, clip, oneLine } from '../approval/shown-text.ts';

export { clean, clip, codePoints, oneLine } from '../approval/shown-text.ts';

/** Seen by nobody; keeps apart what would mean something together. */
const JOINER = '\u2060';

/** Text runs and labels expand {{DATE(…)}} and {{TIME(…)}}: braces from outside stay braces. */
export function unexpanded(words: string): string {
  return words.replace(/\{(?=\{)/g, `{${JOINER}`);
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
