import type { Reader, Trx } from '../../store/database.ts';
import { pipelinesOfEvent } from '../../store/event-pipelines.ts';
import { eventsById } from '../../store/events.ts';
import { vocabularyOf } from '../../store/list-query.ts';
import {
  addPipelineEvent,
  changePipelineEvent,
  PIPELINE_EVENTS,
  type PipelineEventRecord,
  type PipelineKey,
  pipelineEventByKey,
  pipelineEventsById,
  pipelineEventsOf,
  removePipelineEvent,
} from '../../store/pipeline-events.ts';
import type { Context } from '../context.ts';
import { auditChange, changedMembers, named } from '../managing/change-audit.ts';
import { readOne, readPage, write, writeOne } from '../managing/managed-records.ts';
import type { FieldProblem, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { listsPipeline } from '../opening/listed-pipelines.ts';
import { conflict, done, invalid, NOT_FOUND, readingRefused, refused } from '../tokens/principal-rights.ts';

export type { PipelineEventRecord, PipelineKey };

/** What can be written of a mapping. */
export interface PipelineEventDraft {
  /** '' = the pipeline in any account. */
  accountIdentifier: string;
  orgIdentifier: string;
  projectIdentifier: string;
  pipelineIdentifier: string;
  eventId: number | null;
}
/** Members left out keep their value. */
export type PipelineEventChange = Partial<PipelineEventDraft>;

export const PIPELINE_EVENT_LIST = vocabularyOf(PIPELINE_EVENTS);

export function listPipelineEvents(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<PipelineEventRecord>>> {
  return readPage(context, principal, { shape: PIPELINE_EVENTS, load: pipelineEventsById }, query);
}

export function getPipelineEvent(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PipelineEventRecord>> {
  return readOne(context, principal, pipelineEventsById, id);
}

/** For includes: only those of the principal's organization are in the map. */
export function loadPipelineEvents(
  context: Context,
  principal: Principal,
  ids: Iterable<number>,
): Promise<Map<number, PipelineEventRecord>> {
  return pipelineEventsById(context.db, principal.organizationId, readingRefused(principal) ? [] : ids);
}

/** Maps a pipeline to an event: notifications of its gates open requests for it. One mapping per pipeline. */
export function createPipelineEvent(
  context: Context,
  principal: Principal,
  draft: PipelineEventDraft,
): Promise<Managed<PipelineEventRecord>> {
  return write(context, principal, async (trx, now) => {
    const problems = await mappingProblems(trx, principal.organizationId, null, mappingOf(draft));
    if (problems.length > 0) return invalid(problems);
    if (await pipelineEventByKey(trx, principal.organizationId, keyOf(draft))) return conflict(TAKEN);
    return add(trx, principal, draft, now);
  });
}

/** Maps a pipeline, or maps it to another event, by its natural key: the same again changes nothing. */
export function putPipelineEvent(
  context: Context,
  principal: Principal,
  draft: PipelineEventDraft,
): Promise<Managed<{ row: PipelineEventRecord; created: boolean }>> {
  return write(context, principal, async (trx, now) => {
    const known = await pipelineEventByKey(trx, principal.organizationId, keyOf(draft));
    const problems = await mappingProblems(trx, principal.organizationId, known, mappingOf(draft));
    if (problems.length > 0) return invalid(problems);
    const saved = known
      ? await save(trx, principal, known, { eventId: draft.eventId! }, now)
      : await add(trx, principal, draft, now);
    return saved.ok ? done({ row: saved.value, created: known === null }) : saved;
  });
}

export function updatePipelineEvent(
  context: Context,
  principal: Principal,
  id: number,
  change: PipelineEventChange,
): Promise<Managed<PipelineEventRecord>> {
  return writeOne(context, principal, pipelineEventsById, id, async (trx, before, now) => {
    const wanted = { ...draftOf(before), ...named(change) };
    const problems = await mappingProblems(trx, principal.organizationId, before, mappingOf(wanted));
    if (problems.length > 0) return invalid(problems);
    const other = await pipelineEventByKey(trx, principal.organizationId, keyOf(wanted));
    if (other && other.id !== id) return conflict(TAKEN);
    return save(trx, principal, before, { ...keyOf(wanted), eventId: wanted.eventId! }, now);
  });
}

/** From now on notifications of the pipeline open nothing; open requests stay. */
export function deletePipelineEvent(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<null>> {
  return writeOne(context, principal, pipelineEventsById, id, async (trx, before, now) => {
    await remove(trx, principal, before, now);
    return done(null);
  });
}

/** As `deletePipelineEvent`, by the natural key. */
export function deletePipelineEventByKey(
  context: Context,
  principal: Principal,
  key: PipelineKey,
): Promise<Managed<null>> {
  return write(context, principal, async (trx, now) => {
    const known = await pipelineEventByKey(trx, principal.organizationId, key);
    if (!known) return refused(NOT_FOUND);
    await remove(trx, principal, known, now);
    return done(null);
  });
}

/** Takes the mappings to an event away, before the event itself goes. Refused where they are more than fit in one go. */
export async function removeMappingsOfEvent(
  trx: Trx,
  principal: Principal,
  eventId: number,
  now: number,
): Promise<Managed<null>> {
  const mapped = await pipelineEventsOf(trx, principal.organizationId, eventId, MOST_AT_ONCE + 1);
  if (mapped.length > MOST_AT_ONCE)
    return conflict(
      'More than 500 pipelines are mapped to this event. Delete or change those mappings first.',
    );
  for (const mapping of mapped) await remove(trx, principal, mapping, now);
  return done(null);
}

const MOST_AT_ONCE = 500;
const TAKEN = 'This pipeline is mapped to an event already: change that mapping, or PUT this one.';

function keyOf(draft: PipelineEventDraft): PipelineKey {
  return {
    account: draft.accountIdentifier,
    org: draft.orgIdentifier,
    project: draft.projectIdentifier,
    pipeline: draft.pipelineIdentifier,
  };
}

function mappingOf(draft: PipelineEventDraft): PipelineKey & { eventId: number | null } {
  return { ...keyOf(draft), eventId: draft.eventId };
}

function draftOf(record: PipelineEventRecord): PipelineEventDraft {
  return {
    accountIdentifier: record.account,
    orgIdentifier: record.org,
    projectIdentifier: record.project,
    pipelineIdentifier: record.pipeline,
    eventId: record.eventId,
  };
}

async function add(
  trx: Trx,
  principal: Principal,
  draft: PipelineEventDraft,
  now: number,
): Promise<Managed<PipelineEventRecord>> {
  const { organizationId } = principal;
  const mapping = { ...keyOf(draft), eventId: draft.eventId! };
  const id = await addPipelineEvent(trx, organizationId, mapping, now);
  const after = (await pipelineEventsById(trx, organizationId, [id])).get(id)!;
  await audit(trx, principal, 'created', now, null, after);
  return done(after);
}

async function save(
  trx: Trx,
  principal: Principal,
  before: PipelineEventRecord,
  wanted: Partial<PipelineKey & { eventId: number }>,
  now: number,
): Promise<Managed<PipelineEventRecord>> {
  const change = changedMembers(before, wanted);
  if (!change) return done(before);
  await changePipelineEvent(trx, before, change, now);
  const after = (await pipelineEventsById(trx, before.organizationId, [before.id])).get(before.id)!;
  await audit(trx, principal, 'changed', now, before, after);
  return done(after);
}

async function remove(
  trx: Trx,
  principal: Principal,
  before: PipelineEventRecord,
  now: number,
): Promise<void> {
  await removePipelineEvent(trx, before);
  await audit(trx, principal, 'deleted', now, before, null);
}

function audit(
  trx: Trx,
  principal: Principal,
  action: string,
  at: number,
  before: PipelineEventRecord | null,
  after: PipelineEventRecord | null,
): Promise<void> {
  const subjectId = (after ?? before)!.id;
  return auditChange(trx, principal, { at, action, subjectType: 'pipeline_event', subjectId, before, after });
}

/** Harness's forms (R3): the account may be left out, the rest names one pipeline. */
const NAME = /^[A-Za-z_][0-9A-Za-z_$]{0,127}$/;
const ACCOUNT = /^[A-Za-z0-9_-]{0,128}$/;

/** What is wrong with a mapping; `before` = as it is, null for a new one. */
export async function mappingProblems(
  db: Reader,
  organizationId: number,
  before: PipelineEventRecord | null,
  { eventId, ...key }: PipelineKey & { eventId: number | null },
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  for (const part of ['org', 'project', 'pipeline'] as const)
    if (!NAME.test(key[part]))
      problems.push({ field: `${part}_identifier`, detail: 'must be a Harness identifier' });
  if (!ACCOUNT.test(key.account))
    problems.push({ field: 'account_identifier', detail: 'must be a Harness account id, or empty for any' });
  const wrong = (detail: string) => problems.push({ field: 'event', attribute: 'event_id', detail });
  const event =
    eventId === null ? null : ((await eventsById(db, organizationId, [eventId])).get(eventId) ?? null);
  if (eventId === null) wrong("can't be blank");
  else if (!event) wrong('does not exist');
  else if (event.archivedAt !== null && eventId !== before?.eventId) wrong('is archived');
  if (!event || problems.length > 0) return problems;
  const listed = await pipelinesOfEvent(db, event.id);
  const execution = { ...key, planExecutionId: '', callbackId: '', url: null };
  // A mapping for any account leaves the account to the event's list, which is asked again for each gate (R1).
  const fitting = key.account === '' ? listed.map((one) => ({ ...one, account: '' })) : listed;
  if (listed.length > 0 && !listsPipeline(fitting, execution))
    problems.push({
      field: 'pipeline_identifier',
      detail: `is not among the pipelines of the event “${event.name}”: add it there first`,
    });
  return problems;
}
