import { sql } from 'kysely';
import {
  addAssignment,
  assignmentOfPerson,
  changeAssignment,
  removeAssignment,
} from './approval-policy-assignments.ts';
import { queryOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { ListShape } from './list-query.ts';
import { keepTotals } from './list-totals.ts';
import type { NewRow, Row } from './schema.ts';

export interface ApprovalPolicy {
  id: number;
  organizationId: number;
  name: string;
  slug: string;
  isDefault: boolean;
  description: string | null;
  typeId: number;
  custom: boolean;
  archivedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

/** What of a policy can be written; `undefined` members keep their value. */
export type PolicyColumns = Partial<
  Pick<ApprovalPolicy, 'name' | 'slug' | 'isDefault' | 'description' | 'typeId' | 'archivedAt'>
>;

export const POLICIES: ListShape = {
  table: 'approval_policies',
  filters: {
    id: { kind: 'integer', sql: sql`id` },
    name: { kind: 'text', sql: sql`name` },
    custom: { kind: 'flag', sql: sql`is_custom` },
    default: { kind: 'flag', sql: sql`is_default` },
    status: {
      kind: 'integer',
      sql: sql`(case when archived_at is null then 1 else 2 end)`,
      choices: ['1', '2'],
    },
    type_id: { kind: 'integer', sql: sql`type_id`, choices: ['1', '2', '3'] },
  },
  sorts: { id: sql`id`, name: sql`lower(name)` },
  kept: ['status'],
};

function toPolicy(row: Row<'approval_policies'>): ApprovalPolicy {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    slug: row.slug,
    isDefault: row.is_default === 1,
    description: row.description,
    typeId: row.type_id,
    custom: row.is_custom === 1,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export async function policyByIdOrSlug(
  db: Reader,
  organizationId: number,
  idOrSlug: string,
): Promise<ApprovalPolicy | null> {
  const id = /^[0-9]{1,15}$/.test(idOrSlug) ? Number(idOrSlug) : -1;
  const row = await db
    .selectFrom('approval_policies')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('archived_at', 'is', null)
    .where((eb) => eb.or([eb('id', '=', id), eb('slug', '=', idOrSlug)]))
    .executeTakeFirst();
  return row ? toPolicy(row) : null;
}

/** The policy of everybody without an assignment. */
export async function defaultPolicy(db: Reader, organizationId: number): Promise<ApprovalPolicy | null> {
  const row = await usual.first(db, { organizationId });
  return row ? toPolicy(row) : null;
}

const usual = queryOnce((db, { organizationId }: { organizationId: number }) =>
  db
    .selectFrom('approval_policies')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('is_default', '=', sql.lit(1))
    .where('archived_at', 'is', null),
);

/** The policy assigned to a person, if any. */
export async function assignedPolicy(db: Reader, personId: number): Promise<ApprovalPolicy | null> {
  const row = await assigned.first(db, { personId });
  return row ? toPolicy(row) : null;
}

const assigned = queryOnce((db, { personId }: { personId: number }) =>
  db
    .selectFrom('approval_policies')
    .innerJoin(
      'approval_policy_assignments',
      'approval_policy_assignments.approval_policy_id',
      'approval_policies.id',
    )
    .selectAll('approval_policies')
    .where('approval_policy_assignments.target_type', '=', 'person')
    .where('approval_policy_assignments.target_id', '=', personId)
    .where('approval_policies.archived_at', 'is', null),
);

/** Policies of one organization by id, archived ones too; others are left out. */
export async function policiesById(
  db: Reader,
  organizationId: number,
  ids: Iterable<number>,
): Promise<Map<number, ApprovalPolicy>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('approval_policies')
    .selectAll()
    .where('id', 'in', wanted)
    .where('organization_id', '=', organizationId)
    .execute();
  return new Map(rows.map((row) => [row.id, toPolicy(row)]));
}

/** The policy with this slug, an archived one too. */
export async function policyBySlug(
  db: Reader,
  organizationId: number,
  slug: string,
): Promise<ApprovalPolicy | null> {
  const row = await db
    .selectFrom('approval_policies')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('slug', '=', slug)
    .executeTakeFirst();
  return row ? toPolicy(row) : null;
}

/** Slugs of the organization that are this one or this one with a number behind. */
export async function policySlugsLike(
  db: Reader,
  organizationId: number,
  slug: string,
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('approval_policies')
    .select('slug')
    .where('organization_id', '=', organizationId)
    .where((eb) => eb.or([eb('slug', '=', slug), eb('slug', 'like', `${slug}-%`)]))
    .execute();
  return new Set(rows.map((row) => row.slug));
}

/** The policy's columns for those members that are given. */
function columnsOf(change: PolicyColumns): Partial<NewRow<'approval_policies'>> {
  const columns: Partial<NewRow<'approval_policies'>> = {
    name: change.name,
    slug: change.slug,
    description: change.description,
    type_id: change.typeId,
    is_default: change.isDefault === undefined ? undefined : Number(change.isDefault),
    archived_at: change.archivedAt,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

/** Takes the default from whichever policy has it; the previous one's id. */
export async function takeDefault(trx: Trx, organizationId: number, now: number): Promise<number | null> {
  const row = await trx
    .updateTable('approval_policies')
    .set({ is_default: 0, updated_at: now })
    .where('organization_id', '=', organizationId)
    .where('is_default', '=', sql.lit(1))
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function addPolicy(
  trx: Trx,
  organizationId: number,
  policy: PolicyColumns & { name: string; slug: string },
  now: number,
): Promise<number> {
  const id = await nextId(trx, 'approval_policies');
  await trx
    .insertInto('approval_policies')
    .values({
      description: null,
      archived_at: null,
      ...columnsOf(policy),
      name: policy.name,
      slug: policy.slug,
      id,
      organization_id: organizationId,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await keepTotals(trx, organizationId, 'approval_policies', null, counted(policy));
  return id;
}

/** Writes the members that are given and no other. */
export async function changePolicy(
  trx: Trx,
  before: ApprovalPolicy,
  change: PolicyColumns,
  now: number,
): Promise<void> {
  await trx
    .updateTable('approval_policies')
    .set({ ...columnsOf(change), updated_at: now })
    .where('id', '=', before.id)
    .execute();
  const after = { ...before, ...change };
  await keepTotals(trx, before.organizationId, 'approval_policies', counted(before), counted(after));
}

function counted(policy: PolicyColumns) {
  return { status: policy.archivedAt == null ? 1 : 2 };
}

/** Gives a person this policy, or (null) takes their assignment away. */
export async function assignPolicy(
  trx: Trx,
  organizationId: number,
  personId: number,
  policyId: number | null,
  now: number,
): Promise<void> {
  const before = await assignmentOfPerson(trx, organizationId, personId);
  if (before && policyId === null) await removeAssignment(trx, before);
  if (policyId === null || before?.approvalPolicyId === policyId) return;
  if (before) await changeAssignment(trx, before, { approvalPolicyId: policyId });
  else await addAssignment(trx, organizationId, { personId, approvalPolicyId: policyId }, now);
}
