import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnDatabase, ownDatabase } from '../postgres/own-database.ts';
import { type Chance, chanceOfTheDay } from './chance.ts';
import { type Instances, startInstances } from './instances.ts';
import { openPostgresLedger, type PostgresLedger } from './ledger-postgres.ts';
import { createMoments, MOMENTS, type Moments } from './moments.ts';
import { createPipelines } from './pipelines.ts';
import { createRacers } from './racers.ts';
import { rounds } from './rounds.ts';
import {
  cardsShowTheEnd,
  duplicateCards,
  harnessWasToldOnce,
  pressesAreInEffect,
  threadsTellAllOnce,
  votesAreUnique,
  webhooksAreKept,
} from './verdicts.ts';

const REQUESTS = rounds('INSTANCES_REQUESTS', 10, 2_000);
const isLong = REQUESTS > 200;
/** Of the short form; in the long one instances die as long as requests are opened. */
const KILLS = 3;
/** Longer than the longest start. */
const READY_WITHIN_MS = 90_000;
const OPEN_AT_ONCE = 6;
/** More would wait for the instances that die all the time, and not for people. */
const MOST_UNDECIDED = 40;
const CALM_WITHIN_MS = 240_000;

let database: OwnDatabase;
let world: Instances;
let ledger: PostgresLedger;

beforeAll(async () => {
  database = await ownDatabase();
  world = await startInstances(database.url, 3, {
    script: 'test/faults/instance.ts',
    // The platforms' own pace would be most of the time: 50 edits a minute.
    env: { PACE: '40', LEASE_MS: isLong ? '20000' : '2000' },
  });
  ledger = openPostgresLedger(database.url);
});

afterAll(async () => {
  await world?.close();
  await ledger?.close();
  await database?.drop();
});

/**
 * Kills come no faster than starts: on a machine so busy that a start takes longer than the pause between two kills, no
 * instance would ever be ready, and nobody could take a webhook.
 */
async function untilReady(count: number): Promise<void> {
  const readySeats = () => world.seats.filter(({ target }) => world.front.isReady(target));
  const end = Date.now() + READY_WITHIN_MS;
  while (readySeats().length < count) {
    if (Date.now() > end)
      throw new Error(`fewer than ${count} instances were ready, for as long as a start may take`);
    await pause(20);
  }
}

/** One instance dies, half the times just after something was seen from outside, and comes back. */
async function killOne(chance: Chance, moments: Moments): Promise<void> {
  await untilReady(2);
  const seat = chance.pick(world.seats.filter(({ bot }) => bot?.alive));
  if (chance.happens(0.5)) await moments.wait(chance.pick(MOMENTS), 1 + chance.upTo(6), 400);
  await pause(chance.upTo(16));
  await seat.bot!.kill();
  world.seat(seat);
}

test(`three instances, SIGKILLs, ${REQUESTS} requests pressed by several at once: nothing lost, nothing twice, nothing stale`, {
  timeout: isLong ? 7_200_000 : 600_000,
}, async () => {
  const chance = chanceOfTheDay();
  const began = Date.now();
  const moments = createMoments();
  world.slack.onChange((change) => {
    if (change.kind === 'call') moments.tell('Slack call');
  });
  world.harness.onChange((change) => {
    if (change.kind === 'request') moments.tell('Harness call');
  });
  const pipelines = createPipelines(world, chance, moments, { inputs: false });
  const racers = createRacers(world, chance, moments);
  const forgotten = new Set<string>();
  const started: Promise<void>[] = [];
  let kills = 0;
  let isOpening = true;

  try {
    // The first of them fills the compile cache.
    await world.seat(world.seats[0]!).ready;
    await world.retire(world.seats[0]!);
    await Promise.all(world.seats.map((seat) => world.seat(seat).ready));
    await untilReady(3);

    const opening = (async () => {
      const going = new Set<Promise<void>>();
      for (let n = 0; n < REQUESTS; n += 1) {
        const run = pipelines.start().finally(() => going.delete(run));
        going.add(run);
        started.push(run);
        while (going.size >= OPEN_AT_ONCE) await Promise.race(going);
        while (n - world.harness.effects.length > MOST_UNDECIDED) await pause(50);
        await pause(chance.upTo(isLong ? 60 : 120));
      }
      await Promise.all(going);
      isOpening = false;
    })();
    opening.catch(() => {
      isOpening = false;
    });
    while (isLong ? isOpening : kills < KILLS) {
      // A start takes two seconds of one core: more kills would leave none for anything else.
      await pause(isLong ? 3_000 + chance.upTo(6_000) : 300 + chance.upTo(700));
      await killOne(chance, moments);
      kills += 1;
      for (const one of await ledger.forgotten()) forgotten.add(one);
    }
    await opening;
    await Promise.all(started);
    const killedFor = Date.now() - began;

    const until = Date.now() + CALM_WITHIN_MS;
    for (let quiet = 0; quiet < 3; ) {
      await pause(250);
      const { due } = await ledger.owed();
      quiet = due === 0 ? quiet + 1 : 0;
      if (Date.now() < until) continue;
      const now = await ledger.look();
      throw new Error(
        `not settled: ${JSON.stringify({ due: now.due(), waiting: now.requests().filter(({ status }) => status === 'WAITING') }, null, 1)}`,
      );
    }
    await racers.stop();
    await pause(500);
    const end = await ledger.look();
    expect(end.due()).toEqual([]);

    console.log(
      JSON.stringify({
        ...{ seed: chance.seed, requests: pipelines.runs.length, kills },
        repeatedWebhooks: pipelines.runs.reduce((sum, run) => sum + run.duplicates, 0),
        ...{ races: racers.races, presses: racers.presses, ackedPresses: racers.acked.length },
        unansweredPresses: racers.unanswered,
        notPassedOn: world.front.failures.length,
        answeredByEach: [...world.front.answered.values()],
        effects: world.harness.effects.length,
        posts: world.harness.requests.filter((call) => call.method === 'POST').length,
        harnessCalls: world.harness.requests.length,
        slackCalls: world.slack.calls.length,
        cards: end.cards().length,
        duplicateCards: duplicateCards(world, end).length,
        openedFor: Math.round(killedFor / 1000),
        seconds: Math.round((Date.now() - began) / 1000),
      }),
    );
    expect({ forgotten: [...forgotten, ...end.forgotten()], dead: end.dead() }).toEqual({
      forgotten: [],
      dead: [],
    });
    webhooksAreKept(end, pipelines.runs);
    harnessWasToldOnce(world, end);
    pressesAreInEffect(end, racers.acked);
    cardsShowTheEnd(world, end);
    expect(duplicateCards(world, end)).toEqual([]);
    threadsTellAllOnce(world, end);
    votesAreUnique(end);
    expect(racers.races).toBeGreaterThan(isLong ? REQUESTS / 3 : 0);
    expect([...world.front.answered.values()].filter((count) => count > 0)).toHaveLength(3);
  } catch (error) {
    console.error(
      `SEED=${chance.seed} repeats these choices`,
      world.seats.flatMap(({ bot }) => bot?.errors.slice(-5) ?? []),
    );
    throw error;
  } finally {
    await racers.stop();
  }
});
