import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip, forHarness, withoutTricks } from '../../src/approval/plain-text.ts';

describe('withoutTricks', () => {
  test.each([
    ['a right-to-left override', 'safe\u202egnp.exe', 'safegnp.exe'],
    ['isolates', '\u2066a\u2069', 'a'],
    ['zero-width characters', 'ad\u200bmin', 'admin'],
    ['a byte order mark', '\ufeffa', 'a'],
    ['NUL, bell and escape', 'a\u0000b\u0007c\u001b[31md', 'abc[31md'],
    ['C1 controls', 'a\u0085b', 'ab'],
    ['vertical tab and form feed', 'a\u000bb\u000cc', 'abc'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['an Arabic letter mark', 'a\u061cb', 'ab'],
    ['tags, which spell out words that nobody sees', 'ok\u{e0041}\u{e0042}', 'ok'],
    ['fillers and soft hyphens', 'pay\u00adload\u3164\u115f', 'payload'],
    ['half of a character', 'a\ud83d', 'a\ufffd'],
  ])('takes out %s', (_, given, clean) => {
    expect(withoutTricks(given)).toBe(clean);
  });

  test('leaves honest text alone: tabs, lines, letters of the world, emoji', () => {
    const honest = 'Zażółć\tgęślą\nяз 日本 😀 ❤\ufe0f e\u0301';
    expect(withoutTricks(honest)).toBe(honest);
    expect(withoutTricks('a\r\nb\rc')).toBe('a\nb\nc');
  });
});

describe('R12: forHarness', () => {
  test.each([
    ['<+secrets.getValue("key")>', 'secrets.getValue("key")>'],
    ['<<++x', 'x'],
    ['<<<+++x', 'x'],
    ['<\u200b+pipeline.name>', 'pipeline.name>'],
    ['<\u202e+x', 'x'],
    ['a < +b', 'a < +b'],
    ['1 + 2', '1 + 2'],
  ])('%j becomes %j', (given, sent) => {
    expect(forHarness(given)).toBe(sent);
  });

  test('nothing anybody writes opens an expression', () => {
    const nasty = fc
      .array(fc.constantFrom('<', '+', '\u200b', '\u202e', 'a', ' ', '\r'))
      .map((all) => all.join(''));
    fc.assert(fc.property(nasty, (text) => !forHarness(text).includes('<+')));
  });
});

describe('clip', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['ab cd', 4, 'ab…'],
    ['😀😀', 3, '😀…'],
    ['a😀b', 3, 'a…'],
    ['abcd', 1, '…'],
  ])('%j to %i is %j', (text, max, clipped) => {
    expect(clip(text, max)).toBe(clipped);
  });

  test('is never longer than asked, and never half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, max) => {
        const clipped = clip(text.toWellFormed(), max);
        expect(clipped.length).toBeLessThanOrEqual(max);
        expect(clipped.isWellFormed()).toBe(true);
      }),
    );
  });
});
