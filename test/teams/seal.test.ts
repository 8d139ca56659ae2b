import { expect, it } from 'vitest';
import { readActionData } from '../../src/teams/action-data.ts';
import type { JsonObject } from '../../src/teams/json.ts';
import { createSeal } from '../../src/teams/seal.ts';
import { handClock } from '../helpers/clock.ts';

const HOUR = 60 * 60_000;
const ALICE = { organizationId: 1, platform: 'teams', tenant: 't', externalId: 'alice' } as const;
const card = { actions: [{ data: { do: 'command', command: 'delete 1 now' } }] };

/** What the card's button sends. */
function pressed(drawn: JsonObject) {
  return readActionData((drawn.actions as { data: JsonObject }[])[0]!.data)!;
}

it('what one instance drew holds in another with the same secret, and in none with another', () => {
  const clock = handClock();
  const data = pressed(createSeal(clock, 'secret').on(card, ALICE));
  expect(createSeal(clock, 'secret').holds(data, ALICE)).toBe(true);
  expect(createSeal(clock, 'other').holds(data, ALICE)).toBe(false);
  expect(createSeal(clock).holds(data, ALICE)).toBe(false);
  expect(createSeal(clock, 'secret').holds(data, { ...ALICE, externalId: 'bob' })).toBe(false);
  expect(createSeal(clock, 'secret').holds({ ...data, command: 'delete 2 now' } as typeof data, ALICE)).toBe(
    false,
  );
});

it('holds for half a day, however late in it, and for no more than a day', () => {
  for (let hour = 0; hour < 24; hour += 1) {
    const clock = handClock(hour * HOUR);
    const data = pressed(createSeal(clock, 'secret').on(card, ALICE));
    clock.advance(12 * HOUR);
    expect(createSeal(clock, 'secret').holds(data, ALICE)).toBe(true);
    clock.advance(12 * HOUR);
    expect(createSeal(clock, 'secret').holds(data, ALICE)).toBe(false);
  }
});

it('an instance whose clock is a little behind takes what was drawn just now', () => {
  const ahead = createSeal(handClock(12 * HOUR + 5), 'secret');
  const behind = createSeal(handClock(12 * HOUR - 5), 'secret');
  expect(behind.holds(pressed(ahead.on(card, ALICE)), ALICE)).toBe(true);
});
