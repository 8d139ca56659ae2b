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

  await db.schema
    .createIndex('cards_tenant')
    .on('cards')
    .columns(['organization_id', 'tenant', 'request_status'])
    .execute();
}
