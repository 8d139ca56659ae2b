import type { Kysely } from 'kysely';

/** Workflows whose machines are checks that people wait for, and what a vote rests on. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('approval_workflows')
    .addColumn('checks_first', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('votes').addColumn('link', 'text').execute();
}
