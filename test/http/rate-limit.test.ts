import { describe, expect, test } from 'vitest';
import { createBadTokens, createRateLimit } from '../../src/http/rate-limit.ts';
import { handClock } from '../helpers/clock.ts';

describe('requests per token', () => {
  test('as many at once as allowed, then as they refill', () => {
    const clock = handClock();
    const limit = createRateLimit(clock, { requests: 100, perMs: 10_000 });
    for (let i = 0; i < 100; i += 1) expect(limit.take('a')).toBeNull();
    expect(limit.take('a')).toBe(1);
    clock.advance(100);
    expect(limit.take('a')).toBeNull();
    expect(limit.take('a')).toBe(1);
    clock.advance(10_000);
    for (let i = 0; i < 100; i += 1) expect(limit.take('a')).toBeNull();
    expect(limit.take('a')).not.toBeNull();
  });

  test('says how long to wait, in whole seconds; after that it is let in', () => {
    const clock = handClock();
    const limit = createRateLimit(clock, { requests: 1, perMs: 60_000 });
    expect(limit.take('a')).toBeNull();
    clock.advance(500);
    const wait = limit.take('a')!;
    expect(wait).toBe(60);
    clock.advance(wait * 1_000);
    expect(limit.take('a')).toBeNull();
  });

  test('each key by itself', () => {
    const limit = createRateLimit(handClock(), { requests: 1, perMs: 1_000 });
    expect(limit.take('a')).toBeNull();
    expect(limit.take('b')).toBeNull();
    expect(limit.take('a')).toBe(1);
  });

  test('a clock set back gives nothing away and locks nobody out', () => {
    const clock = handClock();
    const limit = createRateLimit(clock, { requests: 1, perMs: 1_000 });
    limit.take('a');
    clock.advance(-3_600_000);
    expect(limit.take('a')).toBe(1);
    clock.advance(1_000);
    expect(limit.take('a')).toBeNull();
  });

  test('remembers a bounded number of keys', () => {
    const limit = createRateLimit(handClock(), { requests: 1, perMs: 1_000 });
    expect(limit.take('first')).toBeNull();
    for (let i = 0; i < 10_000; i += 1) limit.take(`key ${i}`);
    expect(limit.take('first')).toBeNull();
    expect(limit.take('key 9999')).toBe(1);
  });
});

describe('bad tokens per address', () => {
  test('ten are free; then waits that double, a minute at most', () => {
    const clock = handClock();
    const bad = createBadTokens(clock);
    for (let i = 0; i < 10; i += 1) expect(bad.note('10.0.0.1')).toBeNull();
    const waits: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const wait = bad.note('10.0.0.1')!;
      waits.push(wait);
      clock.advance(wait * 1_000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(bad.note('10.0.0.2')).toBeNull();
  });

  test('trying while told to wait does not lengthen the wait', () => {
    const clock = handClock();
    const bad = createBadTokens(clock);
    for (let i = 0; i < 11; i += 1) bad.note('a');
    for (let i = 0; i < 50; i += 1) expect(bad.note('a')).toBe(1);
  });

  test('a quiet minute forgets', () => {
    const clock = handClock();
    const bad = createBadTokens(clock);
    for (let i = 0; i < 12; i += 1) bad.note('a');
    clock.advance(62_000);
    expect(bad.note('a')).toBeNull();
  });

  test('a few a minute are never slowed', () => {
    const clock = handClock();
    const bad = createBadTokens(clock);
    for (let i = 0; i < 100; i += 1) {
      expect(bad.note('a')).toBeNull();
      clock.advance(10_000);
    }
  });
});
