import { type Kysely, sql } from 'kysely';

/**
 * Runs that Harness's own notifications are followed for, which event a pipeline's gates are, and requests that are one
 * gate's alone: several may wait in one run. A gate of its own gets the next generation of the run's key.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pipeline_events')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('account', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('org', 'text', (c) => c.notNull())
    .addColumn('project', 'text', (c) => c.notNull())
    .addColumn('pipeline', 'text', (c) => c.notNull())
    .addColumn('event_id', 'bigint', (c) => c.notNull().references('events.id'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('pipeline_events_one', ['organization_id', 'org', 'project', 'pipeline', 'account'])
    .execute();
  await db.schema
    .createIndex('pipeline_events_event')
    .on('pipeline_events')
    .columns(['organization_id', 'event_id', 'id'])
    .execute();
  await db.schema
    .createIndex('pipeline_events_list')
    .on('pipeline_events')
    .columns(['organization_id', 'id'])
    .execute();

  for (const part of ['account', 'org', 'project', 'pipeline'])
    await sql`create index ${sql.ref(`pipeline_events_${part}`)} on pipeline_events
      (organization_id, lower(${sql.ref(part)}), id)`.execute(db);

  await db.schema
    .createTable('followed_executions')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('org', 'text', (c) => c.notNull())
    .addColumn('project', 'text', (c) => c.notNull())
    .addColumn('execution_id', 'text', (c) => c.notNull())
    .addColumn('pipeline', 'text', (c) => c.notNull())
    .addColumn('url', 'text')
    .addColumn('token', 'text', (c) => c.notNull())
    .addColumn('event_id', 'bigint')
    .addColumn('why', 'text', (c) => c.notNull().check(sql`why in ('waiting', 'ended')`))
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('refused', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('followed_executions_one', [
      'organization_id',
      'account',
      'org',
      'project',
      'execution_id',
    ])
    .execute();

  await db.schema
    .alterTable('approval_requests')
    .addColumn('gate', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  await db.schema.dropIndex('approval_requests_live').execute();
  // R2: one live request per key and gate, whatever the generation.
  await db.schema
    .createIndex('approval_requests_live')
    .unique()
    .on('approval_requests')
    .columns(['organization_id', 'account', 'org', 'project', 'execution_id', 'callback_id', 'gate'])
    .where(sql.ref('status'), '=', sql.lit('WAITING'))
    .execute();
}
