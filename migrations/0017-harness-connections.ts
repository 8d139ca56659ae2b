import { type Kysely, sql } from 'kysely';

/**
 * The Harness accounts an organization is connected to, and the one-time links by which an admin hands over a key. The
 * connection of the environment has a row, too, for its state; its key is in the environment alone.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('harness_connections')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('source', 'text', (c) => c.notNull().check(sql`source in ('environment', 'stored')`))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('base_url', 'text', (c) => c.notNull())
    .addColumn('path_prefix', 'text', (c) => c.notNull())
    .addColumn('api_key', 'text')
    .addColumn('revision', 'bigint', (c) => c.notNull().defaultTo(1))
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('active', 'paused', 'removed')`))
    .addColumn('paused_because', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('unhealthy_because', 'text')
    .addColumn('unhealthy_at', 'bigint')
    .addColumn('checked_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addColumn('removed_at', 'bigint')
    .execute();
  for (const [index, column] of [
    ['harness_connections_name', 'name'],
    ['harness_connections_account', 'account'],
  ] as const)
    await db.schema
      .createIndex(index)
      .unique()
      .on('harness_connections')
      .columns(['organization_id', column])
      .where(sql.ref('removed_at'), 'is', sql.lit(null))
      .execute();

  await db.schema
    .createTable('connection_links')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('person_id', 'bigint', (c) => c.notNull().references('people.id'))
    .addColumn('connection_id', 'bigint', (c) => c.references('harness_connections.id'))
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('connection_links_person')
    .on('connection_links')
    .columns(['person_id', 'expires_at'])
    .execute();
}
