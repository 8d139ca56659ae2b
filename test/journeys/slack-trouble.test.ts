import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const EVENT = 'deploy-to-production';

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 2_000) await world.pass(2_000);
}

describe('cards in spite of Slack', () => {
  test('429 on posting: the card comes after Retry-After, once', async () => {
    world.slack.addFault({ method: 'chat.postMessage', times: 2, status: 429, retryAfter: 7 });
    await world.ask(EVENT, 'run1');
    await wait(30_000);
    for (const name of ['alice', 'bob', 'sam'] as const) expect(world.cards(name)).toHaveLength(1);
  });

  test('the answer to a post is lost after Slack did it: looked for, not posted twice', async () => {
    world.slack.addFault({ method: 'chat.postMessage', times: 3, connection: 'reset', when: 'after' });
    await world.ask(EVENT, 'run1');
    await wait(30_000);
    for (const name of ['alice', 'bob', 'sam'] as const) expect(world.cards(name)).toHaveLength(1);
    await world.press('alice', 'approve');
    await wait(10_000);
    for (const name of ['alice', 'bob', 'sam'] as const)
      expect(world.words(name)).toContain('confirmed by Harness');
  });

  test('a post that failed before Slack did it is posted again', async () => {
    world.slack.addFault({ method: 'chat.postMessage', times: 3, status: 500, when: 'before' });
    await world.ask(EVENT, 'run1');
    await wait(30_000);
    for (const name of ['alice', 'bob', 'sam'] as const) expect(world.cards(name)).toHaveLength(1);
  });

  test('a click on a card whose post was never answered adopts it', async () => {
    world.slack.addFault({ method: 'chat.postMessage', times: 3, connection: 'reset', when: 'after' });
    world.slack.addFault({ method: 'conversations.history', times: 100, slackError: 'missing_scope' });
    world.run('run1');
    await world.post(EVENT, world.webhook('run1'));
    world.reach('run1');
    await world.settle();
    await world.press('alice', 'approve');
    await wait(20_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('alice')).toContain('confirmed by Harness');
    expect(world.cards('alice')).toHaveLength(1);
  });

  test('a dead recipient is visible to the others and stops nobody', async () => {
    world.slack.addFault({
      method: 'conversations.open',
      user: STAFF.bob,
      times: 10,
      slackError: 'user_disabled',
    });
    await world.ask(EVENT, 'run1');
    await wait(4_000);
    expect(world.words('alice')).toContain('Not reached: Bob');
    expect(world.words('ada')).toContain('Not reached: Bob');
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('a card its reader deleted comes back while it is needed', async () => {
    await world.ask(EVENT, 'run1');
    world.slack.addFault({ method: 'chat.update', times: 1, slackError: 'message_not_found' });
    await world.post(EVENT, world.webhook('run1', { message: 'new words' }));
    await wait(10_000);
    const seen = (['alice', 'bob', 'sam'] as const).filter((name) => world.words(name).includes('new words'));
    expect(seen).toEqual(['alice', 'bob', 'sam']);
  });

  test('Slack down while people decide elsewhere: everything is told when it is back', async () => {
    await world.ask(EVENT, 'run1');
    world.slack.addFault({ method: 'chat.update', times: 6, status: 503 });
    await world.press('alice', 'approve');
    await wait(60_000);
    expect(world.harness.effects).toHaveLength(1);
    for (const name of ['alice', 'bob', 'sam'] as const)
      expect(world.words(name)).toContain('confirmed by Harness');
  });

  test('Slack’s directory down at the start: people are asked when it is back, nobody is dropped', async () => {
    world.slack.addFault({ method: 'users.lookupByEmail', times: 4, status: 503 });
    await world.ask(EVENT, 'run1');
    expect(world.cards('alice')).toEqual([]);
    await wait(90_000);
    for (const name of ['alice', 'bob', 'sam'] as const) expect(world.cards(name)).toHaveLength(1);
  });
});

test('under Slack’s published limits no call is ever answered 429', async () => {
  await world.close();
  world = await startWorld({ slackRateLimits: true });
  await world.load(ACME);
  for (let run = 1; run <= 12; run += 1) {
    world.run(`run${run}`);
    await world.post(EVENT, world.webhook(`run${run}`));
    world.reach(`run${run}`);
  }
  await wait(60_000);
  expect(world.cards('alice')).toHaveLength(12);
  for (const card of world.cards('alice'))
    await world.slack.click(STAFF.alice, { channel: card.channel, ts: card.ts, actionId: 'approve' });
  await wait(180_000);
  expect(world.harness.effects).toHaveLength(12);
  for (const card of world.cards('bob'))
    expect(JSON.stringify(card.blocks)).toContain('confirmed by Harness');
  expect(refusedCalls()).toEqual([]);
});

describe('a press while edits of fifty other cards wait for Slack’s limit', () => {
  const OTHERS = 17;
  const called = (name: string) => world.slack.calls.filter(({ method }) => method === name);

  /** What others ask for changes: more cards are to be edited than Slack allows in a minute. */
  beforeEach(async () => {
    await world.close();
    world = await startWorld({ slackRateLimits: true });
    await world.load(ACME);
    for (let run = 1; run <= OTHERS + 1; run += 1) {
      world.run(`run${run}`);
      await world.post(EVENT, world.webhook(`run${run}`));
      world.reach(`run${run}`);
    }
    await wait(60_000);
    for (let run = 1; run <= OTHERS; run += 1)
      await world.post(EVENT, world.webhook(`run${run}`, { message: 'new words' }));
    await world.settle();
    expect(called('chat.update')).toHaveLength(50);
  });

  test('who pressed sees at once what came of it, and nothing is refused', async () => {
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.words('alice')).toContain('Approved by');
    expect(world.words('bob')).not.toContain('Approved by');

    const isOld = ({ blocks }: { blocks: unknown }) => !JSON.stringify(blocks).includes('new words');
    for (const name of ['alice', 'bob'] as const)
      for (const { channel, ts } of world.cards(name).slice(0, OTHERS).filter(isOld)) {
        await world.slack.click(STAFF[name], { channel, ts, actionId: 'approve' });
        await world.settle();
        expect(
          world
            .cards(name)
            .filter(isOld)
            .map((card) => card.ts),
        ).not.toContain(ts);
      }
    expect(called('response_url').length).toBeGreaterThan(1);
    expect(called('chat.update')).toHaveLength(50);

    await wait(180_000);
    for (const name of ['alice', 'bob'] as const) expect(world.words(name)).toContain('confirmed by Harness');
    expect(refusedCalls()).toEqual([]);
  });

  test('where Slack does not take it, the card is edited in its turn', async () => {
    world.slack.addFault({ method: 'response_url', times: 10, status: 404 });
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.words('alice')).not.toContain('Approved by');
    await wait(180_000);
    for (const name of ['alice', 'bob'] as const) expect(world.words(name)).toContain('confirmed by Harness');
  });
});

const refusedCalls = () =>
  world.slack.calls.filter((call) => typeof call.answered === 'object' && call.answered.status === 429);
