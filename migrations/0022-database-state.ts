import { type Kysely, sql } from 'kysely';

/**
 * What a database knows of itself: a mark that tells it from an older copy, when a bot last lived on it, and where it
 * was moved to. And which requests come from a backup: what became of them since has to be looked at first.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('database_state')
    .addColumn('id', 'integer', (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn('mark', 'text', (c) => c.notNull())
    .addColumn('alive_at', 'bigint')
    .addColumn('backed_up_at', 'bigint')
    .addColumn('moved_to', 'text')
    .addColumn('moved_at', 'bigint')
    .execute();
  await db.schema.alterTable('approval_requests').addColumn('restored_from', 'bigint').execute();
  await db.schema
    .alterTable('approval_requests')
    .addColumn('unreconciled', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex('approval_requests_unreconciled')
    .on('approval_requests')
    .column('number')
    .where(sql.ref('unreconciled'), '=', sql.lit(1))
    .execute();
}
