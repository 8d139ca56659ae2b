import { type Kysely, sql } from 'kysely';

/** What the management API adds: Productive's attributes, pending identity changes, kept totals, list indexes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addColumns(db);
  await splitNames(db as Kysely<PeopleNames>);

  await db.schema
    .createTable('identity_changes')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('person_id', 'bigint', (c) => c.notNull().references('people.id'))
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('tenant', 'text', (c) => c.notNull())
    .addColumn('external_id', 'text', (c) => c.notNull())
    .addColumn('standing', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) =>
      c.notNull().check(sql`state in ('pending', 'confirmed', 'declined', 'replaced')`),
    )
    .addColumn('requested_by', 'bigint')
    .addColumn('requested_via', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('settled_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('identity_changes_pending')
    .unique()
    .on('identity_changes')
    .columns(['person_id', 'platform'])
    .where(sql.ref('state'), '=', sql.lit('pending'))
    .execute();
  await db.schema
    .createIndex('identity_changes_account')
    .on('identity_changes')
    .columns(['platform', 'tenant', 'external_id', 'state'])
    .execute();

  // Kept by the store in the transaction that changes the rows; bucket '' is all of them.
  await db.schema
    .createTable('list_totals')
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('list', 'text', (c) => c.notNull())
    .addColumn('bucket', 'text', (c) => c.notNull())
    .addColumn('total', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('list_totals_key', ['organization_id', 'list', 'bucket'])
    .execute();
  await countAll(db);
  await addIndexes(db);
}

async function addColumns(db: Kysely<unknown>): Promise<void> {
  const people = ['first_name', 'last_name'] as const;
  for (const column of people)
    await db.schema
      .alterTable('people')
      .addColumn(column, 'text', (c) => c.notNull().defaultTo(''))
      .execute();
  await db.schema.alterTable('people').addColumn('title', 'text').execute();
  for (const column of ['color_id', 'icon_id'])
    await db.schema.alterTable('events').addColumn(column, 'text').execute();
  await db.schema
    .alterTable('events')
    .addColumn('event_type_id', 'integer', (c) => c.notNull().defaultTo(1))
    .execute();
  await db.schema
    .alterTable('events')
    .addColumn('limitation_type_id', 'integer', (c) => c.notNull().defaultTo(4))
    .execute();
  for (const column of ['half_day_bookings', 'sync_personal_integrations'])
    await db.schema
      .alterTable('events')
      .addColumn(column, 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
  await db.schema
    .alterTable('events')
    .addColumn('absence_type', 'text', (c) => c.notNull().defaultTo('time_off'))
    .execute();
}

interface PeopleNames {
  people: { id: number; name: string; first_name: string; last_name: string };
}

/** The first word is the first name, the rest the last name. */
async function splitNames(db: Kysely<PeopleNames>): Promise<void> {
  for (const { id, name } of await db.selectFrom('people').select(['id', 'name']).execute()) {
    const [first = '', ...rest] = name.trim().split(/\s+/);
    await db
      .updateTable('people')
      .set({ first_name: first, last_name: rest.join(' ') })
      .where('id', '=', id)
      .execute();
  }
}

const ARCHIVED = '(case when archived_at is null then 1 else 2 end)';
const DEACTIVATED = `(case when status = 'active' and archived_at is null then 1 else 2 end)`;

async function countAll(db: Kysely<unknown>): Promise<void> {
  await count(db, 'approval_workflows', [
    ['event_id', 'event_id'],
    ['approval_policy_id', 'approval_policy_id'],
  ]);
  await count(db, 'approval_policies', [['status', ARCHIVED]]);
  await count(db, 'approval_policy_assignments', [['approval_policy_id', 'approval_policy_id']]);
  await count(db, 'events', [['status', ARCHIVED]]);
  await count(db, 'people', [
    ['status', DEACTIVATED],
    ['role', 'role'],
    ['manager_id', 'manager_id'],
  ]);
}

async function count(
  db: Kysely<unknown>,
  list: string,
  buckets: readonly (readonly [string, string])[],
): Promise<void> {
  const table = sql.table(list);
  await sql`insert into list_totals (organization_id, list, bucket, total)
    select organization_id, ${sql.lit(list)}, '', count(*) from ${table} group by organization_id`.execute(
    db,
  );
  for (const [name, expression] of buckets) {
    const value = sql.raw(expression);
    await sql`insert into list_totals (organization_id, list, bucket, total)
      select organization_id, ${sql.lit(list)}, ${sql.lit(`${name}=`)} || cast(${value} as text), count(*)
      from ${table} where ${value} is not null group by organization_id, ${value}`.execute(db);
  }
}

/** Every filter and sort of a list has an index that also gives the order by id. */
async function addIndexes(db: Kysely<unknown>): Promise<void> {
  const lists = {
    approval_workflows: ['event_id', 'approval_policy_id', 'target_type_id'],
    approval_policies: ['lower(name)', 'lower(slug)', 'type_id', ARCHIVED],
    approval_policy_assignments: ['approval_policy_id', 'target_id'],
    events: ['lower(name)', 'lower(slug)', ARCHIVED],
    people: [
      'lower(name)',
      'lower(first_name)',
      'lower(last_name)',
      'lower(email)',
      'manager_id',
      'role',
      'kind',
      DEACTIVATED,
    ],
  };
  for (const [table, keys] of Object.entries(lists)) {
    await db.schema.createIndex(`${table}_list`).on(table).columns(['organization_id', 'id']).execute();
    for (const [i, key] of keys.entries())
      await sql`create index ${sql.ref(`${table}_list_${i + 1}`)} on ${sql.table(table)}
        (organization_id, ${sql.raw(key)}, id)`.execute(db);
  }
  // Two workflows without an event are two for the same thing (R6); NULLs alone would not clash.
  await db.schema
    .createIndex('approval_workflows_one_without_event')
    .unique()
    .on('approval_workflows')
    .columns(['organization_id', 'approval_policy_id', 'target_type_id'])
    .where(sql.ref('event_id'), 'is', sql.lit(null))
    .execute();
}
