import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import {
  isMigrated,
  migrate,
  migrationStates,
  requireMigrated,
  SchemaRefused,
} from '../../src/store/migrate.ts';

const MIGRATIONS = readdirSync(new URL('../../migrations/', import.meta.url))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace(/\.ts$/, ''))
  .sort();

let folder: string;
let url: string;
let db: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-migrations-'));
  url = `sqlite:${join(folder, 'deep', 'bot.db')}`;
  db = openDatabase(url);
});
afterEach(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true, force: true });
});

async function tablesOf(database: Database): Promise<string[]> {
  const tables = await database.introspection.getTables();
  return tables.map((table) => table.name).sort();
}

async function pragma(name: string): Promise<unknown> {
  const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db);
  return Object.values(rows[0] ?? {})[0];
}

/** Runs a script with `db` open on the same file, in a process of its own; what it printed. */
async function inProcess(script: string): Promise<string> {
  const whole = `
    const { openDatabase } = await import('./src/store/database.ts');
    const { migrate } = await import('./src/store/migrate.ts');
    const db = openDatabase(${JSON.stringify(url)});
    ${script}
    await db.destroy();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', whole], {
    cwd: new URL('../../', import.meta.url).pathname,
  });
  return stdout;
}

it('a fresh database gets every migration, and a second run has nothing to do', async () => {
  expect(await isMigrated(db)).toBe(false);
  expect(await migrate(db)).toEqual(MIGRATIONS);
  expect(await isMigrated(db)).toBe(true);
  expect(await migrate(db)).toEqual([]);
  expect(await tablesOf(db)).toEqual(expect.arrayContaining(['approval_requests', 'outbox', 'votes']));
});

it('a commit survives the loss of power, and a lost parent is refused', async () => {
  expect(await pragma('synchronous')).toBe(2);
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('foreign_keys')).toBe(1);
  expect(await pragma('busy_timeout')).toBeGreaterThanOrEqual(5_000);
  await migrate(db);
  const orphan = db
    .insertInto('outbox')
    .values({
      kind: 'sync_card',
      subject_id: 'card',
      organization_id: 404,
      state: 'due',
      run_at: 0,
      first_due_at: 0,
      last_error: null,
    })
    .execute();
  await expect(orphan).rejects.toThrow(/FOREIGN KEY/);
});

it('six processes that start at once on one fresh file all succeed', { timeout: 60_000 }, async () => {
  const script = 'console.log(JSON.stringify(await migrate(db)));';
  const said = await Promise.all(Array.from({ length: 6 }, () => inProcess(script)));
  const ran = said.flatMap((words) => JSON.parse(words) as string[]);
  expect(ran.sort()).toEqual(MIGRATIONS);
  expect(await isMigrated(db)).toBe(true);
});

it('a database of a newer program is refused in words, and nothing is done to it', async () => {
  await migrate(db);
  const newer = { name: '9999-from-the-future', timestamp: new Date(0).toISOString() };
  await sql`insert into kysely_migration (name, timestamp) values (${newer.name}, ${newer.timestamp})`.execute(
    db,
  );
  for (const act of [migrate, migrationStates, requireMigrated]) {
    await expect(act(db)).rejects.toThrow(SchemaRefused);
    await expect(act(db)).rejects.toThrow(/newer than this program.*9999-from-the-future/);
  }
});

it('a bot that may not migrate is told what is pending', async () => {
  await expect(requireMigrated(db)).rejects.toThrow(/pending \(0001-initial, .*npm run migrate -- up/);
  expect((await migrationStates(db)).map(({ ranAt }) => ranAt)).toEqual(MIGRATIONS.map(() => null));
  await migrate(db);
  await requireMigrated(db);
  expect((await migrationStates(db)).every(({ ranAt }) => ranAt instanceof Date)).toBe(true);
});

it('a migration that fails half-way leaves nothing of itself behind', async () => {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => ({
        '0001-good': { up: (any) => any.schema.createTable('good').addColumn('id', 'integer').execute() },
        '0002-bad': {
          up: async (any) => {
            await any.schema.createTable('half').addColumn('id', 'integer').execute();
            await any.schema.alterTable('good').addColumn('more', 'text').execute();
            throw new Error('the disk is full');
          },
        },
      }),
    },
  });
  const { error } = await migrator.migrateToLatest();
  expect(error).toMatchObject({ message: 'the disk is full' });
  expect(await tablesOf(db)).not.toContain('half');
  const good = (await db.introspection.getTables()).find((table) => table.name === 'good');
  expect(good?.columns.map((column) => column.name) ?? []).not.toContain('more');
  // The whole attempt is one transaction: it can simply be made again.
  expect(await migrate(db)).toEqual(MIGRATIONS);
});

it('two processes that write wait for one another instead of failing half-way', {
  timeout: 60_000,
}, async () => {
  await migrate(db);
  await db.insertInto('counters').values({ name: 'n', value: 0 }).execute();
  const script = `
    for (let n = 0; n < 200; n += 1)
      await db.transaction().execute(async (trx) => {
        const row = await trx.selectFrom('counters').select('value').where('name', '=', 'n').executeTakeFirst();
        await trx.updateTable('counters').set({ value: row.value + 1 }).where('name', '=', 'n').execute();
      });`;
  await Promise.all([inProcess(script), inProcess(script)]);
  const row = await db.selectFrom('counters').select('value').where('name', '=', 'n').executeTakeFirst();
  expect(row?.value).toBe(400);
});
