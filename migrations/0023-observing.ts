import { type Kysely, sql } from 'kysely';

/** What metrics read is found by an index; a request knows its trace, and when its first card was shown. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [column, type] of [
    ['traceparent', 'text'],
    ['first_card_at', 'bigint'],
  ] as const)
    await db.schema.alterTable('approval_requests').addColumn(column, type).execute();
  await db.schema.createIndex('list_totals_by_list').on('list_totals').columns(['list', 'bucket']).execute();
  await db.schema
    .createIndex('approval_requests_held')
    .on('approval_requests')
    .column('problem')
    .where(sql.ref('status'), '=', sql.lit('WAITING'))
    .where(sql.ref('problem'), 'is not', sql.lit(null))
    .execute();
  await db.schema
    .createIndex('outbox_dead')
    .on('outbox')
    .column('kind')
    .where(sql.ref('state'), '=', sql.lit('dead'))
    .execute();
  await db.schema
    .createIndex('submissions_unsettled')
    .on('submissions')
    .columns(['state', 'created_at'])
    .where(sql.ref('state'), 'in', sql`('queued', 'sending', 'partial', 'needs_input', 'ambiguous', 'dead')`)
    .execute();
}
