import { type Kysely, sql } from 'kysely';

/** Finished requests are found by when they changed last, and what came with them by the request. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('approval_requests_finished')
    .on('approval_requests')
    .column('updated_at')
    .where(sql.ref('status'), '!=', sql.lit('WAITING'))
    .execute();
  await db.schema
    .createIndex('webhook_messages_request')
    .on('webhook_messages')
    .column('request_id')
    .execute();
  await db.schema.createIndex('notices_created').on('notices').column('created_at').execute();
}
