import { type Kysely, sql } from 'kysely';

/** What keeps the lists of requests, slots and audit fast at size: slots that need no join, totals, indexes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await slotStates(db);
  await countAll(db, 'approval_requests', {
    status: 'status',
    event_status: `event_id || ':' || status`,
  });
  await countAll(db, 'slots', { state: 'state', approval_workflow_id: 'approval_workflow_id' });
  await countAll(db, 'audit_events', { action: 'action', via: 'via' });

  for (const [name, columns] of [
    ['approval_requests_newest', ['organization_id', 'number']],
    ['approval_requests_event', ['organization_id', 'event_id', 'number']],
    ['approval_requests_event_status', ['organization_id', 'event_id', 'status', 'number']],
    ['approval_requests_opener', ['organization_id', 'opened_by', 'number']],
    ['approval_requests_execution', ['organization_id', 'execution_id', 'number']],
    ['approval_requests_created', ['organization_id', 'created_at', 'number']],
    ['approval_requests_status_created', ['organization_id', 'status', 'created_at', 'number']],
    ['approval_requests_requester', ['requester_id', 'number']],
  ] as const)
    await db.schema
      .createIndex(name)
      .on('approval_requests')
      .columns([...columns])
      .execute();
  await db.schema.createIndex('cards_person').on('cards').columns(['person_id', 'request_id']).execute();
  for (const column of ['action', 'person_id', 'via', 'at'])
    await db.schema
      .createIndex(`audit_events_${column}`)
      .on('audit_events')
      .columns(['organization_id', column, 'id'])
      .execute();
}

async function countAll(
  db: Kysely<unknown>,
  list: string,
  buckets: Readonly<Record<string, string>>,
): Promise<void> {
  const table = sql.table(list);
  await sql`insert into list_totals (organization_id, list, bucket, total)
    select organization_id, ${sql.lit(list)}, '', count(*) from ${table} group by organization_id`.execute(
    db,
  );
  for (const [name, value] of Object.entries(buckets))
    await sql`insert into list_totals (organization_id, list, bucket, total)
      select organization_id, ${sql.lit(list)}, ${sql.lit(`${name}=`)} || (${sql.raw(value)}), count(*)
      from ${table} group by organization_id, ${sql.raw(value)}`.execute(db);
}

/** What a slot has come to, and its request's number, status and workflow, beside it: so that lists of slots need no join. */
async function slotStates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('slots')
    .addColumn('request_number', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('slots')
    .addColumn('approval_workflow_id', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('slots')
    .addColumn('request_status', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  await db.schema
    .alterTable('slots')
    .addColumn('state', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  await sql`update slots set
      approval_workflow_id = (select r.approval_workflow_id from approval_requests r where r.id = slots.request_id),
      request_number = (select r.number from approval_requests r where r.id = slots.request_id),
      request_status = (select r.status from approval_requests r where r.id = slots.request_id)`.execute(db);
  await sql`update slots set state = case
      when person_id is null then 'vacant'
      else coalesce(
        (select case v.action when 'APPROVE' then 'approved' else 'rejected' end
           from votes v join approval_requests r on r.id = v.request_id
          where v.request_id = slots.request_id and v.person_id = slots.person_id
            and v.content_version = r.content_version and v.void_because is null),
        case request_status when 'WAITING' then 'pending' else 'closed' end)
      end`.execute(db);
  for (const [name, columns] of [
    ['slots_newest', ['organization_id', 'id']],
    ['slots_workflow', ['organization_id', 'approval_workflow_id', 'id']],
    ['slots_state', ['organization_id', 'state', 'id']],
    ['slots_person_state', ['person_id', 'state', 'id']],
    ['slots_person_number', ['person_id', 'request_number']],
    ['slots_person_status', ['person_id', 'request_status', 'request_number']],
  ] as const)
    await db.schema
      .createIndex(name)
      .on('slots')
      .columns([...columns])
      .execute();
}
