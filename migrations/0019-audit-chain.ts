import { type Kysely, sql } from 'kysely';

/**
 * Each audit line names the hash of the one before, per organization; the head of each chain is a row of its own. Lines
 * from before are chained when the bot starts: SQL has no SHA-256 (`late_until` says up to which id).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('audit_events').addColumn('seq', 'bigint').execute();
  for (const column of ['salt', 'content_hash', 'previous_hash', 'hash'])
    await db.schema.alterTable('audit_events').addColumn(column, 'text').execute();
  await db.schema
    .createIndex('audit_events_chain')
    .unique()
    .on('audit_events')
    .columns(['organization_id', 'seq'])
    .execute();
  await db.schema
    .createTable('audit_chains')
    .addColumn('organization_id', 'bigint', (c) => c.primaryKey().references('organizations.id'))
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addColumn('late_until', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`insert into audit_chains (organization_id, seq, hash, late_until)
    select organization_id, 0, '', max(id) from audit_events group by organization_id`.execute(db);
}
