import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STAFF, wordsOf } from '../helpers/world.ts';
import { cardIdOf } from './approvers.ts';
import type { BotChild } from './bot-child.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

let world: Surroundings;
let ledger: Ledger;
let bots: BotChild[];

beforeEach(async () => {
  world = await startSurroundings();
  ledger = openLedger(world.databaseFile);
  bots = [];
});
afterEach(async () => {
  for (const bot of bots) if (bot.alive) await bot.kill();
  ledger.close();
  await world.close();
});

function startBot(): BotChild {
  const bot = world.startBot();
  bots.push(bot);
  return bot;
}

async function until(what: string, holds: () => boolean, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end)
      throw new Error(`${what}: not within ${ms} ms\n${JSON.stringify([ledger.due(), ledger.requests()])}`);
    await pause(20);
  }
}

const cardsOf = (name: 'alice' | 'bob') =>
  world.slack
    .messagesOf(STAFF[name])
    .filter((message) => cardIdOf(message) !== null && message.visibleTo === undefined);

/** Run, webhook, gate, Alice's card. */
async function ask(id: string): Promise<void> {
  world.run(id);
  expect(await world.post('deploy-to-production', world.webhook(id))).toMatchObject({ status: 202 });
  world.reach(id);
  await until('Alice has her card', () => cardsOf('alice').length > 0);
}

async function approve(): Promise<void> {
  const { channel, ts } = cardsOf('alice').at(-1)!;
  const { ackStatus } = await world.slack.click(STAFF.alice, { channel, ts, actionId: 'approve' });
  expect(ackStatus).toBe(200);
}

async function endsInTime(bot: BotChild): Promise<void> {
  const began = Date.now();
  expect(await bot.terminate()).toEqual({ code: 0, signal: null });
  expect(Date.now() - began).toBeLessThan(10_000);
}

describe('SIGTERM', () => {
  it('while Harness hangs: ends in time with exit code 0, and the decision is told after the restart', {
    timeout: 180_000,
  }, async () => {
    const bot = startBot();
    await bot.ready;
    await ask('run1');
    const hanging = world.harness.addFault({ match: { method: 'POST' }, status: 'hang' });
    await approve();
    await hanging.firstHit;
    await endsInTime(bot);
    world.harness.clearFaults();

    await startBot().ready;
    await until('Harness is told', () => ledger.requests()[0]?.submission === 'delivered');
    expect(world.harness.effects).toHaveLength(1);
    await until('the card says so', () =>
      wordsOf(cardsOf('alice')[0]!.blocks).join(' ').includes('confirmed by Harness'),
    );
    expect(cardsOf('alice')).toHaveLength(1);
  });

  it('while Slack hangs: ends in time with exit code 0, and every card comes once after the restart', {
    timeout: 180_000,
  }, async () => {
    const bot = startBot();
    await bot.ready;
    const hanging = world.slack.addFault({ method: 'chat.postMessage', connection: 'hang', times: 2 });
    world.run('run1');
    expect(await world.post('deploy-to-production', world.webhook('run1'))).toMatchObject({ status: 202 });
    world.reach('run1');
    await until('Slack hangs', () => hanging.hits > 0);
    await endsInTime(bot);
    world.slack.clearFaults();

    await startBot().ready;
    await until('both have a card', () => cardsOf('alice').length > 0 && cardsOf('bob').length > 0);
    await approve();
    await until('Harness is told', () => ledger.requests()[0]?.submission === 'delivered');
    expect([cardsOf('alice').length, cardsOf('bob').length]).toEqual([1, 1]);
  });

  it('webhooks in flight are answered 202 and kept, or not answered 2xx', { timeout: 180_000 }, async () => {
    const bot = startBot();
    await bot.ready;
    const answers: { id: string; status: number }[] = [];
    const sending = Array.from({ length: 60 }, async (_, n) => {
      const id = `run${n}`;
      await pause(n * 3);
      const status = await world.post('deploy-to-production', world.webhook(id)).then(
        (answer) => answer.status,
        () => 0,
      );
      answers.push({ id, status });
    });
    await pause(60);
    await endsInTime(bot);
    await Promise.all(sending);
    const kept = new Set(ledger.requests().map((row) => row.executionId));
    const accepted = answers.filter(({ status }) => status >= 200 && status < 300);
    expect(accepted.length).toBeGreaterThan(0);
    expect(answers.length).toBeGreaterThan(accepted.length);
    expect(accepted.filter(({ id }) => !kept.has(id))).toEqual([]);
    expect(accepted.every(({ status }) => status === 202)).toBe(true);
  });

  it('a second SIGTERM changes nothing', async () => {
    const bot = startBot();
    await bot.ready;
    const [first, second] = await Promise.all([bot.terminate(), bot.terminate()]);
    expect([first.code, second.code]).toEqual([0, 0]);
  });
});

describe('start', () => {
  it('webhooks that come before the bot is ready are kept if they were answered 2xx', {
    timeout: 180_000,
  }, async () => {
    // Slack is slow to say who the bot is: the time between listening and being ready is long.
    world.slack.addFault({ method: 'auth.test', delayMs: 800 });
    const bot = startBot();
    let isReady = false;
    bot.ready.then(
      () => {
        isReady = true;
      },
      () => {},
    );
    const early: string[] = [];
    for (let n = 0; !isReady; n += 1) {
      const id = `run${n}`;
      const status = await world.post('deploy-to-production', world.webhook(id)).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 202) early.push(id);
      else expect([0, 503]).toContain(status);
      await pause(20);
    }
    await bot.kill();
    expect(early.length).toBeGreaterThan(0);
    const kept = new Set(ledger.requests().map((row) => row.executionId));
    expect(early.filter((id) => !kept.has(id))).toEqual([]);
    expect(ledger.forgotten()).toEqual([]);
  });

  it('is not ready before its worker looks', { timeout: 180_000 }, async () => {
    world.slack.addFault({ method: 'auth.test', delayMs: 800 });
    const bot = startBot();
    const seen: number[] = [];
    while (bot.readyAt === null && bot.alive) {
      const answer = await fetch(`${world.url}/readyz`).catch(() => null);
      if (answer) seen.push(answer.status);
      await pause(20);
    }
    expect(seen[0]).toBe(503);
    await until('readyz says so', () => bot.readyAt !== null);
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
  });
});
