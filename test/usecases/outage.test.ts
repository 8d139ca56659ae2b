import { expect, test } from 'vitest';
import { createOutage } from '../../src/usecases/cards/outage.ts';
import { handClock } from '../helpers/clock.ts';

test('a service that left three calls without an answer is left alone for 15 s', () => {
  const outage = createOutage(handClock());
  for (const rest of [0, 0, 15_000]) {
    outage.note(false);
    expect(outage.wait()).toBe(rest);
  }
});

test('an answer in between is no silence', () => {
  const outage = createOutage(handClock());
  for (const answered of [false, false, true, false, false]) outage.note(answered);
  expect(outage.wait()).toBe(0);
});

test('after the pause one call goes ahead, and the others wait for what becomes of it', () => {
  const clock = handClock();
  const outage = createOutage(clock);
  for (let nth = 0; nth < 3; nth += 1) outage.note(false);
  clock.advance(15_000);
  expect([outage.take(), outage.take(), outage.wait()]).toEqual([0, 10_000, 10_000]);
  outage.note(false);
  expect(outage.wait()).toBe(15_000);
  clock.advance(15_000);
  expect(outage.take()).toBe(0);
  outage.note(true);
  expect([outage.take(), outage.take()]).toEqual([0, 0]);
});

test('a call that was never made holds the others up for as long as one may last', () => {
  const clock = handClock();
  const outage = createOutage(clock);
  for (let nth = 0; nth < 3; nth += 1) outage.note(false);
  clock.advance(15_000);
  outage.take();
  clock.advance(10_000);
  expect(outage.take()).toBe(0);
});

test('a clock that is set back makes no pause longer', () => {
  const clock = handClock();
  const outage = createOutage(clock);
  for (let nth = 0; nth < 3; nth += 1) outage.note(false);
  clock.advance(-3_600_000);
  expect(outage.wait()).toBe(15_000);
  clock.advance(15_000);
  expect(outage.wait()).toBe(0);
});
