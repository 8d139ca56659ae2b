import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/usecases/context.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { peopleOfAccounts, personOfAddress } from '../../src/usecases/people/chat-people.ts';
import type { Directory } from '../../src/usecases/ports.ts';
import { adminOf, snapshot } from '../helpers/management.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
let context: Context;
let admin: Principal;
let member: Principal;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  admin = adminOf(world, { via: 'slack' });
  member = { ...admin, role: 'member' };
  world.slack.addUser({ id: 'U0NEW', name: 'new', realName: 'Nina New', email: 'nina@acme.io' });
});
afterEach(() => world.close());

/** Names found and problems, by external id. */
async function named(
  principal: Principal,
  ids: readonly string[],
  more: Parameters<typeof peopleOfAccounts>[5] = {},
) {
  const { found, problems } = await peopleOfAccounts(context, principal, 'slack', 'T0ACME', ids, more);
  return {
    found: Object.fromEntries([...found].map(([id, person]) => [id, person.name])),
    problems: Object.fromEntries(problems),
  };
}

const everybody = () => snapshot(world, ['people', 'identities', 'audit_events']);

test('an admin’s mentions are joined or added; known ones are not asked about again', async () => {
  const expected = { found: { [STAFF.bob]: 'Bob', U0NEW: 'Nina New' }, problems: {} };
  expect(await named(admin, [STAFF.bob, 'U0NEW', STAFF.bob])).toEqual(expected);
  const before = await everybody();
  context = { ...context, directories: [] };
  expect(await named(admin, [STAFF.bob, 'U0NEW'])).toEqual(expected);
  expect(await everybody()).toBe(before);
});

test('R17 a member’s mentions add and join nobody, but find who is known by address', async () => {
  const before = await everybody();
  expect(await named(member, [STAFF.bob, 'U0NEW'])).toEqual({
    found: { [STAFF.bob]: 'Bob' },
    problems: { U0NEW: 'Nina New is not known here.' },
  });
  expect(await personOfAddress(context, member, 'nina@acme.io')).toMatchObject({ ok: false });
  expect(await everybody()).toBe(before);
});

test('R17 another account with the address of somebody who has one is not theirs', async () => {
  await named(admin, [STAFF.bob]);
  world.slack.addUser({ id: 'U0BOB2', name: 'bob2', realName: 'Bob Two', email: 'bob@acme.io' });
  for (const principal of [admin, member])
    for (const leaving of [true, false])
      expect((await named(principal, ['U0BOB2'], { leaving })).found).toEqual({});
});

test('while a directory cannot be asked, each account says so; after the deadline nobody is asked', async () => {
  let asked = 0;
  const slow: Directory = {
    ...context.directories[0]!,
    lookUp: async () => {
      asked += 1;
      world.clock.advance(100);
      return { kind: 'unavailable', retryAfterMs: 1, detail: 'It is down.' };
    },
  };
  context = { ...context, directories: [slow] };
  const ids = ['U0A', 'U0B', 'U0C', 'U0D', 'U0E', 'U0F', 'U0G'];
  const { problems } = await named(admin, ids, { until: world.clock.now() + 200 });
  expect(asked).toBe(5);
  expect(problems.U0A).toBe('An account cannot be looked up just now: It is down.');
  expect(problems.U0G).toBe('Slack was too slow to say who this is.');
});

test('an account of another organization answers like an unknown one', async () => {
  await named(admin, [STAFF.bob]);
  const other = { ...admin, organizationId: 900 };
  const { problems } = await named(other, [STAFF.bob, 'U0NOBODY']);
  expect(problems[STAFF.bob]).toBe(problems.U0NOBODY);
});
