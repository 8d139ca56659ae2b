import type { Reader, Trx } from './database.ts';

/** A pipeline whose gates an event may approve (R1); '' in a part means any. */
export interface EventPipeline {
  account: string;
  org: string;
  project: string;
  pipeline: string;
  step: string;
}

export async function pipelinesOfEvent(db: Reader, eventId: number): Promise<EventPipeline[]> {
  return db
    .selectFrom('event_pipelines')
    .select(['account', 'org', 'project', 'pipeline', 'step'])
    .where('event_id', '=', eventId)
    .orderBy('pipeline')
    .execute();
}

/** Projects that events in use name in full, at most `limit`. */
export function scopesOfEvents(
  db: Reader,
  organizationId: number,
  account: string,
  limit: number,
): Promise<{ org: string; project: string }[]> {
  return db
    .selectFrom('event_pipelines')
    .innerJoin('events', 'events.id', 'event_pipelines.event_id')
    .select(['event_pipelines.org', 'event_pipelines.project'])
    .distinct()
    .where('events.organization_id', '=', organizationId)
    .where('events.archived_at', 'is', null)
    .where('event_pipelines.account', 'in', ['', account])
    .where('event_pipelines.org', '!=', '')
    .where('event_pipelines.project', '!=', '')
    .orderBy('event_pipelines.org')
    .orderBy('event_pipelines.project')
    .limit(limit)
    .execute();
}

/** Each pipeline once, in the order they are read back in: naming the same list again changes nothing. */
export function tidyPipelines(pipelines: readonly EventPipeline[]): EventPipeline[] {
  const byKey = new Map(
    pipelines.map(({ account, org, project, pipeline, step }) => [
      [pipeline, account, org, project, step].join('\0'),
      { account, org, project, pipeline, step },
    ]),
  );
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pipeline]) => pipeline);
}

/** The event lists these pipelines from now on and no other. */
export async function replacePipelines(
  trx: Trx,
  organizationId: number,
  eventId: number,
  pipelines: readonly EventPipeline[],
): Promise<void> {
  await trx.deleteFrom('event_pipelines').where('event_id', '=', eventId).execute();
  if (pipelines.length === 0) return;
  await trx
    .insertInto('event_pipelines')
    .values(
      pipelines.map((pipeline) => ({ organization_id: organizationId, event_id: eventId, ...pipeline })),
    )
    .execute();
}
