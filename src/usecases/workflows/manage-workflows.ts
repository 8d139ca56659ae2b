import {
  addWorkflow,
  changeWorkflow,
  eventHasWorkflow,
  removeWorkflow,
  WORKFLOWS,
  type WorkflowRecord,
  workflowsById,
  workflowWasUsed,
} from '../../store/approval-workflows.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { type EventRecord, eventsById } from '../../store/events.ts';
import { vocabularyOf } from '../../store/list-query.ts';
import { removedApprovers } from '../approvers/removed-approvers.ts';
import { vacateInWorkflow } from '../approvers/revoke-approver.ts';
import type { Context } from '../context.ts';
import { auditChange, changedMembers, named } from '../managing/change-audit.ts';
import { readOne, readPage, write, writeOne } from '../managing/managed-records.ts';
import type { ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { missingPeople } from '../people/existing-people.ts';
import {
  actorOf,
  conflict,
  done,
  invalid,
  NOT_FOUND,
  readingRefused,
  refused,
} from '../tokens/principal-rights.ts';
import { checkWorkflow, type WorkflowChange, type WorkflowDraft } from './workflow-checks.ts';

export type { WorkflowChange, WorkflowDraft, WorkflowRecord };

/** The relationships with verbs of their own. */
export type WorkflowPart = 'approvers' | 'subscribers';

export const WORKFLOW_LIST = vocabularyOf(WORKFLOWS);

export function listWorkflows(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<WorkflowRecord>>> {
  return readPage(context, principal, { shape: WORKFLOWS, load: workflowsById }, query);
}

export function getWorkflow(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<WorkflowRecord>> {
  return readOne(context, principal, workflowsById, id);
}

/** For includes: only those of the principal's organization are in the map. */
export function loadWorkflows(
  context: Context,
  principal: Principal,
  ids: Iterable<number>,
): Promise<Map<number, WorkflowRecord>> {
  return workflowsById(context.db, principal.organizationId, readingRefused(principal) ? [] : ids);
}

/** Adds a workflow. Refused with every problem at once, in the seed's order; a second of its kind too (R6). */
export function createWorkflow(
  context: Context,
  principal: Principal,
  draft: WorkflowDraft,
): Promise<Managed<WorkflowRecord>> {
  return write(context, principal, async (trx, now) => {
    const { organizationId } = principal;
    const checked = await checkWorkflow(trx, organizationId, null, named(draft));
    if (!checked.ok) return invalid(checked.problems);
    const id = await addWorkflow(trx, organizationId, checked.columns, now);
    const after = (await workflowsById(trx, organizationId, [id])).get(id)!;
    await audit(trx, principal, 'created', now, null, after);
    return done(after);
  });
}

/**
 * Writes the members that are named; the whole workflow is checked (seed 004). An approver who drops out loses their
 * places in open requests at once; everything else applies to new requests only (R14). Where `seenAt` is given (the
 * record's `updatedAt` as whoever edits it saw it), a conflict if it was changed since.
 */
export function updateWorkflow(
  context: Context,
  principal: Principal,
  id: number,
  change: WorkflowChange,
  seenAt?: number,
): Promise<Managed<WorkflowRecord>> {
  return writeOne(context, principal, workflowsById, id, async (trx, before, now) => {
    if (seenAt !== undefined && seenAt !== before.updatedAt)
      return conflict('Somebody else changed this workflow in the meantime, so nothing was saved.');
    return save(context, trx, principal, before, change, now);
  });
}

/**
 * Deletes a workflow; open and past requests keep their snapshot of it. Warns when it was the last of an event that
 * pipelines use: their webhooks are refused from now on (R6, R30).
 */
export function deleteWorkflow(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<{ warnings: readonly string[] }>> {
  return writeOne(context, principal, workflowsById, id, async (trx, before, now) => {
    const warnings = await lossWarnings(trx, before);
    await removeWorkflow(trx, before);
    await audit(trx, principal, 'deleted', now, before, null);
    return done({ warnings });
  });
}

async function lossWarnings(db: Reader, workflow: WorkflowRecord): Promise<string[]> {
  const event = await eventItLeavesBare(db, workflow);
  if (!event) return [];
  return [
    `This was the last approval workflow of “${event.name}”, which pipelines use: their requests are refused until there is another.`,
  ];
}

/** What deleting the workflow would take away, before anybody does: sentences; none = nothing that pipelines need. */
export async function deletionWarnings(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<readonly string[]>> {
  const workflow = await getWorkflow(context, principal, id);
  if (!workflow.ok) return workflow;
  const event = await eventItLeavesBare(context.db, workflow.value);
  if (!event) return done([]);
  return done([
    `This is the last approval workflow of “${event.name}”, which pipelines use: their requests will be refused until there is another.`,
  ]);
}

/** The event that pipelines use and that has no other workflow. */
async function eventItLeavesBare(db: Reader, workflow: WorkflowRecord): Promise<EventRecord | null> {
  const { eventId, id, organizationId } = workflow;
  if (eventId === null || (await eventHasWorkflow(db, eventId, id))) return null;
  const event = (await eventsById(db, organizationId, [eventId])).get(eventId);
  return event && (event.pipelines.length > 0 || (await workflowWasUsed(db, id))) ? event : null;
}

/** The whole list becomes these people. Someone who does not exist or is deactivated: not_found (JSON:API linkage). */
export function replaceWorkflowPeople(
  context: Context,
  principal: Principal,
  id: number,
  part: WorkflowPart,
  personIds: readonly number[],
): Promise<Managed<WorkflowRecord>> {
  return changePeople(context, principal, { id, part, named: personIds }, () => personIds);
}

/** Adds people; those already there stay where they are. Refusals as in replaceWorkflowPeople. */
export function addWorkflowPeople(
  context: Context,
  principal: Principal,
  id: number,
  part: WorkflowPart,
  personIds: readonly number[],
): Promise<Managed<WorkflowRecord>> {
  return changePeople(context, principal, { id, part, named: personIds }, (ids) => [...ids, ...personIds]);
}

/** Removes people; those not there are no problem. Refused where an any or all workflow would have nobody left. */
export function removeWorkflowPeople(
  context: Context,
  principal: Principal,
  id: number,
  part: WorkflowPart,
  personIds: readonly number[],
): Promise<Managed<WorkflowRecord>> {
  const gone = new Set(personIds);
  return changePeople(context, principal, { id, part, named: [] }, (ids) =>
    ids.filter((one) => !gone.has(one)),
  );
}

function changePeople(
  context: Context,
  principal: Principal,
  { id, part, named: personIds }: { id: number; part: WorkflowPart; named: readonly number[] },
  next: (ids: readonly number[]) => readonly number[],
): Promise<Managed<WorkflowRecord>> {
  const member = part === 'approvers' ? 'approverIds' : 'subscriberIds';
  return writeOne(context, principal, workflowsById, id, async (trx, before, now) => {
    const known = new Set(before[member]);
    const added = personIds.filter((one) => !known.has(one)).slice(0, 1_000);
    if ((await missingPeople(trx, principal.organizationId, added)).length > 0) return refused(NOT_FOUND);
    return save(context, trx, principal, before, { [member]: next(before[member]) }, now);
  });
}

async function save(
  context: Context,
  trx: Trx,
  principal: Principal,
  before: WorkflowRecord,
  wanted: WorkflowChange,
  now: number,
): Promise<Managed<WorkflowRecord>> {
  const checked = await checkWorkflow(trx, principal.organizationId, before, named(wanted));
  if (!checked.ok) return invalid(checked.problems);
  const change = changedMembers(before, checked.columns);
  if (!change) return done(before);
  await changeWorkflow(trx, before, change, now);
  const after = (await workflowsById(trx, principal.organizationId, [before.id])).get(before.id)!;
  await audit(trx, principal, 'changed', now, before, after);
  await vacateInWorkflow(context, trx, before.id, removedApprovers(before, after), actorOf(principal));
  return done(after);
}

function audit(
  trx: Trx,
  principal: Principal,
  action: string,
  at: number,
  before: WorkflowRecord | null,
  after: WorkflowRecord | null,
): Promise<void> {
  const subjectId = (after ?? before)!.id;
  return auditChange(trx, principal, {
    at,
    action,
    subjectType: 'approval_workflow',
    subjectId,
    before,
    after,
  });
}
