import type { Person, Standing } from '../approval/person.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { keepTotals } from './list-totals.ts';
import { changePerson, countedPerson, splitName } from './person-columns.ts';
import type { Row } from './schema.ts';

/** An account of a person on a chat platform. `tenant` is the Slack team or Teams tenant. */
export interface Identity {
  platform: 'slack' | 'teams';
  tenant: string;
  externalId: string;
}

export type IdentityRow = Row<'identities'>;

function toPerson(row: Row<'people'>, standings: readonly IdentityRow['standing'][]): Person {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    email: row.email,
    kind: row.kind,
    ownerId: row.owner_id,
    role: row.role,
    managerId: row.manager_id,
    standing: standingOf(row, standings),
  };
}

/** Our own word bites first; an account that is a guest, a bot or gone bites wherever it is. */
function standingOf(row: Row<'people'>, standings: readonly IdentityRow['standing'][]): Standing {
  if (row.status === 'deactivated' || row.archived_at !== null) return 'deactivated';
  return standings.find((standing) => standing !== 'member') ?? 'member';
}

/** People by id; unknown ids are left out. */
export async function peopleById(db: Reader, ids: Iterable<number>): Promise<Map<number, Person>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await db.selectFrom('people').selectAll().where('id', 'in', wanted).execute();
  const identities = await db
    .selectFrom('identities')
    .select(['person_id', 'standing'])
    .where('person_id', 'in', wanted)
    .execute();
  const byPerson = Map.groupBy(identities, (identity) => identity.person_id);
  const owners = await ownersOf(db, rows);
  return new Map(
    rows.map((row) => {
      const person = toPerson(
        row,
        (byPerson.get(row.id) ?? []).map((i) => i.standing),
      );
      const owner = row.kind === 'machine' && row.owner_id !== null ? owners.get(row.owner_id) : undefined;
      return [row.id, owner && person.standing === 'member' ? { ...person, standing: owner.standing } : person];
    }),
  );
}

/** A machine may do no more than the person who answers for it (R16). */
function ownersOf(db: Reader, rows: readonly Row<'people'>[]): Promise<Map<number, Person>> {
  return peopleById(
    db,
    rows.flatMap((row) => (row.kind === 'machine' ? (row.owner_id ?? []) : [])),
  );
}

/** The machines a person answers for. */
export async function machinesOf(db: Reader, personId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('people')
    .select('id')
    .where('owner_id', '=', personId)
    .where('kind', '=', 'machine')
    .execute();
  return rows.map((row) => row.id);
}

export async function personById(db: Reader, id: number): Promise<Person | null> {
  return (await peopleById(db, [id])).get(id) ?? null;
}

export async function personByEmail(
  db: Reader,
  organizationId: number,
  email: string,
): Promise<Person | null> {
  const row = await db
    .selectFrom('people')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('email', '=', email.toLowerCase())
    .executeTakeFirst();
  return row ? personById(db, row.id) : null;
}

/** Whose account this is, in any organization; the caller compares organizations. */
export async function personByIdentity(db: Reader, identity: Identity): Promise<Person | null> {
  const row = await db
    .selectFrom('identities')
    .select('person_id')
    .where('platform', '=', identity.platform)
    .where('tenant', '=', identity.tenant)
    .where('external_id', '=', identity.externalId)
    .executeTakeFirst();
  return row ? personById(db, row.person_id) : null;
}

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

/** Accounts of these people on one platform: person id → account. */
export async function identitiesOf(
  db: Reader,
  personIds: Iterable<number>,
  platform: 'slack' | 'teams',
): Promise<Map<number, IdentityRow>> {
  const wanted = [...new Set(personIds)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('identities')
    .selectAll()
    .where('person_id', 'in', wanted)
    .where('platform', '=', platform)
    .execute();
  return new Map(rows.map((row) => [row.person_id, row]));
}

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
  return 'pinned';
}

/** What is on record of an account; null when it is nobody's here. */
export async function standingOfAccount(
  db: Reader,
  identity: Identity,
): Promise<IdentityRow['standing'] | null> {
  const row = await db
    .selectFrom('identities')
    .select('standing')
    .where('platform', '=', identity.platform)
    .where('tenant', '=', identity.tenant)
    .where('external_id', '=', identity.externalId)
    .executeTakeFirst();
  return row?.standing ?? null;
}

/** Sets what a platform says of an account; the person it belongs to, or null when nobody's. */
export async function updateStanding(
  trx: Trx,
  identity: Identity,
  standing: IdentityRow['standing'],
  now: number,
): Promise<{ personId: number; organizationId: number } | null> {
  const row = await trx
    .updateTable('identities')
    .set({ standing, checked_at: now })
    .where('platform', '=', identity.platform)
    .where('tenant', '=', identity.tenant)
    .where('external_id', '=', identity.externalId)
    .returning(['person_id', 'organization_id'])
    .executeTakeFirst();
  return row ? { personId: row.person_id, organizationId: row.organization_id } : null;
}

export interface NewPerson {
  organizationId: number;
  name: string;
  email: string | null;
  kind?: 'human' | 'machine';
  role?: 'member' | 'admin';
  managerId?: number | null;
  ownerId?: number | null;
}

/** Adds a person; the e-mail is kept in lower case. */
export async function addPerson(trx: Trx, person: NewPerson, now: number): Promise<number> {
  const id = await nextId(trx, 'people');
  const row = {
    id,
    organization_id: person.organizationId,
    kind: person.kind ?? ('human' as const),
    name: person.name,
    ...splitName(person.name),
    email: person.email?.toLowerCase() ?? null,
    role: person.role ?? ('member' as const),
    status: 'active' as const,
    manager_id: person.managerId ?? null,
    owner_id: person.ownerId ?? null,
    archived_at: null,
    created_at: now,
    updated_at: now,
  };
  await trx.insertInto('people').values(row).execute();
  await keepTotals(trx, person.organizationId, 'people', null, countedPerson(row));
  return id;
}

/** Active admins of an organization. */
export async function admins(db: Reader, organizationId: number): Promise<Person[]> {
  const rows = await db
    .selectFrom('people')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'admin')
    .where('status', '=', 'active')
    .orderBy('id')
    .limit(50)
    .execute();
  const people = await peopleById(
    db,
    rows.map((row) => row.id),
  );
  return [...people.values()].filter((person) => person.standing === 'member');
}

export async function setRole(
  trx: Trx,
  personId: number,
  role: 'member' | 'admin',
  now: number,
): Promise<void> {
  await changePerson(trx, personId, { role }, now);
}

/** Takes the directory's name for a person who was known by e-mail only. */
export async function nameIfUnnamed(trx: Trx, personId: number, name: string): Promise<void> {
  await trx
    .updateTable('people')
    .set({ name, ...splitName(name) })
    .where('id', '=', personId)
    .whereRef('name', '=', 'email')
    .execute();
}

/** Sets what an administrator says of a person; `undefined` members keep their value. */
export async function updatePerson(
  trx: Trx,
  personId: number,
  change: {
    name?: string;
    managerId?: number | null;
    role?: 'member' | 'admin';
    status?: 'active' | 'deactivated';
  },
  now: number,
): Promise<void> {
  const columns = {
    ...(change.name !== undefined && { name: change.name, ...splitName(change.name) }),
    ...(change.managerId !== undefined && { manager_id: change.managerId }),
    ...(change.role !== undefined && { role: change.role }),
    ...(change.status !== undefined && { status: change.status }),
  };
  await changePerson(trx, personId, columns, now);
}
