import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestById } from '../../src/store/approval-requests.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { createWorker } from '../../src/worker.ts';
import { type MemoryWorld, startMemoryWorld } from './memory-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let world: MemoryWorld;
beforeEach(async () => {
  world = await startMemoryWorld();
});
afterEach(() => world.close());

const statusOf = async (id: string) => (await requestById(world.two.context.db, id))!.status;

async function approve(id: string): Promise<void> {
  const { context } = world.two;
  const card = (await cardsOf(context.db, id)).find(({ personId }) => personId === world.ids.alice)!;
  await createCardPresses(context).approve(world.pressOf('alice', card.platform, card.id, 1));
}

describe('the clock is set back', () => {
  test.each([
    ['an hour', HOUR],
    ['a day', DAY],
  ])('by %s: what is owed waits no longer for it', async (_, back) => {
    const { id } = await world.open('any', null);
    world.harness.weather = 'down';
    world.two.platforms.slack.isDown = true;
    await approve(id);
    await world.pass(MINUTE);
    world.jump(-back);
    await world.pass(2_000);
    world.harness.weather = 'calm';
    world.two.platforms.slack.isDown = false;
    await world.pass(2 * MINUTE);
    expect(world.harness.effects).toHaveLength(1);
    const card = world.two.platforms.slack.cardOf(world.two.directories.slack.idOf('bob'), id)!;
    expect(card.actions).toEqual([]);
  });

  test('our deadline stays the moment that people were told', async () => {
    const deadline = world.two.clock.now() + 2 * HOUR;
    const { id } = await world.open('any', deadline);
    world.jump(-DAY);
    await world.pass(2 * MINUTE);
    world.two.clock.advance(DAY);
    await world.pass(HOUR);
    expect(await statusOf(id)).toBe('WAITING');
    await world.pass(HOUR + MINUTE);
    expect(await statusOf(id)).toBe('EXPIRED');
  });
});

describe('the clock is set ahead', () => {
  test('nothing ends before its deadline by that clock, and what ended does not come back', async () => {
    const deadline = world.two.clock.now() + HOUR + MINUTE;
    const { id } = await world.open('any', deadline);
    world.jump(HOUR);
    await world.pass(30_000);
    expect(await statusOf(id)).toBe('WAITING');
    await world.pass(MINUTE);
    expect(await statusOf(id)).toBe('EXPIRED');
    world.jump(-DAY);
    await world.pass(2 * MINUTE);
    expect(await statusOf(id)).toBe('EXPIRED');
  });

  test('while Harness is being told: a second worker takes the claim, and Harness counts one vote', async () => {
    const { id } = await world.open('any', null);
    await approve(id);
    let goOn = () => {};
    const held = new Promise<void>((done) => {
      goOn = done;
    });
    const reached = world.harness.holdNextSubmit(held);
    const slow = world.two.worker.settle();
    await reached;
    world.jump(DAY);
    const second = createWorker(world.two.context, { isBusy: () => false });
    await second.settle();
    goOn();
    await slow;
    await world.pass(2 * MINUTE);
    expect(world.harness.effects).toHaveLength(1);
    expect(await statusOf(id)).toBe('APPROVED');
  });
});

test('summer time comes and goes without being noticed: a deadline is a moment', async () => {
  // The night of 29 March 2026, when Central Europe's clocks skip an hour, and of 25 October, when they repeat one.
  for (const night of ['2026-03-29T00:30:00Z', '2026-10-25T00:30:00Z']) {
    world.two.clock.advance(Date.parse(night) - world.two.clock.now());
    const { id } = await world.open('any', Date.parse(night) + HOUR);
    await world.pass(59 * MINUTE);
    expect(await statusOf(id)).toBe('WAITING');
    await world.pass(2 * MINUTE);
    expect(await statusOf(id)).toBe('EXPIRED');
  }
});
