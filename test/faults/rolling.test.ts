import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnDatabase, ownDatabase } from '../postgres/own-database.ts';
import { seeded } from './chance.ts';
import { type Instances, startInstances } from './instances.ts';
import { openPostgresLedger, type PostgresLedger } from './ledger-postgres.ts';
import { createMoments } from './moments.ts';
import { createRacers } from './racers.ts';
import { pressesAreInEffect } from './verdicts.ts';

const AT_ONCE = 2;

let database: OwnDatabase;
let world: Instances;
let ledger: PostgresLedger;

beforeAll(async () => {
  database = await ownDatabase();
  // The front looks ten times a second.
  world = await startInstances(database.url, 2, { env: { DRAIN_SECONDS: '2' } });
  ledger = openPostgresLedger(database.url);
});

afterAll(async () => {
  await world?.close();
  await ledger?.close();
  await database?.drop();
});

const SLACK = '/slack/events';

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what}: not within a minute`);
    await pause(20);
  }
}

test('two instances are replaced one after the other under load: no failed webhook, no unacked click, no 5xx', {
  timeout: 240_000,
}, async () => {
  const [first, second] = world.seats as [Instances['seats'][0], Instances['seats'][0]];
  await world.seat(first).ready;
  await world.seat(second).ready;
  await until('both are ready', () => world.seats.every(({ target }) => world.front.isReady(target)));
  const racers = createRacers(world, seeded(7), createMoments());
  const statuses: number[] = [];
  const accepted: string[] = [];
  let loading = true;
  let asked = 0;
  // Each asks again once it was heard: as much as the machine can take.
  const load = Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (loading) {
        asked += 1;
        const id = `run${asked}`;
        // Some are pressed: Slack would not let more cards through.
        if (asked % 10 === 1) {
          world.run(id);
          world.reach(id);
        }
        const answer = await world.post('deploy-to-production', world.webhook(id)).catch(() => null);
        statuses.push(answer?.status ?? 0);
        accepted.push(String(answer?.body.id));
        await pause(100);
      }
    }),
  );

  const deaths = [];
  for (const seat of [first, second]) {
    await pause(1_000);
    const ending = world.retire(seat);
    await until('the front knows', () => !world.front.isReady(seat.target));
    deaths.push(await ending);
    await world.seat(seat).ready;
    await until('it is back', () => world.front.isReady(seat.target));
  }
  await pause(1_000);
  loading = false;
  await load;
  await racers.stop();
  const presses = () => world.front.taken.filter(({ path }) => path === SLACK);
  await until('each press has its answer', () => presses().every(({ status }) => status !== null));

  expect(deaths).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  expect(world.front.failures).toEqual([]);
  expect(statuses.length).toBeGreaterThan(20);
  expect(new Set(statuses)).toEqual(new Set([202]));
  expect(world.slack.deliveries.length).toBeGreaterThan(0);
  expect(
    world.slack.deliveries.filter(({ status, failure }) => status !== 200 && failure !== 'timeout'),
  ).toEqual([]);
  // Slack hangs up after 3 s, and how soon an ack comes is the machine's affair: the front holds each press to one.
  expect(presses().filter(({ status }) => status !== 200)).toEqual([]);
  expect(presses()).toHaveLength(world.slack.deliveries.length);
  const end = await ledger.look();
  const kept = new Set(end.requests().map(({ id }) => id));
  expect(accepted.filter((id) => !kept.has(id))).toEqual([]);
  pressesAreInEffect(end, racers.acked);
  expect([...world.front.answered.values()].every((count) => count > 5)).toBe(true);
});
