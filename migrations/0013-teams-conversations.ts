import { type Kysely, sql } from 'kysely';

/** Where the bot talks in Teams: one conversation per person, channel and group chat. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('teams_conversations')
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('tenant', 'text', (c) => c.notNull())
    .addColumn('external_id', 'text', (c) => c.notNull())
    .addColumn('scope', 'text', (c) => c.notNull().check(sql`scope in ('personal', 'channel', 'group')`))
    .addColumn('conversation_id', 'text', (c) => c.notNull())
    .addColumn('service_url', 'text', (c) => c.notNull())
    .addColumn('mri', 'text')
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('active', 'blocked', 'removed')`))
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('teams_conversations_one_each', ['organization_id', 'tenant', 'external_id'])
    .execute();
  await db.schema
    .createIndex('teams_conversations_id')
    .on('teams_conversations')
    .columns(['organization_id', 'tenant', 'conversation_id'])
    .execute();
}
