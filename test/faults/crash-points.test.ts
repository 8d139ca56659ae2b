import { afterEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { onPostgres } from '../helpers/databases.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { chanceOfTheDay } from './chance.ts';
import { createSteps, type Steps } from './freezing.ts';
import { type End, endOf, goldenPath, IN_SLACK, IN_TEAMS, RELEASE } from './golden-path.ts';
import { rounds } from './rounds.ts';

/** Each of so many steps is a crash point in the short form; all are in the long one. */
const EVERY = rounds('CRASH_EVERY', 50, 1);

/** A claim lasts no longer than a minute. */
const LEASE_MS = 61_000;

const chance = chanceOfTheDay();
let world: World;
afterEach(() => world.close());

test(`a crash before any statement or call leads to the same end (SEED=${chance.seed})`, {
  timeout: 21_600_000,
}, async () => {
  const steps = createSteps();
  world = await startWorld({
    slack: { people: IN_SLACK },
    teams: { people: IN_TEAMS },
    aroundDatabase: steps.around,
  });
  await world.load(RELEASE);
  for (const platform of [world.slack, world.teams])
    platform.addFault({ connection: 'reset', times: Infinity, only: steps.stopsCall });
  world.harness.addFault({ status: 'reset', times: Infinity, only: steps.stopsCall });

  await play(steps, 'warm', Number.POSITIVE_INFINITY);
  const uncrashed = await play(steps, 'calm', Number.POSITIVE_INFINITY);
  const last = uncrashed.steps;
  const differing: Record<string, unknown> = {};
  let crashes = 0;
  for (let point = 1 + chance.upTo(EVERY); ; point += EVERY) {
    const end = await play(steps, `run${point}`, point);
    if (end.crashedAt === null) break;
    crashes += 1;
    for (const key of Object.keys(uncrashed.end) as (keyof End)[])
      if (JSON.stringify(end.end[key]) !== JSON.stringify(uncrashed.end[key]))
        differing[`crash at ${point} (${end.crashedAt}): ${key}`] = end.end[key];
  }
  console.log(JSON.stringify({ test: 'crash points', steps: last, crashes, every: EVERY }));
  expect(differing).toEqual({});
  expect(crashes).toBeGreaterThan(last / EVERY / 2);
});

/** Everything of account that is in the database, as seen from outside. */
async function committed(): Promise<string> {
  const db = openDatabase(world.config.databaseUrl);
  try {
    const tables = [
      'outbox',
      'approval_requests',
      'slots',
      'votes',
      'submissions',
      'cards',
      'audit_events',
    ] as const;
    const rows = [];
    for (const table of tables) rows.push(await db.selectFrom(table).selectAll().execute());
    return JSON.stringify(rows.map((of) => of.map((row) => JSON.stringify(row)).sort()));
  } finally {
    await db.destroy();
  }
}

/** Plays the golden path once and lets the bot die before its n-th step. */
async function play(steps: Steps, run: string, point: number) {
  world.run(run);
  let crashedAt: string | null = null;
  steps.freezeBefore(point);
  for (const [index, part] of goldenPath(world, run).entries()) {
    for (;;) {
      let failure: unknown = null;
      const done = part().catch((error: unknown) => {
        failure = error;
      });
      await Promise.race([done, steps.frozen]);
      if (!steps.isFrozen) {
        if (failure) throw failure;
        break;
      }
      crashedAt = `part ${index}`;
      // What was done before it is committed with its turn of the event loop.
      await new Promise(setImmediate);
      const atTheStop = await committed();
      steps.thaw();
      // As at a SIGKILL: whatever the bot that was stopped would still do, it does not.
      await world.crash(async () => expect(await committed()).toBe(atTheStop));
      // Where others may be at work, nobody frees the claims of the dead: they end.
      if (onPostgres()) world.clock.advance(LEASE_MS);
    }
    // A gate opens once its webhook was answered.
    if (index === 0) world.reach(run, { approverInputs: RELEASE_INPUTS });
  }
  const { count } = steps;
  // Looking at the end is no step of the path: a stop there would never be noticed.
  steps.freezeBefore(Number.POSITIVE_INFINITY);
  return { crashedAt, steps: count, end: await endOf(world, run) };
}
