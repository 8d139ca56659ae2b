import { CompiledQuery, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, inTransaction } from '../../src/store/database.ts';
import { identitiesOf, pinIdentity } from '../../src/store/identities.ts';
import { addPerson } from '../../src/store/people.ts';
import { createTeamsConversations } from '../../src/usecases/installations/teams-conversations.ts';
import type { TeamsConversation, TeamsConversations } from '../../src/usecases/ports.ts';
import { type HandClock, handClock } from '../helpers/clock.ts';
import { onPostgres, openFresh } from '../helpers/databases.ts';

let db: Database;
let close: () => Promise<void>;
let clock: HandClock;
let conversations: TeamsConversations;

const key = { organizationId: 1, tenant: 'tenant', externalId: 'alice' };
const alice: TeamsConversation = {
  ...key,
  scope: 'personal',
  conversationId: 'a:1',
  serviceUrl: 'https://smba.trafficmanager.net/emea/',
  mri: null,
  state: 'active',
};

beforeEach(async () => {
  ({ db, close } = await openFresh());
  await db.insertInto('organizations').values({ id: 1, name: 'Acme', created_at: 0 }).execute();
  await db.insertInto('organizations').values({ id: 2, name: 'Other', created_at: 0 }).execute();
  clock = handClock(1000);
  conversations = createTeamsConversations({ db, clock });
});
afterEach(() => close());

const writtenAt = async () =>
  (await db.selectFrom('teams_conversations').select('updated_at').executeTakeFirstOrThrow()).updated_at;

test('is found by whose it is and by its own id, within its organization and tenant', async () => {
  await conversations.note(alice);
  expect(await conversations.find(key)).toEqual(alice);
  expect(await conversations.at({ ...key, conversationId: 'a:1' })).toEqual(alice);
  for (const other of [{ organizationId: 2 }, { tenant: 'another' }]) {
    expect(await conversations.find({ ...key, ...other })).toBeNull();
    expect(await conversations.at({ ...key, conversationId: 'a:1', ...other })).toBeNull();
  }
});

test('only what changed is written, and an unknown MRI leaves a known one', async () => {
  await conversations.note({ ...alice, mri: '29:alice' });
  clock.advance(500);
  await conversations.note(alice);
  await conversations.note({ ...alice, mri: '29:alice' });
  expect(await writtenAt()).toBe(1000);
  await conversations.note({ ...alice, serviceUrl: 'https://smba.trafficmanager.net/amer/' });
  expect(await writtenAt()).toBe(1500);
  expect(await conversations.find(key)).toMatchObject({
    mri: '29:alice',
    serviceUrl: 'https://smba.trafficmanager.net/amer/',
  });
});

test('closes until something is heard from there again; what nobody knows of stays unknown', async () => {
  await conversations.close(key, 'blocked');
  expect(await conversations.find(key)).toBeNull();
  await conversations.note(alice);
  await conversations.close(key, 'removed');
  expect(await conversations.find(key)).toMatchObject({ state: 'removed' });
  await conversations.note(alice);
  expect(await conversations.find(key)).toMatchObject({ state: 'active' });
});

test('many at once leave one conversation each', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => conversations.note({ ...alice, mri: n % 2 ? '29:alice' : null })),
  );
  expect(await conversations.mrisOf(key, ['alice'])).toEqual(new Map([['alice', '29:alice']]));
});

test('the MRIs that are known, by object id', async () => {
  await conversations.note({ ...alice, mri: '29:alice' });
  await conversations.note({ ...alice, externalId: 'bob', conversationId: 'a:2' });
  await conversations.note({ ...alice, organizationId: 2, externalId: 'carol', mri: '29:carol' });
  expect(await conversations.mrisOf(key, ['alice', 'alice', 'bob', 'carol'])).toEqual(
    new Map([['alice', '29:alice']]),
  );
  expect(await conversations.mrisOf(key, [])).toEqual(new Map());
});

test.skipIf(onPostgres())('every query has an index', async () => {
  for (const where of [
    sql`organization_id = 1 and tenant = 't' and external_id = 'a'`,
    sql`organization_id = 1 and tenant = 't' and external_id in ('a', 'b')`,
    sql`organization_id = 1 and tenant = 't' and conversation_id = 'a'`,
  ]) {
    const query = sql`explain query plan select * from teams_conversations where ${where}`.compile(db);
    const { rows } = await db.executeQuery<{ detail: string }>(CompiledQuery.raw(query.sql));
    for (const { detail } of rows) expect(detail).toMatch(/^SEARCH teams_conversations USING INDEX/);
  }
});

test('a person with accounts in two tenants is asked where the bot talks with them', async () => {
  const [first, second] = await inTransaction(db, async (trx) => {
    const id = await addPerson(trx, { organizationId: 1, name: 'Alice', email: null }, 0);
    for (const tenant of ['a-tenant', 'tenant', 'z-tenant'])
      await pinIdentity(
        trx,
        1,
        id,
        { platform: 'teams', tenant, externalId: 'alice', standing: 'member' },
        0,
      );
    return [id, await addPerson(trx, { organizationId: 1, name: 'Bob', email: null }, 0)];
  });
  const tenantOf = async () => (await identitiesOf(db, [first!, second!], 'teams')).get(first!)?.tenant;
  expect(await tenantOf()).toBe('a-tenant');
  await conversations.note(alice);
  expect(await tenantOf()).toBe('tenant');
  await conversations.close(key, 'removed');
  expect(await tenantOf()).toBe('a-tenant');
});
