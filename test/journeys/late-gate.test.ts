import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mapPipeline, notify, requestsOf } from '../helpers/notifications.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  await mapPipeline(world);
});
afterEach(() => world.close());

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 5_000) await world.pass(5_000);
}

describe('decided before the run came to its gate', () => {
  test.each([
    ['named by its callback id', 'run1-cb'],
    ['known by nothing but its run', ''],
  ])(
    'the gate that Harness tells of, %s, is no new one: nobody is asked again, and one vote is sent',
    async (_how, callbackId) => {
      world.run('run1');
      await world.post('deploy-to-production', world.webhook('run1', { callbackId }));
      await wait(40_000);
      await world.press('alice', 'approve');
      await world.settle();
      expect(world.words('alice')).toContain('Harness has not reached the gate yet');
      const gate = world.reach('run1', { callbackId });
      await notify(world, 'run1');
      await world.settle();
      expect(await requestsOf(world, 'run1')).toMatchObject([{ status: 'APPROVED' }]);
      await wait(120_000);
      expect(world.harness.effects).toMatchObject([{ instanceId: gate, action: 'APPROVE' }]);
      expect(await requestsOf(world, 'run1')).toHaveLength(1);
      expect(world.cards('alice')).toHaveLength(1);
      expect(world.words('alice')).toContain('confirmed by Harness');
    },
  );

  test('another gate of the run still becomes a request', async () => {
    world.run('run1');
    await world.post('deploy-to-production', world.webhook('run1', { callbackId: 'run1-cb' }));
    await wait(40_000);
    await world.press('alice', 'approve');
    await world.settle();
    world.reach('run1', { callbackId: 'run1-cb' });
    const other = world.reach('run1', { callbackId: 'other' });
    await notify(world, 'run1');
    await world.settle();
    expect(await requestsOf(world, 'run1')).toMatchObject([
      { status: 'APPROVED' },
      { status: 'WAITING', gate: other },
    ]);
  });
});
