import { type Kysely, sql } from 'kysely';

/**
 * An organization may have several workspaces: a card says in which one it stands. '' = the only workspace there was
 * when the card was made.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('cards')
    .addColumn('tenant', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  await sql`update cards set tenant = coalesce(
    (select i.tenant from identities i where i.organization_id = cards.organization_id
      and i.platform = cards.platform and i.external_id = cards.target_id and i.person_id = cards.person_id
      limit 1), '')
    where target_kind = 'person'`.execute(db);
}
