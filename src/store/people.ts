import { sql } from 'kysely';
import type { Person, Standing } from '../approval/person.ts';
import { queryOnce, rowsOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Database, Reader, Trx } from './database.ts';
import type { Identity, IdentityRow } from './identities.ts';
import { keepTotals } from './list-totals.ts';
import { changePerson, countedPerson, splitName } from './person-columns.ts';
import type { Row } from './schema.ts';

type Standings = readonly IdentityRow['standing'][];
/** A person once for each of their accounts, or once without one. */
type PersonRow = Row<'people'> & { account_standing: IdentityRow['standing'] | null };

function toPerson(row: Row<'people'>, standings: Standings): Person {
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
function standingOf(row: Row<'people'>, standings: Standings): Standing {
  if (row.status === 'deactivated' || row.archived_at !== null) return 'deactivated';
  return standings.find((standing) => standing !== 'member') ?? 'member';
}

/** People by id; unknown ids are left out. */
export async function peopleById(db: Reader, ids: Iterable<number>): Promise<Map<number, Person>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const keys = wanted.map((id) => ({ id }));
  return toPeople(db, await peopleOfIds.all(db, keys));
}

const peopleOfIds = rowsOnce((db, keys: readonly { id: number }[]) =>
  peopleWithStandings(db).where(
    'people.id',
    'in',
    keys.map(({ id }) => id),
  ),
);

function peopleWithStandings(db: Database) {
  return db
    .selectFrom('people')
    .leftJoin('identities', 'identities.person_id', 'people.id')
    .selectAll('people')
    .select('identities.standing as account_standing');
}

async function toPeople(db: Reader, rows: readonly PersonRow[]): Promise<Map<number, Person>> {
  const people = new Map<number, Person>();
  for (const [id, own] of Map.groupBy(rows, (row) => row.id))
    people.set(
      id,
      toPerson(
        own[0]!,
        own.flatMap((row) => row.account_standing ?? []),
      ),
    );
  const owners = await ownersOf(db, people.values());
  for (const [id, person] of people) {
    const owner =
      person.kind === 'machine' && person.ownerId !== null ? owners.get(person.ownerId) : undefined;
    if (!owner) continue;
    const standing = person.standing === 'member' ? owner.standing : person.standing;
    people.set(id, { ...person, standing, ownerEmail: owner.email });
  }
  return people;
}

/** A machine may do no more than the person who answers for it (R16). */
function ownersOf(db: Reader, people: Iterable<Person>): Promise<Map<number, Person>> {
  return peopleById(
    db,
    [...people].flatMap(({ kind, ownerId }) => (kind === 'machine' ? (ownerId ?? []) : [])),
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
  return onlyOne(db, await peopleByEmail.all(db, { organizationId, email: email.toLowerCase() }));
}

const peopleByEmail = queryOnce((db, by: { organizationId: number; email: string }) =>
  peopleWithStandings(db)
    .where('people.organization_id', '=', by.organizationId)
    .where('people.email', '=', by.email),
);

/** The id of the person with this e-mail, whatever their standing. */
export async function personIdByEmail(
  db: Reader,
  organizationId: number,
  email: string,
): Promise<number | null> {
  return (await idByEmail.first(db, { organizationId, email: email.toLowerCase() }))?.id ?? null;
}

const idByEmail = queryOnce((db, by: { organizationId: number; email: string }) =>
  db
    .selectFrom('people')
    .select('id')
    .where('organization_id', '=', by.organizationId)
    .where('email', '=', by.email),
);

/**
 * Whose account this is in the organization: the same account may be somebody else's in another one, which shares a
 * channel with its workspace.
 */
export async function personByIdentity(
  db: Reader,
  identity: Identity & { organizationId: number },
): Promise<Person | null> {
  const { organizationId, platform, tenant, externalId } = identity;
  return onlyOne(db, await ownersOfAccount.all(db, { organizationId, platform, tenant, externalId }));
}

const ownersOfAccount = queryOnce((db, of: Identity & { organizationId: number }) =>
  peopleWithStandings(db).where('people.id', '=', (eb) =>
    eb
      .selectFrom('identities as account')
      .select('account.person_id')
      .where('account.organization_id', '=', of.organizationId)
      .where('account.platform', '=', of.platform)
      .where('account.tenant', '=', of.tenant)
      .where('account.external_id', '=', of.externalId),
  ),
);

async function onlyOne(db: Reader, rows: readonly PersonRow[]): Promise<Person | null> {
  const [person] = (await toPeople(db, rows)).values();
  return person ?? null;
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
  const rows = await activeAdmins.all(db, { organizationId });
  const people = await peopleById(
    db,
    rows.map((row) => row.id),
  );
  return [...people.values()].filter((person) => person.standing === 'member');
}

const activeAdmins = queryOnce((db, { organizationId }: { organizationId: number }) =>
  db
    .selectFrom('people')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'admin')
    .where('status', '=', 'active')
    .orderBy('id')
    .limit(sql.lit(50)),
);

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
