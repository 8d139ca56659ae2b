import type { Argument } from './command.ts';

/** The number an argument gives, such as a workflow's: 14, #14, or a channel that happens to be called 14; else null. */
export function numberOf(arg: Argument | undefined): number | null {
  const digits = arg && arg.kind !== 'person' ? /^#?([0-9]{1,15})$/.exec(arg.text)?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}

/** The arguments as the words they were. */
export function wordsOf(args: readonly Argument[]): string {
  return args.map(({ text }) => text).join(' ');
}

/** True when the argument is one of these words, in any case. */
export function isWord(arg: Argument | undefined, ...choices: readonly string[]): boolean {
  return arg?.kind === 'word' && choices.includes(arg.text.toLowerCase());
}
