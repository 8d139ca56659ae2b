import { type Kysely, PostgresAdapter, sql } from 'kysely';

/**
 * The pace of calls to platforms that instances share (on SQLite there is one, which keeps it in memory). Not logged on
 * PostgreSQL: it changes with every call, and after a crash of the server calls may begin anew.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const table = db.schema
    .createTable('rate_budgets')
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('used_until', 'bigint', (column) => column.notNull())
    .addColumn('not_before', 'bigint', (column) => column.notNull());
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  await (isPostgres ? table.modifyFront(sql`unlogged`) : table).execute();
}
