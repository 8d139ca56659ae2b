import { type Kysely, sql } from 'kysely';

/**
 * Workspaces that installed the app by OAuth, and the one-time links that let them. A workspace belongs to one
 * organization for ever, unless an operator releases it; tokens are kept encrypted.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('slack_installations')
    .addColumn('team_id', 'text', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('enterprise_id', 'text')
    .addColumn('team_name', 'text', (c) => c.notNull())
    .addColumn('app_id', 'text', (c) => c.notNull())
    .addColumn('bot_user_id', 'text', (c) => c.notNull())
    .addColumn('bot_id', 'text')
    .addColumn('scopes', 'text', (c) => c.notNull())
    .addColumn('bot_token', 'text')
    .addColumn('refresh_token', 'text')
    .addColumn('token_version', 'bigint', (c) => c.notNull().defaultTo(1))
    .addColumn('token_expires_at', 'bigint')
    .addColumn('refreshing_until', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('reinstall_because', 'text')
    .addColumn('manager_field_id', 'text')
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('active', 'removed')`))
    .addColumn('installed_by', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('slack_installations_organization')
    .on('slack_installations')
    .columns(['organization_id', 'created_at'])
    .execute();

  await db.schema
    .createTable('install_links')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('issued_by', 'bigint', (c) => c.references('people.id'))
    .addColumn('issued_via', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint')
    .addColumn('used_by_team', 'text')
    .execute();
  await db.schema
    .createIndex('install_links_organization')
    .on('install_links')
    .columns(['organization_id', 'expires_at'])
    .execute();

  await rebuildCards(db);
}

/**
 * The same account id in two workspaces is two accounts: a request's cards are one per target and workspace. SQLite
 * changes no constraint in place, so the table is made anew.
 */
async function rebuildCards(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('cards_anew')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('request_id', 'text', (c) => c.notNull().references('approval_requests.id'))
    .addColumn('request_number', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('request_status', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('tenant', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('target_kind', 'text', (c) => c.notNull().check(sql`target_kind in ('person', 'channel')`))
    .addColumn('target_id', 'text', (c) => c.notNull())
    .addColumn('person_id', 'bigint', (c) => c.references('people.id'))
    .addColumn('part', 'text', (c) =>
      c.notNull().check(sql`part in ('approver', 'subscriber', 'requester', 'admin', 'former')`),
    )
    .addColumn('state', 'text', (c) =>
      c.notNull().check(sql`state in ('pending', 'posting', 'posted', 'unreachable', 'gone')`),
    )
    .addColumn('channel', 'text')
    .addColumn('message', 'text')
    .addColumn('posting_since', 'bigint')
    .addColumn('detail', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('cards_one_per_place', [
      'request_id',
      'platform',
      'tenant',
      'target_kind',
      'target_id',
    ])
    .execute();
  const columns = sql.raw(
    'id, organization_id, request_id, request_number, request_status, platform, tenant, target_kind, target_id, person_id, part, state, channel, message, posting_since, detail, created_at',
  );
  await sql`insert into cards_anew (${columns}) select ${columns} from cards`.execute(db);
  await db.schema.dropTable('cards').execute();
  await db.schema.alterTable('cards_anew').renameTo('cards').execute();
  for (const [name, indexed] of [
    ['cards_person', ['person_id', 'request_id']],
    ['cards_person_number', ['person_id', 'request_number']],
    ['cards_person_status', ['person_id', 'request_status', 'request_number']],
    ['cards_tenant', ['organization_id', 'tenant', 'request_status', 'request_number']],
  ] as const)
    await db.schema
      .createIndex(name)
      .on('cards')
      .columns([...indexed])
      .execute();
}
