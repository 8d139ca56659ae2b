import { sql } from 'kysely';
import { queryOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Database, Reader, Trx } from './database.ts';
import { type EventPipeline, replacePipelines } from './event-pipelines.ts';
import type { ListShape } from './list-query.ts';
import { keepTotals } from './list-totals.ts';
import type { NewRow, Row } from './schema.ts';

export interface WorkflowEvent {
  id: number;
  organizationId: number;
  name: string;
  slug: string;
}

/** An event as the management API shows it; the absence words are Productive's. */
export interface EventRecord extends WorkflowEvent {
  description: string | null;
  colorId: string | null;
  iconId: string | null;
  eventTypeId: number;
  limitationTypeId: number;
  halfDayBookings: boolean;
  syncPersonalIntegrations: boolean;
  absenceType: 'time_off' | 'remote_work';
  archivedAt: number | null;
  createdAt: number;
  updatedAt: number;
  pipelines: readonly EventPipeline[];
}

/** What of an event can be written; `undefined` members keep their value. */
export type EventColumns = Partial<Omit<EventRecord, 'id' | 'organizationId' | 'createdAt' | 'updatedAt'>>;

const STATUS = sql`(case when archived_at is null then 1 else 2 end)`;

export const EVENTS: ListShape = {
  table: 'events',
  filters: {
    id: { kind: 'integer', sql: sql`id` },
    name: { kind: 'text', sql: sql`name` },
    slug: { kind: 'text', sql: sql`slug` },
    absence_type: { kind: 'text', sql: sql`absence_type`, choices: ['time_off', 'remote_work'] },
    half_day_bookings: { kind: 'flag', sql: sql`half_day_bookings` },
    limitation_type: { kind: 'integer', sql: sql`limitation_type_id`, choices: ['2', '3', '4'] },
    limited: { kind: 'flag', sql: sql`(case when limitation_type_id = 4 then 0 else 1 end)` },
    status: { kind: 'integer', sql: STATUS, choices: ['1', '2'] },
    sync_personal_integrations: { kind: 'flag', sql: sql`sync_personal_integrations` },
  },
  sorts: { id: sql`id`, name: sql`lower(name)`, slug: sql`lower(slug)` },
  kept: ['status'],
};

function toEvent(row: Row<'events'>): WorkflowEvent {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    slug: row.slug,
  };
}

/** The event with this id or slug; archived ones are not found. */
export async function eventByIdOrSlug(
  db: Reader,
  organizationId: number,
  idOrSlug: string,
): Promise<WorkflowEvent | null> {
  const row = await named.first(db, { organizationId, ...idAndSlug(idOrSlug) });
  return row ? toEvent(row) : null;
}

/** As `eventByIdOrSlug`, with the pipelines it lists. */
export async function listedEvent(
  db: Reader,
  organizationId: number,
  idOrSlug: string,
): Promise<(WorkflowEvent & { pipelines: EventPipeline[] }) | null> {
  const rows = await namedWithPipelines.all(db, { organizationId, ...idAndSlug(idOrSlug) });
  const [first] = rows;
  if (!first) return null;
  const pipelines = rows.flatMap(({ account, org, project, pipeline, step }) =>
    account === null ? [] : [{ account, org: org!, project: project!, pipeline: pipeline!, step: step! }],
  );
  return { ...toEvent(first), pipelines };
}

function idAndSlug(idOrSlug: string): { id: number; slug: string } {
  return { id: /^[0-9]{1,15}$/.test(idOrSlug) ? Number(idOrSlug) : -1, slug: idOrSlug };
}

const namedWithPipelines = queryOnce((db, by: NamedEvent) =>
  namedEvent(db, by)
    .leftJoin('event_pipelines', 'event_pipelines.event_id', 'events.id')
    .select(['account', 'org', 'project', 'pipeline', 'step']),
);

const named = queryOnce((db, by: NamedEvent) => namedEvent(db, by));

interface NamedEvent {
  organizationId: number;
  id: number;
  slug: string;
}

function namedEvent(db: Database, by: NamedEvent) {
  return db
    .selectFrom('events')
    .selectAll('events')
    .where('events.organization_id', '=', by.organizationId)
    .where('events.archived_at', 'is', null)
    .where((eb) => eb.or([eb('events.id', '=', by.id), eb('events.slug', '=', by.slug)]));
}

/** Events of one organization by id, archived ones too; others are left out. */
export async function eventsById(
  db: Reader,
  organizationId: number,
  ids: Iterable<number>,
): Promise<Map<number, EventRecord>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('id', 'in', wanted)
    .where('organization_id', '=', organizationId)
    .execute();
  const pipelines = await db
    .selectFrom('event_pipelines')
    .select(['event_id', 'account', 'org', 'project', 'pipeline', 'step'])
    .where('event_id', 'in', wanted)
    .orderBy('pipeline')
    .orderBy('account')
    .orderBy('org')
    .orderBy('project')
    .orderBy('step')
    .execute();
  const byEvent = Map.groupBy(pipelines, (pipeline) => pipeline.event_id);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        ...toEvent(row),
        description: row.description,
        colorId: row.color_id,
        iconId: row.icon_id,
        eventTypeId: row.event_type_id,
        limitationTypeId: row.limitation_type_id,
        halfDayBookings: row.half_day_bookings === 1,
        syncPersonalIntegrations: row.sync_personal_integrations === 1,
        absenceType: row.absence_type,
        archivedAt: row.archived_at,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
        pipelines: (byEvent.get(row.id) ?? []).map(({ event_id: _, ...pipeline }) => pipeline),
      },
    ]),
  );
}

/** The event with this slug, an archived one too. */
export async function eventBySlug(
  db: Reader,
  organizationId: number,
  slug: string,
): Promise<EventRecord | null> {
  const row = await db
    .selectFrom('events')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('slug', '=', slug)
    .executeTakeFirst();
  return row ? ((await eventsById(db, organizationId, [row.id])).get(row.id) ?? null) : null;
}

/** Slugs of the organization that are this one or this one with a number behind. */
export async function eventSlugsLike(db: Reader, organizationId: number, slug: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('events')
    .select('slug')
    .where('organization_id', '=', organizationId)
    .where((eb) => eb.or([eb('slug', '=', slug), eb('slug', 'like', `${slug}-%`)]))
    .execute();
  return new Set(rows.map((row) => row.slug));
}

/** The event's columns for those members that are given. */
function columnsOf(change: EventColumns): Partial<NewRow<'events'>> {
  const columns: Partial<NewRow<'events'>> = {
    name: change.name,
    slug: change.slug,
    description: change.description,
    color_id: change.colorId,
    icon_id: change.iconId,
    event_type_id: change.eventTypeId,
    limitation_type_id: change.limitationTypeId,
    half_day_bookings: change.halfDayBookings === undefined ? undefined : Number(change.halfDayBookings),
    sync_personal_integrations:
      change.syncPersonalIntegrations === undefined ? undefined : Number(change.syncPersonalIntegrations),
    absence_type: change.absenceType,
    archived_at: change.archivedAt,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

export async function addEvent(
  trx: Trx,
  organizationId: number,
  event: EventColumns & { name: string; slug: string },
  now: number,
): Promise<number> {
  const id = await nextId(trx, 'events');
  await trx
    .insertInto('events')
    .values({
      description: null,
      archived_at: null,
      ...columnsOf(event),
      name: event.name,
      slug: event.slug,
      id,
      organization_id: organizationId,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await replacePipelines(trx, organizationId, id, event.pipelines ?? []);
  await keepTotals(trx, organizationId, 'events', null, counted(event));
  return id;
}

/** Writes the members that are given and no other. */
export async function changeEvent(
  trx: Trx,
  before: EventRecord,
  change: EventColumns,
  now: number,
): Promise<void> {
  await trx
    .updateTable('events')
    .set({ ...columnsOf(change), updated_at: now })
    .where('id', '=', before.id)
    .execute();
  if (change.pipelines) await replacePipelines(trx, before.organizationId, before.id, change.pipelines);
  await keepTotals(trx, before.organizationId, 'events', counted(before), counted({ ...before, ...change }));
}

export async function removeEvent(trx: Trx, event: EventRecord): Promise<void> {
  await replacePipelines(trx, event.organizationId, event.id, []);
  await trx.deleteFrom('events').where('id', '=', event.id).execute();
  await keepTotals(trx, event.organizationId, 'events', counted(event), null);
}

function counted(event: EventColumns) {
  return { status: event.archivedAt == null ? 1 : 2 };
}
