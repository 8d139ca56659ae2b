import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STAFF, WEBHOOK_TOKEN } from '../helpers/world.ts';
import { createDatabase } from '../postgres/databases.ts';
import { type Server, startServer } from '../postgres/server.ts';
import { buttonsOf, cardIdOf } from './approvers.ts';
import { type Instances, startInstances } from './instances.ts';
import { openPostgresLedger, type PostgresLedger } from './ledger-postgres.ts';
import { rounds } from './rounds.ts';
import {
  cardsShowTheEnd,
  duplicateCards,
  harnessWasToldOnce,
  threadsTellAllOnce,
  votesAreUnique,
} from './verdicts.ts';

const REQUESTS = 12;
const GONE_SECONDS = rounds('GONE_SECONDS', 1.5, 60);

let server: Server;
let world: Instances;
let ledger: PostgresLedger;

beforeAll(async () => {
  server = await startServer();
  const { url } = await createDatabase(server.url);
  world = await startInstances(url, 2, {
    script: 'test/faults/instance.ts',
    env: { PACE: '40', LEASE_MS: '4000' },
  });
  ledger = openPostgresLedger(url);
});

afterAll(async () => {
  await world?.close();
  await ledger?.close();
  await server?.stop();
});

async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 90_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${ms / 1000} s`);
    await pause(50);
  }
}

const cards = () => [...world.slack.messagesOf(STAFF.alice)].filter((one) => cardIdOf(one) !== null);
const undecided = () => cards().filter((one) => buttonsOf(one).includes('approve'));

async function ask(id: string): Promise<Response> {
  return fetch(`${world.seats[0]!.target}/hooks/harness/deploy-to-production`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${WEBHOOK_TOKEN}` },
    body: JSON.stringify(world.webhook(id)),
  });
}

const whispers = () => world.slack.messagesOf(STAFF.alice).filter(({ visibleTo }) => visibleTo !== undefined);

test('PostgreSQL is stopped for a while: webhooks get 503, presses a sentence, and all goes on by itself', {
  timeout: 240_000 + GONE_SECONDS * 1_000,
}, async () => {
  await Promise.all(world.seats.map((seat) => world.seat(seat).ready));
  await until('both are ready', () => world.seats.every(({ target }) => world.front.isReady(target)));
  for (let n = 1; n <= REQUESTS; n += 1) {
    world.run(`run${n}`);
    expect((await ask(`run${n}`)).status).toBe(202);
    world.reach(`run${n}`);
  }
  await until('Alice has her cards', () => undecided().length === REQUESTS);
  // Decided, and cut off while it is told.
  const press = async ({ channel, ts }: { channel: string; ts: string }) =>
    world.slack.click(STAFF.alice, { channel, ts, actionId: 'approve' });
  const pressed = await Promise.all(undecided().slice(0, 4).map(press));
  expect(pressed.map(({ ackStatus }) => ackStatus)).toEqual([200, 200, 200, 200]);

  await server.halt();
  await until('the front sends nobody there', () =>
    world.seats.every(({ target }) => !world.front.isReady(target)),
  );
  const refused = await ask('run99');
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'unavailable' });
  const frontAddress = world.slack.requestUrl;
  world.slack.requestUrl = `${world.seats[1]!.target}/slack/events`;
  const inVain = await press(undecided().at(-1)!);
  expect(inVain.ackStatus).toBe(200);
  await until('Alice is told', () => whispers().length > 0);
  expect(whispers().at(-1)!.text).toMatch(/nothing was recorded.*again/i);
  world.slack.requestUrl = frontAddress;
  await pause(GONE_SECONDS * 1_000);
  await server.resume();

  await until('both are ready again', () => world.seats.every(({ target }) => world.front.isReady(target)));
  world.run('run99');
  expect((await ask('run99')).status).toBe(202);
  world.reach('run99');
  await until('all is decided', async () => {
    await Promise.all(undecided().map((card) => press(card).catch(() => null)));
    await pause(300);
    const { due } = await ledger.owed();
    return due === 0 && world.harness.effects.length === REQUESTS + 1;
  });
  const end = await ledger.look();
  expect({ dead: end.dead(), forgotten: end.forgotten() }).toEqual({ dead: [], forgotten: [] });
  expect(end.requests()).toHaveLength(REQUESTS + 1);
  harnessWasToldOnce(world, end);
  cardsShowTheEnd(world, end);
  expect(duplicateCards(world, end)).toEqual([]);
  threadsTellAllOnce(world, end);
  votesAreUnique(end);
  for (const { bot } of world.seats) expect(bot!.alive).toBe(true);
});
