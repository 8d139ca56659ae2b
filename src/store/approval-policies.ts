import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { Row } from './schema.ts';

export interface ApprovalPolicy {
  id: number;
  organizationId: number;
  name: string;
  slug: string;
  isDefault: boolean;
}

function toPolicy(row: Row<'approval_policies'>): ApprovalPolicy {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    slug: row.slug,
    isDefault: row.is_default === 1,
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
  const row = await db
    .selectFrom('approval_policies')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('is_default', '=', 1)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return row ? toPolicy(row) : null;
}

/** The policy assigned to a person, if any. */
export async function assignedPolicy(db: Reader, personId: number): Promise<ApprovalPolicy | null> {
  const row = await db
    .selectFrom('approval_policies')
    .innerJoin(
      'approval_policy_assignments',
      'approval_policy_assignments.approval_policy_id',
      'approval_policies.id',
    )
    .selectAll('approval_policies')
    .where('approval_policy_assignments.target_type', '=', 'person')
    .where('approval_policy_assignments.target_id', '=', personId)
    .where('approval_policies.archived_at', 'is', null)
    .executeTakeFirst();
  return row ? toPolicy(row) : null;
}

/** Adds the policy or renames the one with this slug. Making one the default takes it from the other. */
export async function savePolicy(
  trx: Trx,
  organizationId: number,
  policy: { slug: string; name: string; isDefault: boolean },
  now: number,
): Promise<number> {
  if (policy.isDefault)
    await trx
      .updateTable('approval_policies')
      .set({ is_default: 0 })
      .where('organization_id', '=', organizationId)
      .where('is_default', '=', 1)
      .where('slug', '!=', policy.slug)
      .execute();
  const found = await trx
    .selectFrom('approval_policies')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('slug', '=', policy.slug)
    .executeTakeFirst();
  if (found) {
    await trx
      .updateTable('approval_policies')
      .set({
        name: policy.name,
        is_default: policy.isDefault ? 1 : 0,
        updated_at: now,
        archived_at: null,
      })
      .where('id', '=', found.id)
      .execute();
    return found.id;
  }
  const id = await nextId(trx, 'approval_policies');
  await trx
    .insertInto('approval_policies')
    .values({
      id,
      organization_id: organizationId,
      name: policy.name,
      slug: policy.slug,
      description: null,
      is_default: policy.isDefault ? 1 : 0,
      archived_at: null,
      created_at: now,
      updated_at: now,
    })
    .execute();
  return id;
}

/** Gives a person this policy, or (null) takes their assignment away. */
export async function assignPolicy(
  trx: Trx,
  organizationId: number,
  personId: number,
  policyId: number | null,
  now: number,
): Promise<void> {
  await trx
    .deleteFrom('approval_policy_assignments')
    .where('organization_id', '=', organizationId)
    .where('target_type', '=', 'person')
    .where('target_id', '=', personId)
    .execute();
  if (policyId === null) return;
  await trx
    .insertInto('approval_policy_assignments')
    .values({
      id: await nextId(trx, 'approval_policy_assignments'),
      organization_id: organizationId,
      approval_policy_id: policyId,
      target_id: personId,
      created_at: now,
    })
    .execute();
}
