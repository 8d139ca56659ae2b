import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { Row } from './schema.ts';

export interface WorkflowEvent {
  id: number;
  organizationId: number;
  name: string;
  slug: string;
  archived: boolean;
}

/** A pipeline whose gates an event may approve (R1); '' in a part means any. */
export interface EventPipeline {
  account: string;
  org: string;
  project: string;
  pipeline: string;
  step: string;
}

function toEvent(row: Row<'events'>): WorkflowEvent {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    slug: row.slug,
    archived: row.archived_at !== null,
  };
}

/** The event with this id or slug; archived ones are not found. */
export async function eventByIdOrSlug(
  db: Reader,
  organizationId: number,
  idOrSlug: string,
): Promise<WorkflowEvent | null> {
  const id = /^[0-9]{1,15}$/.test(idOrSlug) ? Number(idOrSlug) : -1;
  const row = await db
    .selectFrom('events')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('archived_at', 'is', null)
    .where((eb) => eb.or([eb('id', '=', id), eb('slug', '=', idOrSlug)]))
    .executeTakeFirst();
  return row ? toEvent(row) : null;
}

export async function pipelinesOfEvent(db: Reader, eventId: number): Promise<EventPipeline[]> {
  return db
    .selectFrom('event_pipelines')
    .select(['account', 'org', 'project', 'pipeline', 'step'])
    .where('event_id', '=', eventId)
    .orderBy('pipeline')
    .execute();
}

/** Adds the event or renames the one with this slug; its pipelines become exactly `pipelines`. */
export async function saveEvent(
  trx: Trx,
  organizationId: number,
  event: { slug: string; name: string; pipelines: readonly EventPipeline[] },
  now: number,
): Promise<number> {
  const found = await trx
    .selectFrom('events')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('slug', '=', event.slug)
    .executeTakeFirst();
  const id = found?.id ?? (await nextId(trx, 'events'));
  if (found)
    await trx
      .updateTable('events')
      .set({ name: event.name, updated_at: now, archived_at: null })
      .where('id', '=', id)
      .execute();
  else
    await trx
      .insertInto('events')
      .values({
        id,
        organization_id: organizationId,
        name: event.name,
        slug: event.slug,
        description: null,
        archived_at: null,
        created_at: now,
        updated_at: now,
      })
      .execute();
  await trx.deleteFrom('event_pipelines').where('event_id', '=', id).execute();
  if (event.pipelines.length > 0)
    await trx
      .insertInto('event_pipelines')
      .values(
        event.pipelines.map((pipeline) => ({
          organization_id: organizationId,
          event_id: id,
          ...pipeline,
        })),
      )
      .execute();
  return id;
}
