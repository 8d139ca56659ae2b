import { withoutTricks } from '../approval/plain-text.ts';
import type { Argument } from './command.ts';

/** Longer texts are not read at all. */
export const MAX_TEXT = 4_000;

/**
 * Slack's escaped forms: `<@U0ALICE|alice>`, `<#C0OPS|ops>`, `<mailto:a@acme.io|a@acme.io>`, `<https://…|…>`, `<!here>`.
 * What is mentioned in Teams is given in the same form, by its id there: a person's Entra object id, a channel's 19:….
 */
const ESCAPED = /<([^<>|\s]+)(?:\|([^<>]*))?>/y;
const PERSON = /^@([UW][A-Z0-9]{1,40}|[0-9A-Fa-f]{1,12}(?:-[0-9A-Fa-f]{1,16}){4})$/;
const CHANNEL = /^#([CG][A-Z0-9]{1,40}|19:[\w.:@+=-]{1,200})$/;
const ADDRESS = /^[^\s@<>",;]+@[^\s@<>",;]+\.[^\s@<>",;]+$/;

const CLOSING: Readonly<Record<string, string>> = Object.fromEntries([
  ...Array.from('"“”„«', (opening) => [opening, '"”“»']),
  ...Array.from("'‘’‚", (opening) => [opening, "'’‘"]),
]);

/**
 * The words and mentions of what was typed, in order; null when it is longer than MAX_TEXT. Quotes hold words
 * together, `#14` is 14, and commas or “and” between people are left out. Any text can be read.
 */
export function parseText(text: string): Argument[] | null {
  if (text.length > MAX_TEXT) return null;
  const clean = withoutTricks(text.replace(/\p{White_Space}+/gu, ' '));
  return withoutConjunctions(readAll(clean));
}

/** True for an e-mail address, which names a person as a mention does. */
export function isAddress(word: string): boolean {
  return ADDRESS.test(word);
}

function readAll(text: string): Argument[] {
  const found: Argument[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') at += 1;
    else {
      const next = readEscaped(text, at) ?? readQuoted(text, at) ?? readWord(text, at);
      found.push(...next.args);
      at = next.end;
    }
  }
  return found;
}

interface Reading {
  args: readonly Argument[];
  end: number;
}

function readEscaped(text: string, at: number): Reading | null {
  const match = escapedAt(text, at);
  if (!match) return null;
  let end = at + match[0].length;
  while (text[end] === ',' || text[end] === ';') end += 1;
  const arg = argumentOf(match[1]!, match[2]);
  return { args: arg.text.trim() === '' ? [] : [arg], end };
}

function escapedAt(text: string, at: number): RegExpExecArray | null {
  if (text[at] !== '<') return null;
  ESCAPED.lastIndex = at;
  return ESCAPED.exec(text);
}

function argumentOf(target: string, label: string | undefined): Argument {
  const shown = decoded(label ?? '').trim();
  const person = PERSON.exec(target)?.[1];
  if (person) return { kind: 'person', externalId: person, text: `@${shown.replace(/^@/, '') || person}` };
  const channel = CHANNEL.exec(target)?.[1];
  if (channel)
    return { kind: 'channel', externalId: channel, text: `#${shown.replace(/^#/, '') || channel}` };
  if (target.startsWith('mailto:')) return word(decoded(target.slice('mailto:'.length)));
  if (target.startsWith('!')) return word(shown || `@${decoded(target.slice(1))}`);
  return word(shown || decoded(target));
}

function readQuoted(text: string, at: number): Reading | null {
  const closing = CLOSING[text[at]!];
  if (!closing) return null;
  for (let end = at + 1; end < text.length; end += 1) {
    if (!closing.includes(text[end]!) || !/^[ ,;]?$/.test(text[end + 1] ?? '')) continue;
    const inside = text.slice(at + 1, end).trim();
    const mention = escapedAt(inside, 0);
    if (mention?.[0].length === inside.length) return { args: readAll(inside), end: end + 1 };
    return { args: inside === '' ? [] : [word(plain(inside))], end: end + 1 };
  }
  return null;
}

/** What a reader of the text sees in place of escaped forms and characters. */
function plain(text: string): string {
  const parts = new RegExp(`${ESCAPED.source}|[^<]+|<`, 'g');
  return text.replace(parts, (part, target?: string, label?: string) =>
    target === undefined ? decoded(part) : argumentOf(target, label).text,
  );
}

function readWord(text: string, at: number): Reading {
  let end = at + 1;
  while (end < text.length && text[end] !== ' ' && !escapedAt(text, end)) end += 1;
  return { args: wordsIn(decoded(text.slice(at, end))), end };
}

function wordsIn(typed: string): Argument[] {
  const number = /^#?([0-9]{1,15})[,;]?$/.exec(typed)?.[1];
  if (number) return [word(number)];
  const parts = typed.split(/[,;]+/).filter((part) => part !== '');
  return parts.every(isAddress) ? parts.map(word) : [word(typed)];
}

function word(text: string): Argument {
  return { kind: 'word', text };
}

/** Slack escapes three characters of what was typed, and no other. */
function decoded(text: string): string {
  return text.replace(
    /&(lt|gt|amp);/g,
    (_, name: 'lt' | 'gt' | 'amp') => ({ lt: '<', gt: '>', amp: '&' })[name],
  );
}

function withoutConjunctions(args: readonly Argument[]): Argument[] {
  return args.filter((arg, nth) => {
    const isConjunction = arg.kind === 'word' && /^(and|&|\+)$/i.test(arg.text);
    return !(isConjunction && namesPerson(args[nth - 1]) && namesPerson(args[nth + 1]));
  });
}

/** True for what stands for a person: a mention, an address, `me`. */
export function namesPerson(arg: Argument | undefined): boolean {
  if (!arg || arg.kind === 'channel') return false;
  return arg.kind === 'person' || isAddress(arg.text) || /^me$/i.test(arg.text);
}
