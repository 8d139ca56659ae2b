import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/store/copy-database.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { isShared } from '../../src/store/engine.ts';
import { migrate } from '../../src/store/migrate.ts';
import { copiedTables } from '../../src/store/table-shapes.ts';
import { freshDatabase, onPostgres } from '../helpers/databases.ts';
import { migrateTo } from '../helpers/downgrade.ts';
import { rowsOfEveryVersion } from './rows-of-every-version.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);
const MIGRATIONS = readdirSync(FOLDER)
  .filter((name) => /^\d{4}-.*\.ts$/.test(name))
  .map((name) => name.slice(0, -3))
  .sort();

/** The rows that this version has tables and columns for; what it wants besides gets a harmless value. How many of each. */
async function fill(db: Database): Promise<ReadonlyMap<string, number>> {
  const tables = new Map((await db.introspection.getTables()).map((table) => [table.name, table.columns]));
  const filled = new Map<string, number>();
  for (const [table, row] of rowsOfEveryVersion()) {
    const columns = tables.get(table);
    if (!columns) continue;
    const whole: Record<string, unknown> = {};
    for (const { name, dataType, isNullable, hasDefaultValue } of columns) {
      if (name in row) whole[name] = row[name];
      else if (!isNullable && !hasDefaultValue)
        whole[name] = dataType.toLowerCase() === 'text' ? `${name} of ${table}` : 0;
    }
    await db
      .insertInto(table as never)
      .values(whole as never)
      .execute();
    filled.set(table, (filled.get(table) ?? 0) + 1);
  }
  return filled;
}

const NOW = 1_800_000_000_000;
/** An audit line is salted by chance, and hashed with its salt. */
const BY_CHANCE: ReadonlySet<string> = new Set(['salt', 'content_hash', 'previous_hash', 'hash']);

const TYPES: Readonly<Record<string, string>> = { int8: 'bigint', int4: 'integer' };

/** What a schema is, said alike for both engines: columns, nullability, indexes, uniqueness. */
async function factsOf(db: Database): Promise<string[]> {
  const shapes = await copiedTables(db);
  const tables = await db.introspection.getTables();
  const columns = tables.flatMap((table) =>
    table.columns.map(({ name, dataType, isNullable }) => {
      const isKey = shapes.find((shape) => shape.name === table.name)?.key.includes(name) ?? name === 'id';
      const type = dataType.toLowerCase();
      return `column ${table.name}.${name} ${TYPES[type] ?? type}${isNullable && !isKey ? ' null' : ''}`;
    }),
  );
  const { rows } = await (isShared(db) ? postgresIndexes(db) : sqliteIndexes(db));
  const indexes = rows.map(
    (one) =>
      `index ${one.source} (${one.columns}) ${one.made_by === 'index' ? one.name : 'constraint'}${Number(one.is_unique) === 1 ? ' unique' : ''}${Number(one.is_partial) === 1 ? ' partial' : ''}`,
  );
  return [...columns, ...indexes].filter((fact) => !fact.includes('kysely')).sort();
}

interface Index {
  source: string;
  name: string;
  columns: string;
  made_by: string;
  is_unique: number;
  is_partial: number;
}

const sqliteIndexes = (db: Database) =>
  sql<Index>`
    select m.name as source, i.name as name, case i.origin when 'c' then 'index' else 'constraint' end as made_by,
      i."unique" as is_unique, i.partial as is_partial,
      (select group_concat(coalesce(x.name, '(expression)'), ',') from
        (select name from pragma_index_info(i.name) order by seqno) x) as columns
    from sqlite_master m join pragma_index_list(m.name) i where m.type = 'table'
    union all
    select m.name, 'key', 'constraint', 1, 0, t.name from sqlite_master m join pragma_table_info(m.name) t
    where m.type = 'table' and t.pk > 0 and t.type <> 'TEXT' and
      not exists (select 1 from pragma_index_list(m.name) i where i.origin = 'pk')`.execute(db);

const postgresIndexes = (db: Database) =>
  sql<Index>`
    select t.relname as source, c.relname as name, case when k.oid is null then 'index' else 'constraint' end as made_by,
      case when i.indisunique then 1 else 0 end as is_unique, case when i.indpred is null then 0 else 1 end as is_partial,
      (select string_agg(coalesce(a.attname::text, '(expression)'), ',' order by p.place)
        from unnest(i.indkey::int[]) with ordinality p (attnum, place)
        left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = p.attnum and p.attnum > 0) as columns
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u')
    where t.relnamespace = current_schema()::regnamespace`.execute(db);

async function upgraded(db: Database, from: string) {
  await migrateTo(db, from);
  const filled = await fill(db);
  await migrate(db, NOW);
  const digests = [];
  for (const table of await copiedTables(db)) {
    const columns = table.columns.filter(
      (column) => !table.name.startsWith('audit_') || !BY_CHANCE.has(column),
    );
    digests.push([table.name, await digestOf(db, { ...table, columns })]);
  }
  const rows = Object.fromEntries(digests) as Record<string, { rows: number }>;
  const lost = [...filled].filter(([table, count]) => (rows[table]?.rows ?? 0) < count);
  return {
    filled: [...filled.values()].reduce((sum, count) => sum + count),
    lost,
    facts: await factsOf(db),
    rows,
  };
}

test.runIf(onPostgres())('six processes that migrate one fresh database at once all succeed', async () => {
  const { url, drop } = await freshDatabase({ empty: true });
  const up = () =>
    promisify(execFile)(process.execPath, ['src/cli/main.ts', 'migrate', 'up'], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { DATABASE_URL: url },
    });
  const said = await Promise.all(Array.from({ length: 6 }, up));
  const ran = said.flatMap(({ stdout }) => [...stdout.matchAll(/^Ran (.*)\.$/gm)].map(([, name]) => name));
  expect(ran.sort()).toEqual(MIGRATIONS);
  await drop();
});

describe.runIf(onPostgres())('every released schema, with data, upgraded on both engines', () => {
  let fresh: string[];
  beforeAll(async () => {
    const db = openDatabase('sqlite::memory:');
    await migrate(db);
    fresh = await factsOf(db);
    await db.destroy();
  });
  test.each(MIGRATIONS)('from %s', async (from) => {
    const server = await freshDatabase({ empty: true });
    const [one, other] = [openDatabase('sqlite::memory:'), openDatabase(server.url)];
    try {
      const [onSqlite, onServer] = [await upgraded(one, from), await upgraded(other, from)];
      expect(onSqlite.filled).toBeGreaterThan(15);
      expect(onSqlite.lost).toEqual([]);
      expect(onServer.facts).toEqual(onSqlite.facts);
      expect(onServer.rows).toEqual(onSqlite.rows);
      expect(onSqlite.facts).toEqual(fresh);
    } finally {
      await one.destroy();
      await other.destroy();
      await server.drop();
    }
  });
});
