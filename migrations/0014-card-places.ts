import type { Kysely } from 'kysely';

/** Which card is at a message: a card that is found again is not taken for another one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('cards_place').on('cards').columns(['channel', 'message']).execute();
}
