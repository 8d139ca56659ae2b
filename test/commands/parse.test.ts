import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TEXT, parseText } from '../../src/commands/parse.ts';

/** Arguments in short: words as they are, mentions as `@U0ALICE(@alice)`, channels as `#C0OPS(#ops)`. */
function short(text: string): string[] | null {
  return (
    parseText(text)?.map((arg) => {
      if (arg.kind === 'word') return arg.text;
      return `${arg.kind === 'person' ? '@' : '#'}${arg.externalId}(${arg.text})`;
    }) ?? null
  );
}

const ALICE = '@U0ALICE(@alice)';
const BOB = '@U0BOB(@bob)';

describe('what was typed becomes words and mentions', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['   ', []],
    ['list', ['list']],
    ['  list \t\n 2  ', ['list', '2']],
    ['list\u00a02\u2003\u30003', ['list', '2', '3']],
    ['list\u2028 2', ['list', '2']],
    ['sh\u200bow 14', ['show', '14']],
    ['<@U0ALICE|alice>', [ALICE]],
    ['<@U0ALICE>', ['@U0ALICE(@U0ALICE)']],
    ['<@W0ALICE|alice>', ['@W0ALICE(@alice)']],
    ['<@U0ALICE|alice.smith & co>', ['@U0ALICE(@alice.smith & co)']],
    ['<@U0ALICE|alice><@U0BOB|bob>', [ALICE, BOB]],
    ['<@U0ALICE|alice>,<@U0BOB|bob>', [ALICE, BOB]],
    ['<@U0ALICE|alice>, and <@U0BOB|bob> 14', [ALICE, BOB, '14']],
    ['<@U0ALICE|alice> &amp; <@U0BOB|bob>', [ALICE, BOB]],
    ['add<@U0ALICE|alice>', ['add', ALICE]],
    ['<#C0OPS|ops>', ['#C0OPS(#ops)']],
    ['<#C0OPS>', ['#C0OPS(#C0OPS)']],
    ['<#C0OPS|14>', ['#C0OPS(#14)']],
    ['<mailto:alice@acme.io|alice@acme.io>', ['alice@acme.io']],
    ['alice@acme.io,bob@acme.io; carol@acme.io,', ['alice@acme.io', 'bob@acme.io', 'carol@acme.io']],
    ['me and <@U0BOB|bob>', ['me', BOB]],
    ['<http://deploy.io|deploy.io>', ['deploy.io']],
    ['<https://acme.io/a?b=1&amp;c=2>', ['https://acme.io/a?b=1&c=2']],
    ['<!subteam^S0DEV|@devs>', ['@devs']],
    ['<!here>', ['@here']],
    ['<@not-an-id|x>', ['x']],
    [
      '<@5e1c0a2b-0000-4000-8000-00000000a11c|Alice Amsel> 14',
      ['@5e1c0a2b-0000-4000-8000-00000000a11c(@Alice Amsel)', '14'],
    ],
    ['<#19:0b5c-_a=@thread.tacv2|Ops>', ['#19:0b5c-_a=@thread.tacv2(#Ops)']],
    ['<@19:0b5c@thread.tacv2|Ops>', ['Ops']],
    ['#14', ['14']],
    ['#14,', ['14']],
    ['14.', ['14.']],
    ['#ops', ['#ops']],
    ['&lt;@U0ALICE&gt;', ['<@U0ALICE>']],
    ['&amp;lt;', ['&lt;']],
    ['a < b > c', ['a', '<', 'b', '>', 'c']],
    ['<mailto:> x', ['x']],
    ['"Deploy to production" 2', ['Deploy to production', '2']],
    ['“Deploy to production”', ['Deploy to production']],
    ['„Deploy to production“', ['Deploy to production']],
    ["'Deploy to production'", ['Deploy to production']],
    ['‘it’s late’', ['it’s late']],
    ["don't wait, please and thanks", ["don't", 'wait,', 'please', 'and', 'thanks']],
    ['"never closed', ['"never', 'closed']],
    ['"" x', ['x']],
    ['"<@U0ALICE|alice>"', [ALICE]],
    ['"ask <@U0ALICE|alice> first"', ['ask @alice first']],
    ['"14"', ['14']],
  ])('%j', (text, expected) => expect(short(text)).toEqual(expected));

  test('a text that is too long is not read', () => {
    expect(parseText('x'.repeat(MAX_TEXT))).toHaveLength(1);
    expect(parseText('x'.repeat(MAX_TEXT + 1))).toBeNull();
  });

  test('any text is read, quickly, and no word is empty', () => {
    const pieces = fc.constantFrom(
      '<@U0A|',
      '<',
      '>',
      '|',
      '"',
      '“',
      "'",
      ' ',
      ',',
      '#1',
      '&amp;',
      '<!',
      'mailto:',
      '\u2028',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4_100 }),
      fc
        .array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 400 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const args = parseText(text);
        if (args === null) return text.length > MAX_TEXT;
        return args.every((arg) => arg.text.trim() !== '');
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['"x', '<a', "'a ", '<@U1|'])('%j over and over is read in a moment', (piece) => {
    const started = performance.now();
    parseText(piece.repeat(4_000).slice(0, MAX_TEXT));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
