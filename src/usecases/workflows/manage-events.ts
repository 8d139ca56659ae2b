import { eventHasWorkflow } from '../../store/approval-workflows.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { type EventPipeline, tidyPipelines } from '../../store/event-pipelines.ts';
import {
  addEvent,
  changeEvent,
  EVENTS,
  type EventColumns,
  type EventRecord,
  eventSlugsLike,
  eventsById,
  removeEvent,
} from '../../store/events.ts';
import { vocabularyOf } from '../../store/list-query.ts';
import type { Context } from '../context.ts';
import { removeMappingsOfEvent } from '../gates/manage-pipeline-events.ts';
import { auditChange, changedMembers, named } from '../managing/change-audit.ts';
import {
  choiceProblems,
  freeSlug,
  MAX_TEXT,
  nameProblems,
  slugOf,
  slugProblems,
  tooLong,
} from '../managing/field-checks.ts';
import { readOne, readPage, write, writeOne } from '../managing/managed-records.ts';
import type { FieldProblem, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { conflict, done, invalid, readingRefused } from '../tokens/principal-rights.ts';

export type { EventPipeline, EventRecord };

/** What can be written of an event. */
export interface EventDraft {
  name: string | null;
  /** Unique; derived from the name unless given (R27). */
  slug?: string;
  description?: string | null;
  colorId?: string | null;
  iconId?: string | null;
  /** 1 paid, 2 unpaid; 1 unless said otherwise, 2 for remote work. */
  eventTypeId?: number;
  /** 2 days, 3 hours, 4 unlimited; 4 unless said otherwise. */
  limitationTypeId?: number;
  halfDayBookings?: boolean;
  syncPersonalIntegrations?: boolean;
  /** time_off or remote_work. */
  absenceType?: string;
  /** The pipelines whose gates it may approve (R1); '' in a part = any. The whole list. */
  pipelines?: readonly EventPipeline[];
}
/** Members left out keep their value. */
export type EventChange = Partial<EventDraft>;

export const EVENT_LIST = vocabularyOf(EVENTS);
const MAX_PIPELINES = 200;
const MAX_PART = 128;
const ABSENCE_TYPES = ['time_off', 'remote_work'] as const;

export function listEvents(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<EventRecord>>> {
  return readPage(context, principal, { shape: EVENTS, load: eventsById }, query);
}

export function getEvent(context: Context, principal: Principal, id: number): Promise<Managed<EventRecord>> {
  return readOne(context, principal, eventsById, id);
}

/** For includes: only those of the principal's organization are in the map. */
export function loadEvents(
  context: Context,
  principal: Principal,
  ids: Iterable<number>,
): Promise<Map<number, EventRecord>> {
  return eventsById(context.db, principal.organizationId, readingRefused(principal) ? [] : ids);
}

/** Adds an event; its slug, the one of the webhook's address, comes from the name unless given (R27). */
export function createEvent(
  context: Context,
  principal: Principal,
  draft: EventDraft,
): Promise<Managed<EventRecord>> {
  return write(context, principal, async (trx, now) => {
    const { organizationId } = principal;
    const absence = draft.absenceType === 'remote_work' ? { eventTypeId: 2 } : {};
    const wanted = { ...absence, ...named(draft), name: draft.name ?? null };
    const problems = await problemsOf(trx, organizationId, null, wanted);
    if (problems.length > 0) return invalid(problems);
    const columns = columnsOf(wanted);
    const name = columns.name!;
    const slug = columns.slug ?? (await deriveSlug(trx, organizationId, name));
    const id = await addEvent(trx, organizationId, { ...columns, name, slug }, now);
    const after = (await eventsById(trx, organizationId, [id])).get(id)!;
    await audit(trx, principal, 'created', now, null, after);
    return done(after);
  });
}

/** Writes the members that are named. A new slug changes the webhook's address at once. */
export function updateEvent(
  context: Context,
  principal: Principal,
  id: number,
  change: EventChange,
): Promise<Managed<EventRecord>> {
  return writeOne(context, principal, eventsById, id, async (trx, before, now) => {
    const wanted = named(change);
    const problems = await problemsOf(trx, principal.organizationId, before, wanted);
    if (problems.length > 0) return invalid(problems);
    return save(trx, principal, 'changed', before, columnsOf(wanted), now);
  });
}

/** Deletes an event. Refused with conflict while a workflow is of it; its requests keep their snapshot (R30). */
export function deleteEvent(context: Context, principal: Principal, id: number): Promise<Managed<null>> {
  return writeOne(context, principal, eventsById, id, async (trx, before, now) => {
    if (await eventHasWorkflow(trx, id))
      return conflict(
        `An approval workflow uses the event “${before.name}”. Delete its workflows, or archive the event.`,
      );
    const mapped = await removeMappingsOfEvent(trx, principal, id, now);
    if (!mapped.ok) return mapped;
    await removeEvent(trx, before);
    await audit(trx, principal, 'deleted', now, before, null);
    return done(null);
  });
}

/** From now on its webhooks find no such event; workflows and open requests stay. Archiving again changes nothing. */
export function archiveEvent(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<EventRecord>> {
  return writeOne(context, principal, eventsById, id, (trx, before, now) =>
    save(trx, principal, 'archived', before, { archivedAt: before.archivedAt ?? now }, now),
  );
}

export function restoreEvent(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<EventRecord>> {
  return writeOne(context, principal, eventsById, id, (trx, before, now) =>
    save(trx, principal, 'restored', before, { archivedAt: null }, now),
  );
}

async function save(
  trx: Trx,
  principal: Principal,
  action: string,
  before: EventRecord,
  wanted: EventColumns,
  now: number,
): Promise<Managed<EventRecord>> {
  const change = changedMembers(before, wanted);
  if (!change) return done(before);
  await changeEvent(trx, before, change, now);
  const after = (await eventsById(trx, before.organizationId, [before.id])).get(before.id)!;
  await audit(trx, principal, action, now, before, after);
  return done(after);
}

function audit(
  trx: Trx,
  principal: Principal,
  action: string,
  at: number,
  before: EventRecord | null,
  after: EventRecord | null,
): Promise<void> {
  const subjectId = (after ?? before)!.id;
  return auditChange(trx, principal, { at, action, subjectType: 'event', subjectId, before, after });
}

async function deriveSlug(db: Reader, organizationId: number, name: string): Promise<string> {
  const slug = slugOf(name, 'event');
  return freeSlug(slug, await eventSlugsLike(db, organizationId, slug));
}

function columnsOf(wanted: EventChange): EventColumns {
  const { name, absenceType, pipelines, ...others } = wanted;
  return {
    ...others,
    ...(name != null && { name: name.trim() }),
    ...(absenceType !== undefined && { absenceType: absenceType as EventRecord['absenceType'] }),
    ...(pipelines && { pipelines: tidyPipelines(pipelines) }),
  };
}

async function problemsOf(
  db: Reader,
  organizationId: number,
  before: EventRecord | null,
  wanted: EventChange,
): Promise<FieldProblem[]> {
  const { slug, pipelines } = wanted;
  const problems = [
    ...nameProblems('name', wanted.name),
    ...slugProblems(slug),
    ...tooLong('description', wanted.description, MAX_TEXT),
    ...tooLong('color_id', wanted.colorId, 50),
    ...tooLong('icon_id', wanted.iconId, 50),
    ...choiceProblems('event_type_id', wanted.eventTypeId, [1, 2]),
    ...choiceProblems('limitation_type_id', wanted.limitationTypeId, [2, 3, 4]),
    ...choiceProblems('absence_type', wanted.absenceType, ABSENCE_TYPES as readonly string[]),
    ...(pipelines ? pipelineProblems(pipelines) : []),
  ];
  const isRemote = (wanted.absenceType ?? before?.absenceType) === 'remote_work';
  if (isRemote && (wanted.eventTypeId ?? before?.eventTypeId) === 1)
    problems.push({ field: 'event_type_id', detail: 'must be 2 (unpaid) for remote_work' });
  if (slug !== undefined && slug !== before?.slug)
    if ((await eventSlugsLike(db, organizationId, slug)).has(slug))
      problems.push({ field: 'slug', detail: 'has already been taken' });
  return problems;
}

function pipelineProblems(pipelines: readonly EventPipeline[]): FieldProblem[] {
  if (pipelines.length > MAX_PIPELINES)
    return [{ field: 'pipelines', detail: `must be at most ${MAX_PIPELINES}` }];
  const isTooLong = pipelines.some((one) => Object.values(one).some((part) => part.length > MAX_PART));
  return isTooLong
    ? [{ field: 'pipelines', detail: `must have parts of at most ${MAX_PART} characters` }]
    : [];
}
