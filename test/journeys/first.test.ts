import { afterEach, beforeEach, expect, test } from 'vitest';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

test('a pipeline asks, one of two approves, Harness is told once and every card says so', async () => {
  await world.ask('deploy-to-production', 'run1');
  expect(world.words('alice')).toContain('Waiting for your decision');
  await world.press('alice', 'approve');
  await world.settle();
  expect(world.harness.effects).toHaveLength(1);
  expect(world.words('alice')).toContain('confirmed by Harness');
});
