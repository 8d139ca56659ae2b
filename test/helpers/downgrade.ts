import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Database } from '../../src/store/database.ts';
import { copiedTables } from '../../src/store/table-shapes.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

/** Brings an empty database to what it was after the migration of that name, or the last one before it. */
export async function migrateTo(db: Database, last: string): Promise<void> {
  const known: Record<string, Migration> = {};
  for (const file of readdirSync(FOLDER).sort()) {
    const name = file.slice(0, -3);
    if (/^\d{4}-.*\.ts$/.test(file) && name <= last)
      known[name] = (await import(new URL(file, FOLDER).href)) as Migration;
  }
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => known },
  }).migrateToLatest();
  if (error) throw error;
}

/** Makes a SQLite database what an earlier version would have: its tables with its columns, and the rows that fit. */
export async function downgradeTo(db: Database, last: string): Promise<void> {
  const tables = await copiedTables(db);
  const rows = new Map<string, object[]>();
  for (const { name } of tables)
    rows.set(name, (await sql<object>`select * from ${sql.table(name)}`.execute(db)).rows);
  await sql`pragma foreign_keys = 0`.execute(db);
  for (const { name } of await db.introspection.getTables({ withInternalKyselyTables: true }))
    await sql`drop table ${sql.table(name)}`.execute(db);
  await migrateTo(db, last);
  const there = new Map((await db.introspection.getTables()).map((table) => [table.name, table.columns]));
  for (const { name } of tables) {
    const columns = there.get(name)?.map((column) => column.name);
    if (!columns) continue;
    for (const row of rows.get(name) ?? [])
      await db
        .insertInto(name as never)
        .values(
          Object.fromEntries(Object.entries(row).filter(([column]) => columns.includes(column))) as never,
        )
        .execute();
  }
  await sql`pragma foreign_keys = 1`.execute(db);
}
