import { sql } from 'kysely';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { ListShape } from './list-query.ts';
import { keepTotals } from './list-totals.ts';
import type { Row } from './schema.ts';

/** A pipeline of Harness by its identifiers; account '' = in any account. */
export interface PipelineKey {
  account: string;
  org: string;
  project: string;
  pipeline: string;
}

/** Which event a gate of this pipeline is, where a notification alone tells of it. */
export interface PipelineEventRecord extends PipelineKey {
  id: number;
  organizationId: number;
  eventId: number;
  createdAt: number;
  updatedAt: number;
}

const LIST = 'pipeline_events';

export const PIPELINE_EVENTS: ListShape = {
  table: LIST,
  filters: {
    id: { kind: 'integer', sql: sql`id` },
    event_id: { kind: 'integer', sql: sql`event_id` },
    account_identifier: { kind: 'text', sql: sql`account` },
    org_identifier: { kind: 'text', sql: sql`org` },
    project_identifier: { kind: 'text', sql: sql`project` },
    pipeline_identifier: { kind: 'text', sql: sql`pipeline` },
  },
  sorts: { id: sql`id`, pipeline_identifier: sql`lower(pipeline)` },
  kept: ['event_id'],
};

function toRecord(row: Row<'pipeline_events'>): PipelineEventRecord {
  const { id, account, org, project, pipeline } = row;
  return {
    ...{ id, account, org, project, pipeline },
    organizationId: row.organization_id,
    eventId: row.event_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Mappings of one organization by id; others are left out. */
export async function pipelineEventsById(
  db: Reader,
  organizationId: number,
  ids: Iterable<number>,
): Promise<Map<number, PipelineEventRecord>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom(LIST)
    .selectAll()
    .where('id', 'in', wanted)
    .where('organization_id', '=', organizationId)
    .execute();
  return new Map(rows.map((row) => [row.id, toRecord(row)]));
}

/** The mapping with exactly this key. */
export async function pipelineEventByKey(
  db: Reader,
  organizationId: number,
  key: PipelineKey,
): Promise<PipelineEventRecord | null> {
  const row = await db
    .selectFrom(LIST)
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('org', '=', key.org)
    .where('project', '=', key.project)
    .where('pipeline', '=', key.pipeline)
    .where('account', '=', key.account)
    .executeTakeFirst();
  return row ? toRecord(row) : null;
}

/** The event that this pipeline's gates are; a mapping for its account goes before one for any. */
export async function eventIdOfPipeline(
  db: Reader,
  organizationId: number,
  key: PipelineKey,
): Promise<number | null> {
  const own = await pipelineEventByKey(db, organizationId, key);
  return (own ?? (await pipelineEventByKey(db, organizationId, { ...key, account: '' })))?.eventId ?? null;
}

export async function addPipelineEvent(
  trx: Trx,
  organizationId: number,
  mapping: PipelineKey & { eventId: number },
  now: number,
): Promise<number> {
  const id = await nextId(trx, LIST);
  const { account, org, project, pipeline, eventId } = mapping;
  await trx
    .insertInto(LIST)
    .values({
      ...{ id, account, org, project, pipeline },
      organization_id: organizationId,
      event_id: eventId,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await keepTotals(trx, organizationId, LIST, null, { event_id: eventId });
  return id;
}

/** Writes the members that are given and no other. */
export async function changePipelineEvent(
  trx: Trx,
  before: PipelineEventRecord,
  change: Partial<PipelineKey & { eventId: number }>,
  now: number,
): Promise<void> {
  const { eventId, ...key } = change;
  await trx
    .updateTable(LIST)
    .set({ ...key, ...(eventId !== undefined && { event_id: eventId }), updated_at: now })
    .where('id', '=', before.id)
    .execute();
  const after = { event_id: eventId ?? before.eventId };
  await keepTotals(trx, before.organizationId, LIST, { event_id: before.eventId }, after);
}

export async function removePipelineEvent(trx: Trx, mapping: PipelineEventRecord): Promise<void> {
  await trx.deleteFrom(LIST).where('id', '=', mapping.id).execute();
  await keepTotals(trx, mapping.organizationId, LIST, { event_id: mapping.eventId }, null);
}

/** Up to `limit` mappings to this event, the oldest first. */
export async function pipelineEventsOf(
  db: Reader,
  organizationId: number,
  eventId: number,
  limit: number,
): Promise<PipelineEventRecord[]> {
  const rows = await db
    .selectFrom(LIST)
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('event_id', '=', eventId)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toRecord);
}
