import { sql } from 'kysely';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { oweHomeOfAccount } from './homes.ts';
import type { Identity, IdentityRow } from './identities.ts';
import type { Row } from './schema.ts';

/** Another account for a person, which counts only once it is confirmed from there (R16). */
export interface IdentityChange extends Identity {
  id: number;
  organizationId: number;
  personId: number;
  standing: IdentityRow['standing'];
  requestedBy: number | null;
  createdAt: number;
}

function toChange(row: Row<'identity_changes'>): IdentityChange {
  return {
    id: row.id,
    organizationId: row.organization_id,
    personId: row.person_id,
    platform: row.platform,
    tenant: row.tenant,
    externalId: row.external_id,
    standing: row.standing,
    requestedBy: row.requested_by,
    createdAt: row.created_at,
  };
}

/** Keeps the wish; an earlier one of this person on this platform is replaced by it. */
export async function addIdentityChange(
  trx: Trx,
  change: Omit<IdentityChange, 'id' | 'createdAt'> & { requestedVia: string },
  now: number,
): Promise<number> {
  await dropIdentityChange(trx, change.personId, change.platform, now);
  const id = await nextId(trx, 'identity_changes');
  await trx
    .insertInto('identity_changes')
    .values({
      id,
      organization_id: change.organizationId,
      person_id: change.personId,
      platform: change.platform,
      tenant: change.tenant,
      external_id: change.externalId,
      standing: change.standing,
      state: 'pending',
      requested_by: change.requestedBy,
      requested_via: change.requestedVia,
      created_at: now,
      settled_at: null,
    })
    .execute();
  return id;
}

/** The pending change of a person on a platform is no longer wanted, nor asked about on a Home. */
export async function dropIdentityChange(
  trx: Trx,
  personId: number,
  platform: Identity['platform'],
  now: number,
): Promise<void> {
  const dropped = await trx
    .updateTable('identity_changes')
    .set({ state: 'replaced', settled_at: now })
    .where('person_id', '=', personId)
    .where('platform', '=', platform)
    .where('state', '=', sql.lit('pending' as const))
    .returning(['tenant', 'external_id'])
    .execute();
  for (const { tenant, external_id } of dropped)
    await oweHomeOfAccount(trx, { platform, tenant, externalId: external_id }, now);
}

/** Changes in one organization that wait to be confirmed from this account, oldest first. */
export async function pendingChangesOfAccount(
  db: Reader,
  account: Identity & { organizationId: number },
): Promise<IdentityChange[]> {
  const rows = await db
    .selectFrom('identity_changes')
    .selectAll()
    .where('organization_id', '=', account.organizationId)
    .where('platform', '=', account.platform)
    .where('tenant', '=', account.tenant)
    .where('external_id', '=', account.externalId)
    .where('state', '=', 'pending')
    .orderBy('id')
    .execute();
  return rows.map(toChange);
}

/** Whether an account that a person has on a platform took the place of others, confirmed from there (R16). */
export async function hasConfirmedAccount(
  db: Reader,
  personId: number,
  platform: Identity['platform'],
): Promise<boolean> {
  const row = await db
    .selectFrom('identities')
    .innerJoin('identity_changes', (join) =>
      join
        .onRef('identity_changes.platform', '=', 'identities.platform')
        .onRef('identity_changes.tenant', '=', 'identities.tenant')
        .onRef('identity_changes.external_id', '=', 'identities.external_id')
        .onRef('identity_changes.person_id', '=', 'identities.person_id')
        .on('identity_changes.state', '=', 'confirmed'),
    )
    .select('identity_changes.id')
    .where('identities.person_id', '=', personId)
    .where('identities.platform', '=', platform)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function settleIdentityChange(
  trx: Trx,
  id: number,
  state: 'confirmed' | 'declined' | 'replaced',
  now: number,
): Promise<void> {
  await trx
    .updateTable('identity_changes')
    .set({ state, settled_at: now })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute();
}

/** Takes a person's accounts on a platform off them, so that another can be pinned; the accounts they had. */
export async function unpinAccounts(
  trx: Trx,
  personId: number,
  platform: Identity['platform'],
): Promise<Identity[]> {
  const rows = await trx
    .deleteFrom('identities')
    .where('person_id', '=', personId)
    .where('platform', '=', platform)
    .returning(['tenant', 'external_id'])
    .execute();
  return rows.map((row) => ({ platform, tenant: row.tenant, externalId: row.external_id }));
}
