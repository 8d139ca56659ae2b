import { afterEach, beforeEach, expect, test } from 'vitest';
import { teamsCards } from '../helpers/in-teams.ts';
import { ACME, startWorld, until, type World } from '../helpers/world.ts';

/** More cards than a lane can try in vain while anybody waits. */
const REQUESTS = 12;

let world: World;
beforeEach(async () => {
  world = await startWorld({ teams: {} });
  await world.load(ACME);
});
afterEach(() => world.close());

/** So many requests whose first cards are due, and a worker that begins to show them. */
async function showMany(): Promise<void> {
  for (let nth = 1; nth <= REQUESTS; nth += 1) {
    world.run(`run${nth}`);
    await world.post('deploy-to-production', world.webhook(`run${nth}`));
    world.reach(`run${nth}`);
  }
  world.clock.advance(1_000);
  world.app.worker.start();
}

/** A silent platform is left in peace after a few posts, long before each card was tried in vain. */
const tries = (calls: readonly { method: string }[], method: string) =>
  calls.filter((call) => call.method === method).length;

/** Pacing counts by the hand-moved clock, the worker by the real one. */
async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => world.clock.advance(500), 250);
  return work.finally(() => clearInterval(timer));
}

test('cards in Teams come while Slack answers nothing', async () => {
  const hangs = world.slack.addFault({ method: 'chat.postMessage', connection: 'hang', times: Infinity });
  await showMany();
  await whileTimePasses(
    until(world.teams, () => (teamsCards(world, 'alice').length === REQUESTS ? true : undefined)),
  );
  expect(tries(world.slack.calls, 'chat.postMessage')).toBeLessThan(REQUESTS);
  hangs.remove();
}, 180_000);

test('cards in Slack come while Teams answers nothing', async () => {
  const hangs = world.teams.addFault({ method: 'activities.post', connection: 'hang', times: Infinity });
  await showMany();
  await whileTimePasses(
    until(world.slack, () => (world.cards('alice').length === REQUESTS ? true : undefined)),
  );
  expect(tries(world.teams.calls, 'activities.post')).toBeLessThan(REQUESTS);
  hangs.remove();
}, 180_000);
