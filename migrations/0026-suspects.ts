import { type Kysely, sql } from 'kysely';

/** Finds what was claimed by workers that died again and again, among all that is owed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('outbox_suspects')
    .on('outbox')
    .column('leased_until')
    .where(sql.ref('crashes'), '>=', sql.lit(6))
    .execute();
}
