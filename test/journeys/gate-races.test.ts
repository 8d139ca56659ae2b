import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAPPED, mapPipeline, notify, requestsOf } from '../helpers/notifications.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

test('a new round’s gate that a notification opens while the webhook asks Harness has one request', async () => {
  await mapPipeline(world);
  await world.ask(MAPPED, 'run1');
  await world.press('alice', 'approve');
  await world.settle();
  expect(world.harness.effects).toHaveLength(1);
  world.clock.advance(60_000);
  const gate = world.reach('run1');

  const look = world.harness.addFault({ match: { method: 'GET' }, status: 'hang' });
  const posting = world.post(MAPPED, world.webhook('run1'));
  await look.firstHit;
  await notify(world, 'run1');
  for (let turn = 0; turn < 3; turn += 1) await world.pass(5_000);
  const opened = await requestsOf(world, 'run1');
  expect(opened.map(({ harness }) => harness.instanceId)).toContain(gate);
  look.release();
  const { status, body } = await posting;

  const requests = await requestsOf(world, 'run1');
  expect(requests.filter(({ harness }) => harness.instanceId === gate)).toHaveLength(1);
  expect(requests).toHaveLength(2);
  expect(status).toBe(200);
  expect(body.id).toBe(requests.find(({ harness }) => harness.instanceId === gate)!.id);
});
