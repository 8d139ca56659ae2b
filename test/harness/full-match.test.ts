import { describe, expect, it } from 'vitest';
import { compilePattern, fullMatch } from '../../src/harness/full-match.ts';

describe('R24: patterns from outside', () => {
  it.each([
    ['CHG[0-9]{6,}', 'CHG123456', true],
    ['CHG[0-9]{6,}', 'xCHG123456', false],
    ['CHG[0-9]{6,}', 'CHG123456\n', false],
    ['a|ab', 'ab', true],
    ['\\d+', '12', true],
    ['^x$', 'x', true],
  ])('%s on %j: %s', (pattern, text, expected) => {
    expect(fullMatch(pattern, text)).toBe(expected);
  });

  it('take linear time where V8 would hang', () => {
    const began = performance.now();
    expect(fullMatch('(a+)+', `${'a'.repeat(2999)}b`)).toBe(false);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it.each(['(?=x)', '\\1(a)', '(a', 'a++', 'x'.repeat(501), '(a{500}){9}'])(
    'match everything when unusable, as Harness is final: %s',
    (pattern) => {
      expect(compilePattern(pattern).ok).toBe(false);
      expect(fullMatch(pattern, 'anything')).toBe(true);
    },
  );

  it('forget the oldest beyond the cache', () => {
    for (let i = 0; i < 1200; i += 1) expect(fullMatch(`n${i}`, `n${i}`)).toBe(true);
    expect(fullMatch('n0', 'n0')).toBe(true);
  });
});
