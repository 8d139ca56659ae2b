import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditLines, personId, snapshot } from '../helpers/management.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const TABLES = [
  'people',
  'events',
  'event_pipelines',
  'approval_policies',
  'approval_workflows',
  'approval_workflow_people',
  'list_totals',
  'audit_events',
] as const;

test('the same again changes nothing, and is not audited', async () => {
  const before = await snapshot(world, TABLES);
  world.clock.advance(1_000);
  await world.load(ACME);
  expect(await snapshot(world, TABLES)).toBe(before);
});

test('everything new has its audit line, and a change only what changed', async () => {
  const created = async (type: string) => (await auditLines(world, type)).map((line) => line.action);
  expect(await created('event')).toEqual(['created', 'created', 'created']);
  expect(await created('approval_policy')).toEqual(['created']);
  expect(await created('approval_workflow')).toEqual(['created', 'created', 'created']);
  await world.load('people: [{ email: sam@acme.io, manager: dana@acme.io }, { email: dana@acme.io }]');
  expect((await auditLines(world, 'person')).at(-1)).toMatchObject({
    action: 'changed',
    via: 'cli',
    detail: { before: { managerId: null }, after: { managerId: await personId(world, 'dana') } },
  });
});
