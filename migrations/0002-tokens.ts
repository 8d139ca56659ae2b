import { type Kysely, sql } from 'kysely';

/** Tokens of the management API, bound to a person or a machine. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tokens')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    // SHA-256 of a 256-bit random secret; the secret itself is nowhere.
    .addColumn('hash', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('person_id', 'bigint', (c) => c.notNull().references('people.id'))
    .addColumn('role', 'text', (c) => c.notNull().check(sql`role in ('admin', 'member', 'pipeline')`))
    .addColumn('scope', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    // For ever: requests and webhook ids are kept under the name of the token that brought them.
    .addUniqueConstraint('tokens_name', ['organization_id', 'name'])
    .execute();
  await db.schema.createIndex('tokens_person').on('tokens').column('person_id').execute();
}
