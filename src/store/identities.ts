import { rowsOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';
import { homeBelongsTo } from './homes.ts';
import type { Row } from './schema.ts';

/** An account of a person on a chat platform. `tenant` is the Slack team or Teams tenant. */
export interface Identity {
  platform: 'slack' | 'teams';
  tenant: string;
  externalId: string;
}

export type IdentityRow = Row<'identities'>;

/** Whether any account of the organization is of this Slack team or Teams tenant. */
export async function isOwnTenant(
  db: Reader,
  organizationId: number,
  account: Pick<Identity, 'platform' | 'tenant'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('identities')
    .select('person_id')
    .where('organization_id', '=', organizationId)
    .where('platform', '=', account.platform)
    .where('tenant', '=', account.tenant)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Accounts of these people on one platform: person id → account. Of several, one in a workspace that the bot is
 * installed in, or with a conversation in Teams, the same one each time.
 */
export async function identitiesOf(
  db: Reader,
  personIds: Iterable<number>,
  platform: 'slack' | 'teams',
): Promise<Map<number, IdentityRow>> {
  const wanted = [...new Set(personIds)];
  if (wanted.length === 0) return new Map();
  const rows = await accountsOf.all(
    db,
    wanted.map((personId) => ({ personId, platform })),
  );
  return new Map(rows.map((row) => [row.person_id, row]));
}

const accountsOf = rowsOnce((db, people: readonly { personId: number; platform: 'slack' | 'teams' }[]) =>
  db
    .selectFrom('identities')
    .leftJoin('slack_installations', (join) =>
      join
        .onRef('slack_installations.team_id', '=', 'identities.tenant')
        .onRef('slack_installations.organization_id', '=', 'identities.organization_id')
        .on('slack_installations.state', '=', 'active'),
    )
    .leftJoin('teams_conversations', (join) =>
      join
        .onRef('teams_conversations.organization_id', '=', 'identities.organization_id')
        .onRef('teams_conversations.tenant', '=', 'identities.tenant')
        .onRef('teams_conversations.external_id', '=', 'identities.external_id')
        .on('teams_conversations.state', '=', 'active'),
    )
    .selectAll('identities')
    .where(
      'person_id',
      'in',
      people.map(({ personId }) => personId),
    )
    .where('platform', '=', people[0]!.platform)
    // The last one wins in the map: the connected after the others.
    .orderBy((eb) =>
      eb
        .case()
        .when('slack_installations.team_id', 'is not', null)
        .then(1)
        .when('teams_conversations.external_id', 'is not', null)
        .then(1)
        .else(0)
        .end(),
    )
    .orderBy('slack_installations.created_at', 'desc')
    .orderBy('identities.tenant', 'desc'),
);

/** Pins an account to a person, or refreshes its standing. Never moves an account to another person (R17). */
export async function pinIdentity(
  trx: Trx,
  organizationId: number,
  personId: number,
  identity: Identity & { standing: IdentityRow['standing'] },
  now: number,
): Promise<'pinned' | 'conflict'> {
  const key = {
    organization_id: organizationId,
    platform: identity.platform,
    tenant: identity.tenant,
    external_id: identity.externalId,
  };
  const holder = await trx
    .selectFrom('identities')
    .select('person_id')
    .where('organization_id', '=', organizationId)
    .where('platform', '=', identity.platform)
    .where('tenant', '=', identity.tenant)
    .where('external_id', '=', identity.externalId)
    .executeTakeFirst();
  if (holder && holder.person_id !== personId) return 'conflict';
  const other = await trx
    .selectFrom('identities')
    .select('external_id')
    .where('person_id', '=', personId)
    .where('platform', '=', identity.platform)
    .where('tenant', '=', identity.tenant)
    .executeTakeFirst();
  if (other && other.external_id !== identity.externalId) return 'conflict';
  await trx
    .insertInto('identities')
    .values({ ...key, person_id: personId, standing: identity.standing, checked_at: now })
    .onConflict((oc) =>
      oc
        .columns(['organization_id', 'platform', 'tenant', 'external_id'])
        .doUpdateSet({ standing: identity.standing, checked_at: now }),
    )
    .execute();
  await homeBelongsTo(trx, identity, personId);
  return 'pinned';
}

/** What is on record of an account in one organization; null when it is nobody's there. */
export async function standingOfAccount(
  db: Reader,
  organizationId: number,
  identity: Identity,
): Promise<IdentityRow['standing'] | null> {
  const row = await db
    .selectFrom('identities')
    .select('standing')
    .where('organization_id', '=', organizationId)
    .where('platform', '=', identity.platform)
    .where('tenant', '=', identity.tenant)
    .where('external_id', '=', identity.externalId)
    .executeTakeFirst();
  return row?.standing ?? null;
}

/** Sets what a platform says of an account; the person of the organization it belongs to, or null when nobody's. */
export async function updateStanding(
  trx: Trx,
  organizationId: number,
  identity: Identity,
  standing: IdentityRow['standing'],
  now: number,
): Promise<number | null> {
  const row = await trx
    .updateTable('identities')
    .set({ standing, checked_at: now })
    .where('organization_id', '=', organizationId)
    .where('platform', '=', identity.platform)
    .where('tenant', '=', identity.tenant)
    .where('external_id', '=', identity.externalId)
    .returning('person_id')
    .executeTakeFirst();
  return row?.person_id ?? null;
}

/** Accounts of these people in one workspace or tenant: person id → the account's id there. */
export async function accountsIn(
  db: Reader,
  organizationId: number,
  place: Pick<Identity, 'platform' | 'tenant'>,
  personIds: Iterable<number>,
): Promise<Map<number, string>> {
  const wanted = [...new Set(personIds)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('identities')
    .select(['person_id', 'external_id'])
    .where('person_id', 'in', wanted)
    .where('organization_id', '=', organizationId)
    .where('platform', '=', place.platform)
    .where('tenant', '=', place.tenant)
    .execute();
  return new Map(rows.map((row) => [row.person_id, row.external_id]));
}

/** Account → the name of whose it is, for accounts of one workspace or tenant; unknown ones are absent. */
export async function namesOfAccounts(
  db: Reader,
  organizationId: number,
  place: Pick<Identity, 'platform' | 'tenant'>,
  externalIds: Iterable<string>,
): Promise<Map<string, string>> {
  const wanted = [...new Set(externalIds)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('identities')
    .innerJoin('people', 'people.id', 'identities.person_id')
    .select(['identities.external_id', 'people.name'])
    .where('identities.organization_id', '=', organizationId)
    .where('identities.platform', '=', place.platform)
    .where('identities.tenant', '=', place.tenant)
    .where('identities.external_id', 'in', wanted)
    .execute();
  return new Map(rows.map((row) => [row.external_id, row.name]));
}
