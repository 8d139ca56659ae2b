import { type Kysely, sql } from 'kysely';

const COLUMNS = [
  ...['id', 'organization_id', 'account', 'org', 'project', 'execution_id', 'pipeline', 'url', 'token'],
  ...['event_id', 'why', 'at', 'refused', 'created_at'],
];

/** A run is followed once for each token that told of it, so that none can stand in the way of another's. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('followed_by_token')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('org', 'text', (c) => c.notNull())
    .addColumn('project', 'text', (c) => c.notNull())
    .addColumn('execution_id', 'text', (c) => c.notNull())
    .addColumn('pipeline', 'text', (c) => c.notNull())
    .addColumn('url', 'text')
    .addColumn('token', 'text', (c) => c.notNull())
    .addColumn('event_id', 'bigint')
    .addColumn('why', 'text', (c) => c.notNull().check(sql`why in ('waiting', 'ended')`))
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('refused', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('followed_by_token_one', [
      ...(['organization_id', 'account', 'org', 'project', 'execution_id', 'token'] as const),
    ])
    .execute();
  const columns = sql.join(COLUMNS.map((column) => sql.ref(column)));
  await sql`insert into followed_by_token (${columns}) select ${columns} from followed_executions`.execute(
    db,
  );
  await db.schema.dropTable('followed_executions').execute();
  await db.schema.alterTable('followed_by_token').renameTo('followed_executions').execute();
  await db.schema.createIndex('followed_executions_at').on('followed_executions').column('at').execute();
}
