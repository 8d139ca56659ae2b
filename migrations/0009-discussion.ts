import { type Kysely, sql } from 'kysely';

/** Questions about a request with their answers, and what is told in the thread below a card, each once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('questions')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('request_id', 'text', (c) => c.notNull().references('approval_requests.id'))
    .addColumn('asker_id', 'bigint', (c) => c.notNull().references('people.id'))
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('asked_at', 'bigint', (c) => c.notNull())
    .addColumn('answer', 'text')
    .addColumn('answered_by', 'bigint', (c) => c.references('people.id'))
    .addColumn('answered_at', 'bigint')
    .execute();
  await db.schema.createIndex('questions_request').on('questions').columns(['request_id', 'id']).execute();

  await db.schema
    .createTable('card_replies')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('card_id', 'text', (c) => c.notNull().references('cards.id'))
    .addColumn('reply_key', 'text', (c) => c.notNull())
    .addColumn('line', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) =>
      c.notNull().check(sql`state in ('pending', 'posting', 'posted', 'given_up')`),
    )
    .addColumn('posting_since', 'bigint')
    .addColumn('message', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('card_replies_once', ['card_id', 'reply_key'])
    .execute();
  await db.schema
    .createIndex('card_replies_card_state')
    .on('card_replies')
    .columns(['card_id', 'state', 'id'])
    .execute();
}
