import { type Kysely, sql } from 'kysely';

const DAY_MS = 86_400_000;

/** What keeps deep pages fast: one approver's slots and one person's cards by index alone, and rows counted per day. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('cards')
    .addColumn('request_number', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('cards')
    .addColumn('request_status', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  await sql`update cards set
    request_number = (select number from approval_requests where approval_requests.id = cards.request_id),
    request_status = (select status from approval_requests where approval_requests.id = cards.request_id)`.execute(
    db,
  );
  for (const [name, table, columns] of [
    ['slots_approver', 'slots', ['organization_id', 'person_id', 'id']],
    ['slots_approver_state', 'slots', ['organization_id', 'person_id', 'state', 'id']],
    ['cards_person_number', 'cards', ['person_id', 'request_number']],
    ['cards_person_status', 'cards', ['person_id', 'request_status', 'request_number']],
    ['approval_requests_requester_status', 'approval_requests', ['requester_id', 'status', 'number']],
  ] as const)
    await db.schema
      .createIndex(name)
      .on(table)
      .columns([...columns])
      .execute();

  await db.schema
    .createTable('day_totals')
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('list', 'text', (c) => c.notNull())
    .addColumn('day', 'bigint', (c) => c.notNull())
    .addColumn('total', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('day_totals_key', ['organization_id', 'list', 'day'])
    .execute();
  for (const [list, column] of [
    ['approval_requests', 'created_at'],
    ['audit_events', 'at'],
  ] as const) {
    const day = sql`${sql.ref(column)} / ${sql.lit(DAY_MS)}`;
    await sql`insert into day_totals (organization_id, list, day, total)
      select organization_id, ${sql.lit(list)}, ${day}, count(*)
      from ${sql.table(list)} group by organization_id, ${day}`.execute(db);
  }
}
