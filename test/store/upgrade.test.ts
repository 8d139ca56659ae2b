import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureCards } from '../../src/store/cards.ts';
import { type Database, inTransaction, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);
/** The last one of the release before. */
const BEFORE = '0005-list-speed';
const DAY = 86_400_000;
const NOON = 20_000 * DAY + DAY / 2;
const REQUESTS = 620;

let db: Database;
beforeEach(async () => {
  db = openDatabase('sqlite::memory:');
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.ts') && name.slice(0, -3) <= BEFORE);
  const known: Record<string, Migration> = {};
  for (const name of names) known[name.slice(0, -3)] = await import(new URL(name, FOLDER).href);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => known } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
  await fill();
});
afterEach(() => db.destroy());

/** Inserts a row; columns that it does not name and that want a value get a harmless one of their type. */
async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const columns = (
    await sql<{ name: string; type: string; notnull: number; dflt_value: unknown }>`
      select * from pragma_table_info(${table})`.execute(db)
  ).rows;
  const whole: Record<string, unknown> = { ...row };
  for (const { name, type, notnull, dflt_value } of columns)
    if (!(name in whole) && notnull === 1 && dflt_value === null)
      whole[name] = type.toLowerCase() === 'text' ? `${name} ${String(row.id)}` : 0;
  await db
    .insertInto(table as never)
    .values(whole as never)
    .execute();
}

async function fill(): Promise<void> {
  await insert('organizations', { id: 1, name: 'Acme', created_at: NOON });
  for (const id of [1, 2])
    await insert('people', {
      ...{ id, organization_id: 1, email: `p${id}@acme.io`, kind: 'human', status: 'active' },
      ...{ role: 'member', manager_id: null },
    });
  for (const id of [1, 2])
    await insert('identities', {
      ...{ organization_id: 1, platform: 'slack', tenant: 'T0ACME', external_id: `U${id}`, person_id: id },
      standing: 'member',
    });
  await insert('events', { id: 1, organization_id: 1, slug: 'deploy', name: 'Deploy' });
  for (let n = 1; n <= REQUESTS; n += 1) {
    const decided = n % 2 === 0;
    await insert('approval_requests', {
      ...{ id: `apr_${n}`, number: n, organization_id: 1, event_id: 1, requester_id: null },
      status: decided ? 'APPROVED' : 'WAITING',
      decision: decided
        ? JSON.stringify({ action: 'APPROVE', personId: 1, how: 'vote', at: NOON + n })
        : null,
      content: JSON.stringify({ execution: { pipeline: `pipe${n % 3}` } }),
      ...{ created_at: NOON - (n % 5) * DAY, updated_at: NOON },
    });
    const card = { organization_id: 1, request_id: `apr_${n}`, request_number: n, platform: 'slack' };
    const standing = { request_status: decided ? 'APPROVED' : 'WAITING', state: 'posted', created_at: NOON };
    for (const person of [1, 2])
      await insert('cards', {
        ...{ ...card, ...standing, id: `crd_${n}_${person}`, target_kind: 'person', target_id: `U${person}` },
        ...{ person_id: person, part: 'approver', channel: `D${person}`, message: `${n}.${person}` },
      });
    await insert('cards', {
      ...{ ...card, ...standing, id: `crd_${n}_c`, target_kind: 'channel', target_id: 'C1', person_id: null },
      ...{ part: 'subscriber', channel: 'C1', message: `${n}.0`, posting_since: null },
    });
  }
}

const dump = async (table: string, columns: string) =>
  (await sql<object>`select ${sql.raw(columns)} from ${sql.table(table)} order by id`.execute(db)).rows;

const OLD_CARD = `id, organization_id, request_id, request_number, request_status, platform, target_kind, target_id,
  person_id, part, state, channel, message, posting_since, detail, created_at`;

async function indexesOf(table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from sqlite_master
    where type = 'index' and tbl_name = ${table} and sql is not null`.execute(db);
  return rows.map(({ name }) => name);
}

test('a database of the release before keeps every row, its indexes, and one card per place', async () => {
  const before = { cards: await dump('cards', OLD_CARD), people: await dump('people', '*') };
  const indexes = await indexesOf('cards');
  expect(before.cards).toHaveLength(3 * REQUESTS);
  expect(await migrate(db)).not.toEqual([]);

  expect(await dump('cards', OLD_CARD)).toEqual(before.cards);
  expect(await dump('people', '*')).toMatchObject(before.people);
  expect(await indexesOf('cards')).toEqual(expect.arrayContaining(indexes));
  const { rows: lost } = await sql`pragma foreign_key_check`.execute(db);
  expect(lost).toEqual([]);

  const tenants = await sql`select target_kind, tenant, count(*) as many from cards
    group by target_kind, tenant order by target_kind`.execute(db);
  expect(tenants.rows).toEqual([
    { target_kind: 'channel', tenant: '', many: REQUESTS },
    { target_kind: 'person', tenant: 'T0ACME', many: 2 * REQUESTS },
  ]);
  const again =
    sql`insert into cards select 'crd_again', ${sql.raw('organization_id, request_id, request_number')},
    request_status, platform, tenant, target_kind, target_id, person_id, part, state, channel, message, posting_since,
    detail, created_at from cards where id = 'crd_1_1'`.execute(db);
  await expect(again).rejects.toThrow(/UNIQUE/);
});

test('the totals, moments and pipelines of requests from before are known', async () => {
  await migrate(db);
  const requests = await sql<{ number: number; decided_at: number | null; pipeline: string }>`
    select number, decided_at, pipeline from approval_requests`.execute(db);
  for (const { number, decided_at, pipeline } of requests.rows)
    expect({ decided_at, pipeline }).toEqual({
      decided_at: number % 2 === 0 ? NOON + number : null,
      pipeline: `pipe${number % 3}`,
    });
  const { rows } = await sql<{ list: string; total: number }>`select list, sum(total) as total from day_totals
    where list like 'approval_requests:%' group by list order by list`.execute(db);
  expect(rows).toEqual([
    { list: 'approval_requests:APPROVED', total: REQUESTS / 2 },
    { list: 'approval_requests:WAITING', total: REQUESTS / 2 },
  ]);
});

test('a channel’s card from before is its card still, now that the workspace is said', async () => {
  await migrate(db);
  await inTransaction(db, (trx) =>
    ensureCards(
      trx,
      'apr_1',
      [
        {
          ...{ newId: 'crd_new', platform: 'slack', personId: null, part: 'subscriber' },
          target: { kind: 'channel', organizationId: 1, tenant: 'T0ACME', externalId: 'C1' },
        },
      ],
      NOON,
    ),
  );
  expect(await dump('cards', 'id')).toHaveLength(3 * REQUESTS);
});
