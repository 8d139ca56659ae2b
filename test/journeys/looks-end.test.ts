import { afterEach, beforeEach, expect, test } from 'vitest';
import { owedFor } from '../../src/store/outbox.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const look = async (id: string) => (await owedFor(world.app.context.db, 'check_harness', id))?.state;

test('once Harness has said its last word, no look at it is owed, and none is made', async () => {
  const id = await world.ask(EVENT, 'run1');
  expect(await look(id)).toBe('due');
  await world.press('alice', 'approve');
  await world.settle();
  expect(world.harness.effects).toHaveLength(1);
  expect(await look(id)).toBe('done');
  const calls = world.harness.requests.length;
  await world.pass(10 * 60_000);
  expect(world.harness.requests).toHaveLength(calls);
});

test('the looks at other gates stay owed', async () => {
  const other = await world.ask(EVENT, 'run1');
  const id = await world.ask(EVENT, 'run2');
  await world.press('alice', 'approve');
  await world.settle();
  expect(await look(id)).toBe('done');
  expect(await look(other)).toBe('due');
});

test('while what was restored waits for it, the look stays owed, and frees what is held', async () => {
  const id = await world.ask(EVENT, 'run1');
  const { db } = world.app.context;
  await db.updateTable('approval_requests').set({ unreconciled: 1 }).where('id', '=', id).execute();
  await world.press('alice', 'approve');
  await world.settle();
  expect(await look(id)).toBe('due');
  await world.pass(10 * 60_000);
  expect(await look(id)).toBe('done');
  const request = await db.selectFrom('approval_requests').select(['status', 'unreconciled']).execute();
  expect(request).toEqual([{ status: 'APPROVED', unreconciled: 0 }]);
});
