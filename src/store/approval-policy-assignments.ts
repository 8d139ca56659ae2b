import { sql } from 'kysely';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { ListShape } from './list-query.ts';
import { keepTotals } from './list-totals.ts';
import type { Row } from './schema.ts';

/** Which policy somebody has. */
export interface AssignmentRecord {
  id: number;
  organizationId: number;
  approvalPolicyId: number;
  targetType: 'person';
  personId: number;
  createdAt: number;
}

export const ASSIGNMENTS: ListShape = {
  table: 'approval_policy_assignments',
  filters: {
    id: { kind: 'integer', sql: sql`id` },
    target_id: { kind: 'integer', sql: sql`target_id` },
    target_type: { kind: 'text', sql: sql`target_type`, choices: ['person'] },
    person_id: { kind: 'integer', sql: sql`target_id` },
    approval_policy_id: { kind: 'integer', sql: sql`approval_policy_id` },
  },
  sorts: { id: sql`id` },
  kept: ['approval_policy_id'],
};

function toAssignment(row: Row<'approval_policy_assignments'>): AssignmentRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    approvalPolicyId: row.approval_policy_id,
    targetType: 'person',
    personId: row.target_id,
    createdAt: row.created_at,
  };
}

/** Assignments of one organization by id; others are left out. */
export async function assignmentsById(
  db: Reader,
  organizationId: number,
  ids: Iterable<number>,
): Promise<Map<number, AssignmentRecord>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('approval_policy_assignments')
    .selectAll()
    .where('id', 'in', wanted)
    .where('organization_id', '=', organizationId)
    .execute();
  return new Map(rows.map((row) => [row.id, toAssignment(row)]));
}

/** Assignments of these people: person id → assignment. */
export async function assignmentsOfPeople(
  db: Reader,
  organizationId: number,
  personIds: Iterable<number>,
): Promise<Map<number, AssignmentRecord>> {
  const wanted = [...new Set(personIds)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('approval_policy_assignments')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('target_type', '=', 'person')
    .where('target_id', 'in', wanted)
    .execute();
  return new Map(rows.map((row) => [row.target_id, toAssignment(row)]));
}

export async function assignmentOfPerson(
  db: Reader,
  organizationId: number,
  personId: number,
): Promise<AssignmentRecord | null> {
  return (await assignmentsOfPeople(db, organizationId, [personId])).get(personId) ?? null;
}

/** How many people a policy is assigned to. */
export async function countAssigned(db: Reader, organizationId: number, policyId: number): Promise<number> {
  const row = await db
    .selectFrom('approval_policy_assignments')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('organization_id', '=', organizationId)
    .where('approval_policy_id', '=', policyId)
    .executeTakeFirst();
  return Number(row?.total ?? 0);
}

export async function addAssignment(
  trx: Trx,
  organizationId: number,
  assignment: { personId: number; approvalPolicyId: number },
  now: number,
): Promise<number> {
  const id = await nextId(trx, 'approval_policy_assignments');
  await trx
    .insertInto('approval_policy_assignments')
    .values({
      id,
      organization_id: organizationId,
      approval_policy_id: assignment.approvalPolicyId,
      target_id: assignment.personId,
      created_at: now,
    })
    .execute();
  await keepTotals(trx, organizationId, 'approval_policy_assignments', null, counted(assignment));
  return id;
}

/** Writes the members that are given and no other. */
export async function changeAssignment(
  trx: Trx,
  before: AssignmentRecord,
  change: { personId?: number; approvalPolicyId?: number },
): Promise<void> {
  const columns = {
    ...(change.personId !== undefined && { target_id: change.personId }),
    ...(change.approvalPolicyId !== undefined && { approval_policy_id: change.approvalPolicyId }),
  };
  if (Object.keys(columns).length === 0) return;
  await trx.updateTable('approval_policy_assignments').set(columns).where('id', '=', before.id).execute();
  await keepTotals(
    trx,
    before.organizationId,
    'approval_policy_assignments',
    counted(before),
    counted({ ...before, ...change }),
  );
}

export async function removeAssignment(trx: Trx, assignment: AssignmentRecord): Promise<void> {
  await trx.deleteFrom('approval_policy_assignments').where('id', '=', assignment.id).execute();
  await keepTotals(trx, assignment.organizationId, 'approval_policy_assignments', counted(assignment), null);
}

function counted(assignment: { approvalPolicyId: number }) {
  return { approval_policy_id: assignment.approvalPolicyId };
}
