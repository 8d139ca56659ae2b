import type { Kysely } from 'kysely';

/** Runs that are long over are found to be forgotten, and who else is connected to an account. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('followed_executions_at').on('followed_executions').column('at').execute();
  await db.schema
    .createIndex('harness_connections_sharing')
    .on('harness_connections')
    .columns(['account', 'organization_id'])
    .execute();
}
