import type { Kysely } from 'kysely';

/** What failed or was throttled rests until then, however often it is owed meanwhile. Epoch ms; 0 = it does not rest. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('outbox')
    .addColumn('paused_until', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
}
