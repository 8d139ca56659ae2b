import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../../src/store/database.ts';
import { openClock } from '../../src/store/database-clock.ts';
import { migrate } from '../../src/store/migrate.ts';
import { owe } from '../../src/store/outbox.ts';
import { leaseDue } from '../../src/store/outbox-due.ts';
import { DatabaseUnavailable } from '../../src/store/unavailable.ts';
import { hearOthers } from '../../src/store/wakeups.ts';
import { freshDatabase, type TestDatabase } from '../helpers/databases.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { createDatabase, dropDatabase } from './databases.ts';

const { adminUrl } = inject('postgres')!;
const NOON = 1_795_000_000_000;

/** Says one thing to the server as its superuser. */
async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** Ends every connection to a database. */
const cut = (url: string) =>
  asAdmin(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${nameOf(url)}'`);

let database: TestDatabase;
let db: Database;
beforeEach(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url);
});
afterEach(async () => {
  await db.destroy();
  await database.drop();
});

describe('one writer', () => {
  const count = async (from: Database) =>
    inTransaction(from, async (trx) => {
      const row = await trx
        .selectFrom('counters')
        .select('value')
        .where('name', '=', 'n')
        .executeTakeFirstOrThrow();
      await trx
        .updateTable('counters')
        .set({ value: row.value + 1 })
        .where('name', '=', 'n')
        .execute();
    });

  test('two instances that read, think and write lose no update', async () => {
    await db.insertInto('counters').values({ name: 'n', value: 0 }).execute();
    const other = openDatabase(database.url);
    const turns = Array.from({ length: 40 }, (_, n) => count(n % 2 === 0 ? db : other));
    await Promise.all(turns);
    await other.destroy();
    const row = await db.selectFrom('counters').select('value').executeTakeFirstOrThrow();
    expect(row).toEqual({ value: 40 });
  });

  test('whatever waits to write, reading goes on', async () => {
    const first = Promise.withResolvers<void>();
    const writes = [inTransaction(db, () => first.promise)];
    for (let n = 0; n < 50; n += 1) writes.push(inTransaction(db, async () => {}));
    expect(await db.selectFrom('counters').selectAll().execute()).toEqual([]);
    first.resolve();
    await Promise.all(writes);
  });
});

describe('a connection that is lost', () => {
  test('fails the transaction that used it, and nothing after', async () => {
    await db.insertInto('counters').values({ name: 'before', value: 1 }).execute();
    const lost = inTransaction(db, async (trx) => {
      await trx.insertInto('counters').values({ name: 'lost', value: 1 }).execute();
      await cut(database.url);
      await trx.insertInto('counters').values({ name: 'lost too', value: 1 }).execute();
    });
    await expect(lost).rejects.toThrow(DatabaseUnavailable);
    await inTransaction(db, (trx) =>
      trx.insertInto('counters').values({ name: 'after', value: 1 }).execute(),
    );
    const rows = await db.selectFrom('counters').select('name').orderBy('name').execute();
    expect(rows.map(({ name }) => name)).toEqual(['after', 'before']);
  });

  test('while nothing uses it, is nobody’s trouble', async () => {
    await db.selectFrom('counters').selectAll().execute();
    await cut(database.url);
    expect(await db.selectFrom('counters').selectAll().execute()).toEqual([]);
  });

  test('a server that is not there: said without the password', async () => {
    const nowhere = openDatabase('postgres://bot:open-sesame@127.0.0.1:1/countersign');
    const error = await nowhere
      .selectFrom('counters')
      .selectAll()
      .execute()
      .catch((failure: Error) => failure);
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('open-sesame');
    await nowhere.destroy();
  });
});

describe('text', () => {
  test('goes byte by byte in a database of any locale, in every column', async () => {
    const name = 'countersign_test_swedish';
    await dropDatabase(adminUrl, name);
    await asAdmin(
      `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'sv-SE' locale 'C'`,
    );
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    const swedish = openDatabase(url.href);
    await migrate(swedish);
    const { rows } = await sql<{ place: string }>`select table_name || '.' || column_name as place
      from information_schema.columns where table_schema = 'public' and data_type = 'text'
      and collation_name is distinct from 'C'`.execute(swedish);
    expect(rows).toEqual([]);
    for (const word of ['b', 'B', 'a', 'Z', 'ä', 'z', '_'])
      await swedish.insertInto('counters').values({ name: word, value: 0 }).execute();
    const ordered = await swedish.selectFrom('counters').select('name').orderBy('name').execute();
    expect(ordered.map(({ name: word }) => word)).toEqual(['B', 'Z', '_', 'a', 'b', 'z', 'ä']);
    await swedish.destroy();
    await dropDatabase(adminUrl, name);
  });

  test('a database that does not keep UTF-8 is refused', async () => {
    const name = 'countersign_test_latin';
    await dropDatabase(adminUrl, name);
    await asAdmin(`create database ${name} template template0 encoding 'LATIN1' locale 'C'`);
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    const latin = openDatabase(url.href);
    await expect(migrate(latin)).rejects.toThrow(/keeps text as LATIN1\. Make one with: create database/);
    await latin.destroy();
    await dropDatabase(adminUrl, name);
  });

  test('a NUL, which PostgreSQL keeps nowhere, becomes the sign for it', async () => {
    await db.insertInto('counters').values({ name: 'a\0b', value: 1 }).execute();
    const row = await db
      .selectFrom('counters')
      .select('name')
      .where('name', '=', 'a\0b')
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ name: 'a\uFFFDb' });
  });
});

describe('several instances', () => {
  const card = (subjectId: string) => ({
    ...{ kind: 'sync_card' as const, subjectId, organizationId: 1, runAt: NOON },
  });

  test('what one owes wakes the others and not itself, over a lost connection, too', async () => {
    await db.insertInto('organizations').values({ id: 1, name: 'Acme', created_at: NOON }).execute();
    const other = openDatabase(database.url);
    const heard: string[] = [];
    const stops = [
      hearOthers(database.url, db, () => heard.push('own')),
      hearOthers(database.url, other, () => heard.push('other')),
    ];
    const until = (words: string[]) =>
      vi.waitFor(() => expect([...heard].sort()).toEqual([...words].sort()), 20_000);
    // Each looks once it hears, for what it may have missed.
    await until(['own', 'other']);
    await inTransaction(db, (trx) => owe(trx, card('a'), NOON));
    await until(['own', 'other', 'other']);
    await expect(
      inTransaction(db, async (trx) => {
        await owe(trx, card('b'), NOON);
        throw new Error('never owed');
      }),
    ).rejects.toThrow('never owed');
    await cut(database.url);
    await until(['own', 'other', 'other', 'own', 'other']);
    await inTransaction(other, (trx) => owe(trx, card('c'), NOON));
    await until(['own', 'other', 'other', 'own', 'other', 'own']);
    for (const stop of stops) await stop();
    await other.destroy();
  });

  test('a row that one is just claiming is passed over by the other, who waits for nobody', async () => {
    await db.insertInto('organizations').values({ id: 1, name: 'Acme', created_at: NOON }).execute();
    for (const subject of ['a', 'b']) await inTransaction(db, (trx) => owe(trx, card(subject), NOON));
    const other = openDatabase(database.url);
    await db.transaction().execute(async (trx) => {
      await trx
        .selectFrom('outbox')
        .select('kind')
        .where('subject_id', '=', 'a')
        .forUpdate()
        .executeTakeFirst();
      const rows = await leaseDue(other, NOON, 16, 60_000);
      expect(rows.map(({ subjectId }) => subjectId)).toEqual(['b']);
    });
    await other.destroy();
  });

  test('all go by the database’s clock, whatever their machine’s says', async () => {
    const clock = await openClock(db);
    const before = Date.now();
    expect(Math.abs(clock.now() - before)).toBeLessThan(5_000);
    vi.spyOn(Date, 'now').mockReturnValue(before + 3_600_000);
    expect(Math.abs(clock.now() - before)).toBeLessThan(60_000);
    vi.restoreAllMocks();
    clock.end();
  });
});

describe('while the database is away', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
  });
  afterEach(() => world.close());

  test('a webhook is told when to try again, and its repeat is the one request', async () => {
    const { databaseUrl } = world.config;
    world.run('run1');
    await asAdmin(`alter database ${nameOf(databaseUrl)} allow_connections false`);
    await cut(databaseUrl);
    const refused = await fetch(`${world.url}/hooks/harness/deploy-to-production`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer pipeline-token-for-tests-0001' },
      body: JSON.stringify(world.webhook('run1')),
    });
    expect({ status: refused.status, again: refused.headers.get('retry-after') }).toEqual({
      status: 503,
      again: '5',
    });
    await asAdmin(`alter database ${nameOf(databaseUrl)} allow_connections true`);
    expect(await world.post('deploy-to-production', world.webhook('run1'))).toMatchObject({ status: 202 });
    expect(await world.post('deploy-to-production', world.webhook('run1'))).toMatchObject({ status: 200 });
    world.reach('run1');
    await world.pass(1_000);
    expect(world.cards('alice')).toHaveLength(1);
  });
});

test('an empty database gets the same tables, columns and indexes as SQLite’s', async () => {
  const empty = await createDatabase(adminUrl);
  const [postgres, sqlite] = [openDatabase(empty.url), openDatabase('sqlite::memory:')];
  const shapes: string[][] = [];
  for (const one of [postgres, sqlite]) {
    await migrate(one);
    const tables = await one.introspection.getTables();
    const columns = tables.flatMap((table) =>
      table.columns.map(
        (column) =>
          `${table.name}.${column.name} ${column.isNullable && !isSqliteKey(table.name, column.name) ? 'may lack' : 'has'}`,
      ),
    );
    const indexes = await (one === postgres
      ? sql<{ name: string }>`select indexname as name from pg_indexes where schemaname = 'public'`
      : sql<{ name: string }>`select name from sqlite_master where type = 'index' and sql is not null`
    ).execute(one);
    shapes.push([...columns, ...indexes.rows.map(({ name }) => name)].sort());
  }
  const unique = shapes[0]!.filter((line) => !shapes[1]!.includes(line));
  const missing = shapes[1]!.filter((line) => !shapes[0]!.includes(line));
  expect(missing).toEqual([]);
  // Unique constraints have their index by name on PostgreSQL alone.
  expect(unique.filter((line) => line.includes('.'))).toEqual([]);
  await postgres.destroy();
  await sqlite.destroy();
  await dropDatabase(adminUrl, empty.name);
});

/** SQLite's introspection says that a primary key may be null. */
function isSqliteKey(table: string, column: string): boolean {
  return table.startsWith('kysely_') || /^(id|key|name)$|_id$/.test(column);
}
