import { type Kysely, sql } from 'kysely';

/** Each lane finds what is due of its own kinds, however much of another kind waits; and what is claimed, by that alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('outbox_kind_due')
    .on('outbox')
    .columns(['kind', 'run_at'])
    .where(sql.ref('state'), '=', sql.lit('due'))
    .execute();
  await db.schema
    .createIndex('outbox_claimed')
    .on('outbox')
    .column('leased_until')
    .where(sql.ref('leased_until'), '>', sql.lit(0))
    .execute();
}
