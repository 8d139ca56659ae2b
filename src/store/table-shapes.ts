import { sql } from 'kysely';
import type { Reader } from './database.ts';
import { isShared } from './engine.ts';

/** What a table looks like to whoever copies it. */
export interface TableShape {
  name: string;
  /** By name, so that both engines say them in one order. */
  columns: readonly string[];
  /** The columns that tell a row from all others and give the rows an order: the primary key. */
  key: readonly string[];
  /** Columns that name another row of the same table. */
  ownReferences: readonly string[];
}

interface Reference {
  source: string;
  column: string;
  target: string;
}

/** Kysely's own, and what a database knows of itself alone. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kysely_migration',
  'kysely_migration_lock',
  'database_state',
]);

/** The tables that hold data, each after those whose rows its own name. */
export async function copiedTables(db: Reader): Promise<TableShape[]> {
  const found = await db.introspection.getTables();
  const references = await (isShared(db) ? postgresReferences(db) : sqliteReferences(db));
  const keys = await (isShared(db) ? postgresKeys(db) : sqliteKeys(db));
  const shapes = found
    .filter(({ name, isView }) => !isView && !NOT_COPIED.has(name))
    .map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => column.name).sort(),
      key: keys.get(name) ?? [],
      ownReferences: references
        .filter(({ source, target }) => source === name && target === name)
        .map(({ column }) => column),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return inOrder(shapes, references);
}

function inOrder(shapes: readonly TableShape[], references: readonly Reference[]): TableShape[] {
  const ordered: TableShape[] = [];
  const left = new Map(shapes.map((shape) => [shape.name, shape]));
  while (left.size > 0) {
    const free = [...left.values()].filter(({ name }) =>
      references.every(({ source, target }) => source !== name || target === name || !left.has(target)),
    );
    if (free.length === 0) throw new Error(`tables refer to one another: ${[...left.keys()].join(', ')}`);
    for (const shape of free) {
      ordered.push(shape);
      left.delete(shape.name);
    }
  }
  return ordered;
}

async function sqliteReferences(db: Reader): Promise<Reference[]> {
  const { rows } = await sql<Reference>`
    select m.name as source, f."from" as "column", f."table" as target
    from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'`.execute(db);
  return rows;
}

/** Where there is no primary key, a uniqueness of columns that are never empty does. */
async function sqliteKeys(db: Reader): Promise<Map<string, string[]>> {
  const { rows } = await sql<Part>`
    select m.name as source, t.name as "column", '' as of
    from sqlite_master m join pragma_table_info(m.name) t
    where m.type = 'table' and t.pk > 0
    union all
    select m.name, t.name, i.name
    from sqlite_master m join pragma_index_list(m.name) i join pragma_index_info(i.name) t
    where m.type = 'table' and i.origin = 'u'
    order by 1, 3`.execute(db);
  return firstOfEach(rows);
}

async function postgresReferences(db: Reader): Promise<Reference[]> {
  const { rows } = await sql<Reference>`
    select c.conrelid::regclass::text as source, a.attname as "column", c.confrelid::regclass::text as target
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
    where c.contype = 'f' and c.connamespace = current_schema()::regnamespace`.execute(db);
  return rows;
}

async function postgresKeys(db: Reader): Promise<Map<string, string[]>> {
  const { rows } = await sql<Part>`
    select c.conrelid::regclass::text as source, a.attname as "column",
      case when c.contype = 'p' then '' else c.conname::text end as of
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
    where c.contype in ('p', 'u') and c.connamespace = current_schema()::regnamespace
    order by 1, 3`.execute(db);
  return firstOfEach(rows);
}

interface Part {
  source: string;
  column: string;
  of: string;
}

/** Per table the columns of the first key that is named, in the order of their names: any order of all rows will do. */
function firstOfEach(rows: readonly Part[]): Map<string, string[]> {
  const keys = new Map<string, { of: string; columns: string[] }>();
  for (const { source, column, of } of rows) {
    const key = keys.get(source) ?? { of, columns: [] };
    if (key.of === of) key.columns.push(column);
    keys.set(source, key);
  }
  return new Map([...keys].map(([source, { columns }]) => [source, columns.sort()]));
}
