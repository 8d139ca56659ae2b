import { sql } from 'kysely';
import {
  APPROVAL_REQUIREMENT_IDS,
  type ApprovalWorkflow,
  approvalRequirementFromId,
} from '../approval/workflow.ts';
import { queryOnce, rowsOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import type { ListShape } from './list-query.ts';
import { keepTotals } from './list-totals.ts';
import type { NewRow, Row } from './schema.ts';

/** A workflow as the management API shows it; target types 2 and 3 may stand without an event. */
export interface WorkflowRecord extends Omit<ApprovalWorkflow, 'eventId'> {
  eventId: number | null;
  createdAt: number;
  updatedAt: number;
}

/** Everything of a workflow that is written. */
export type WorkflowColumns = Omit<WorkflowRecord, 'id' | 'organizationId' | 'createdAt' | 'updatedAt'>;

export const WORKFLOWS: ListShape = {
  table: 'approval_workflows',
  filters: {
    id: { kind: 'integer', sql: sql`id` },
    event_id: { kind: 'integer', sql: sql`event_id` },
    approval_policy_id: { kind: 'integer', sql: sql`approval_policy_id` },
    target_type_id: { kind: 'integer', sql: sql`target_type_id`, choices: ['1', '2', '3'] },
  },
  sorts: { id: sql`id`, event_id: sql`event_id`, approval_policy_id: sql`approval_policy_id` },
  lacking: ['event_id'],
  kept: ['event_id', 'approval_policy_id'],
};

/** Workflows of one organization by id; others are left out. */
export async function workflowsById(
  db: Reader,
  organizationId: number,
  ids: Iterable<number>,
): Promise<Map<number, WorkflowRecord>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('approval_workflows')
    .selectAll()
    .where('id', 'in', wanted)
    .where('organization_id', '=', organizationId)
    .execute();
  return new Map((await toRecords(db, rows)).map((workflow) => [workflow.id, workflow]));
}

async function toRecords(db: Reader, rows: readonly Row<'approval_workflows'>[]): Promise<WorkflowRecord[]> {
  if (rows.length === 0) return [];
  const people = await peopleOf.all(
    db,
    rows.map(({ id }) => ({ id })),
  );
  const byWorkflow = Map.groupBy(people, (person) => person.approval_workflow_id);
  return rows.map((row) => toRecord(row, byWorkflow.get(row.id) ?? []));
}

/** Its people in their order. */
function toRecord(
  row: Row<'approval_workflows'>,
  people: readonly { part: string | null; person_id: number | null }[],
): WorkflowRecord {
  const idsOf = (part: string) => people.flatMap((p) => (p.part === part ? (p.person_id ?? []) : []));
  return {
    id: row.id,
    organizationId: row.organization_id,
    approvalPolicyId: row.approval_policy_id,
    eventId: row.event_id,
    targetTypeId: row.target_type_id,
    requirement: approvalRequirementFromId(row.approval_requirement_id)!,
    approverIds: idsOf('approver'),
    subscriberIds: idsOf('subscriber'),
    fallbackApproverIds: idsOf('fallback'),
    dynamicApproverIds: fromJson(row.dynamic_approver_ids),
    dynamicSubscriberIds: fromJson(row.dynamic_subscriber_ids),
    subscriberChannels: fromJson(row.subscriber_channels),
    disallowRequester: row.disallow_requester === 1,
    checksFirst: row.checks_first === 1,
    expiryAction: row.expiry_action,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const peopleOf = rowsOnce((db, workflows: readonly { id: number }[]) =>
  db
    .selectFrom('approval_workflow_people')
    .select(['approval_workflow_id', 'part', 'person_id'])
    .where(
      'approval_workflow_id',
      'in',
      workflows.map(({ id }) => id),
    )
    .orderBy('position'),
);

/** The rules' own view of it: what a request keeps as its snapshot. */
function toWorkflow({ createdAt: _, updatedAt: __, ...workflow }: WorkflowRecord): ApprovalWorkflow {
  return { ...workflow, eventId: workflow.eventId ?? 0 };
}

export async function workflowById(db: Reader, id: number): Promise<ApprovalWorkflow | null> {
  const row = await db.selectFrom('approval_workflows').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return null;
  const [record] = await toRecords(db, [row]);
  return toWorkflow(record!);
}

/** The one workflow of (policy, event) that webhooks match: target type 1 only (R6). */
export async function workflowFor(
  db: Reader,
  approvalPolicyId: number,
  eventId: number,
): Promise<ApprovalWorkflow | null> {
  const rows = await matching.all(db, { approvalPolicyId, eventId });
  const people = rows.toSorted((one, other) => (one.position ?? 0) - (other.position ?? 0));
  return rows[0] ? toWorkflow(toRecord(rows[0], people)) : null;
}

/** Once for each of its people. */
const matching = queryOnce((db, of: { approvalPolicyId: number; eventId: number }) =>
  db
    .selectFrom('approval_workflows')
    .leftJoin('approval_workflow_people as listed', 'listed.approval_workflow_id', 'approval_workflows.id')
    .selectAll('approval_workflows')
    .select(['listed.part', 'listed.person_id', 'listed.position'])
    .where('approval_policy_id', '=', of.approvalPolicyId)
    .where('event_id', '=', of.eventId)
    .where('target_type_id', '=', 1),
);

/** The id of the workflow with this policy, event and target type, of which there is one at most (R6). */
export async function workflowIdOf(
  db: Reader,
  organizationId: number,
  key: Pick<WorkflowRecord, 'approvalPolicyId' | 'eventId' | 'targetTypeId'>,
): Promise<number | null> {
  const row = await db
    .selectFrom('approval_workflows')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('approval_policy_id', '=', key.approvalPolicyId)
    .where('event_id', key.eventId === null ? 'is' : '=', key.eventId)
    .where('target_type_id', '=', key.targetTypeId)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Whether any workflow but this one is of the event. */
export async function eventHasWorkflow(db: Reader, eventId: number, exceptId = 0): Promise<boolean> {
  const row = await db
    .selectFrom('approval_workflows')
    .select('id')
    .where('event_id', '=', eventId)
    .where('id', '!=', exceptId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether a request was ever opened through the workflow. */
export async function workflowWasUsed(db: Reader, id: number): Promise<boolean> {
  const row = await db
    .selectFrom('approval_requests')
    .select('id')
    .where('approval_workflow_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The columns for those members that are given. */
function columnsOf(change: Partial<WorkflowColumns>): Partial<NewRow<'approval_workflows'>> {
  const json = (value: unknown) => (value === undefined ? undefined : toJson(value));
  const columns: Partial<NewRow<'approval_workflows'>> = {
    approval_policy_id: change.approvalPolicyId,
    event_id: change.eventId,
    target_type_id: change.targetTypeId,
    approval_requirement_id: change.requirement && APPROVAL_REQUIREMENT_IDS[change.requirement],
    dynamic_approver_ids: json(change.dynamicApproverIds),
    dynamic_subscriber_ids: json(change.dynamicSubscriberIds),
    subscriber_channels: json(change.subscriberChannels),
    disallow_requester: change.disallowRequester === undefined ? undefined : Number(change.disallowRequester),
    checks_first: change.checksFirst === undefined ? undefined : Number(change.checksFirst),
    expiry_action: change.expiryAction,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

async function replacePeople(
  trx: Trx,
  organizationId: number,
  workflowId: number,
  change: Partial<WorkflowColumns>,
): Promise<void> {
  const parts = [
    ['approver', change.approverIds],
    ['subscriber', change.subscriberIds],
    ['fallback', change.fallbackApproverIds],
  ] as const;
  for (const [part, ids] of parts) {
    if (ids === undefined) continue;
    await trx
      .deleteFrom('approval_workflow_people')
      .where('approval_workflow_id', '=', workflowId)
      .where('part', '=', part)
      .execute();
    if (ids.length === 0) continue;
    const rows = [...new Set(ids)].map((personId, position) => ({
      organization_id: organizationId,
      approval_workflow_id: workflowId,
      part,
      person_id: personId,
      position,
    }));
    await trx.insertInto('approval_workflow_people').values(rows).execute();
  }
}

export async function addWorkflow(
  trx: Trx,
  organizationId: number,
  workflow: WorkflowColumns,
  now: number,
): Promise<number> {
  const id = await nextId(trx, 'approval_workflows');
  await trx
    .insertInto('approval_workflows')
    .values({
      ...columnsOf(workflow),
      approval_policy_id: workflow.approvalPolicyId,
      approval_requirement_id: APPROVAL_REQUIREMENT_IDS[workflow.requirement],
      event_id: workflow.eventId,
      id,
      organization_id: organizationId,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await replacePeople(trx, organizationId, id, workflow);
  await keepTotals(trx, organizationId, 'approval_workflows', null, counted(workflow));
  return id;
}

/** Writes the members that are given and no other. `updatedAt` grows with each change, also within a millisecond. */
export async function changeWorkflow(
  trx: Trx,
  before: WorkflowRecord,
  change: Partial<WorkflowColumns>,
  now: number,
): Promise<void> {
  const { organizationId, id } = before;
  await trx
    .updateTable('approval_workflows')
    .set({ ...columnsOf(change), updated_at: Math.max(now, before.updatedAt + 1) })
    .where('id', '=', id)
    .execute();
  await replacePeople(trx, organizationId, id, change);
  const after = { ...before, ...change };
  await keepTotals(trx, organizationId, 'approval_workflows', counted(before), counted(after));
}

/** Takes the workflow away; requests keep their snapshot of it (R30). */
export async function removeWorkflow(trx: Trx, workflow: WorkflowRecord): Promise<void> {
  await trx.deleteFrom('approval_workflow_people').where('approval_workflow_id', '=', workflow.id).execute();
  await trx.deleteFrom('approval_workflows').where('id', '=', workflow.id).execute();
  await keepTotals(trx, workflow.organizationId, 'approval_workflows', counted(workflow), null);
}

function counted(workflow: Pick<WorkflowRecord, 'eventId' | 'approvalPolicyId'>) {
  return { event_id: workflow.eventId, approval_policy_id: workflow.approvalPolicyId };
}

/** Adds the workflow of (policy, event, target type) or replaces it whole; the previous one, if any. */
export async function saveWorkflow(
  trx: Trx,
  workflow: Omit<ApprovalWorkflow, 'id'>,
  now: number,
): Promise<{ id: number; before: ApprovalWorkflow | null }> {
  const { organizationId, ...columns } = workflow;
  const found = await workflowIdOf(trx, organizationId, workflow);
  const record = found === null ? undefined : (await workflowsById(trx, organizationId, [found])).get(found);
  if (!record) return { id: await addWorkflow(trx, organizationId, columns, now), before: null };
  const before = await workflowById(trx, record.id);
  const isSo = JSON.stringify(before) === JSON.stringify({ id: record.id, ...workflow });
  if (!isSo) await changeWorkflow(trx, record, columns, now);
  return { id: record.id, before };
}
