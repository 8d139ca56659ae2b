import type { Reader, Trx } from '../../store/database.ts';
import { pinIdentity } from '../../store/identities.ts';
import { dropIdentityChange } from '../../store/identity-changes.ts';
import { vocabularyOf } from '../../store/list-query.ts';
import { addPerson } from '../../store/people.ts';
import { changePerson } from '../../store/person-columns.ts';
import { otherAdmins, PEOPLE, type PersonRecord, peopleRecords } from '../../store/person-records.ts';
import { vacateEverywhere } from '../approvers/revoke-approver.ts';
import type { Context } from '../context.ts';
import { auditChange, changedMembers, named } from '../managing/change-audit.ts';
import { readOne, readPage, write, writeOne } from '../managing/managed-records.ts';
import type { ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { actorOf, conflict, done, invalid, readingRefused, refused } from '../tokens/principal-rights.ts';
import { linkAccount } from './manage-identities.ts';
import { lookUpAccounts, type PersonChange, type PersonDraft, personProblems } from './person-checks.ts';

export type { PersonChange, PersonDraft, PersonRecord };

export const PERSON_LIST = vocabularyOf(PEOPLE);

export function listPeople(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<PersonRecord>>> {
  return readPage(context, principal, { shape: PEOPLE, load: peopleRecords }, query);
}

export function getPerson(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PersonRecord>> {
  return readOne(context, principal, peopleRecords, id);
}

/** For includes: only those of the principal's organization are in the map. */
export function loadPeople(
  context: Context,
  principal: Principal,
  ids: Iterable<number>,
): Promise<Map<number, PersonRecord>> {
  return peopleRecords(context.db, principal.organizationId, readingRefused(principal) ? [] : ids);
}

/** Adds a person; their chat accounts, if named, are pinned at once (R16). */
export async function createPerson(
  context: Context,
  principal: Principal,
  draft: PersonDraft,
): Promise<Managed<PersonRecord>> {
  const found = await lookUpAccounts(context, principal, null, draft);
  if (!found.ok) return refused(found.refusal);
  return write(context, principal, async (trx, now) => {
    const { organizationId } = principal;
    const wanted = { ...named(draft), firstName: draft.firstName ?? null };
    const problems = await personProblems(trx, organizationId, null, wanted, found);
    if (problems.length > 0) return invalid(problems);
    const columns = columnsOf(wanted, null);
    const name = columns.name!;
    const id = await addPerson(trx, { organizationId, name, email: wanted.email ?? null }, now);
    await changePerson(trx, id, columns, now);
    for (const account of found.accounts) await pinIdentity(trx, organizationId, id, account, now);
    return finish(trx, principal, 'created', null, id, now);
  });
}

/**
 * Writes the members that are named. Refused with conflict where the organization would lose its last admin (R30). A
 * changed chat account waits until it is confirmed from there, and so does one more under another address (R16).
 */
export async function updatePerson(
  context: Context,
  principal: Principal,
  id: number,
  change: PersonChange,
): Promise<Managed<PersonRecord>> {
  const found = await lookUpAccounts(context, principal, id, change);
  if (!found.ok) return refused(found.refusal);
  return writeOne(context, principal, peopleRecords, id, async (trx, before, now) => {
    const wanted = named(change);
    const problems = await personProblems(trx, principal.organizationId, before, wanted, found);
    if (problems.length > 0) return invalid(problems);
    if (wanted.role === 'member' && (await isLastAdmin(trx, before))) return conflict(LAST_ADMIN);
    const columns = changedMembers(rowOf(before), columnsOf(wanted, before));
    if (columns) await changePerson(trx, id, columns, now);
    for (const account of found.accounts) await linkAccount(context, trx, principal, id, account, now);
    for (const platform of found.kept) await dropIdentityChange(trx, id, platform, now);
    return finish(trx, principal, 'changed', before, id, now);
  });
}

/** From now on they may do nothing: every open request loses them at once (R14). Refused for the last admin (R30). */
export function deactivatePerson(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PersonRecord>> {
  return leave(context, principal, id, 'deactivated', () => ({ status: 'deactivated' }));
}

export function activatePerson(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PersonRecord>> {
  return comeBack(context, principal, id, 'activated', { status: 'active' });
}

/** Out of the way, and out of every open request as when deactivated. Refused for the last admin. */
export function archivePerson(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PersonRecord>> {
  return leave(context, principal, id, 'archived', (person, now) => ({
    archived_at: person.archivedAt ?? now,
  }));
}

export function restorePerson(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PersonRecord>> {
  return comeBack(context, principal, id, 'restored', { archived_at: null });
}

const LAST_ADMIN = 'This is the last active admin. Make somebody else an admin first.';

type PersonColumns = Parameters<typeof changePerson>[2];

function leave(
  context: Context,
  principal: Principal,
  id: number,
  action: 'deactivated' | 'archived',
  columnsFor: (before: PersonRecord, now: number) => PersonColumns,
): Promise<Managed<PersonRecord>> {
  return writeOne(context, principal, peopleRecords, id, async (trx, before, now) => {
    const columns = changedMembers(rowOf(before), columnsFor(before, now));
    if (!columns) return done(before);
    if (await isLastAdmin(trx, before)) return conflict(LAST_ADMIN);
    await changePerson(trx, id, columns, now);
    await vacateEverywhere(context, trx, id, `is ${action}`, actorOf(principal));
    return finish(trx, principal, action, before, id, now);
  });
}

function comeBack(
  context: Context,
  principal: Principal,
  id: number,
  action: string,
  columns: PersonColumns,
): Promise<Managed<PersonRecord>> {
  return writeOne(context, principal, peopleRecords, id, async (trx, before, now) => {
    const changed = changedMembers(rowOf(before), columns);
    if (!changed) return done(before);
    await changePerson(trx, id, changed, now);
    return finish(trx, principal, action, before, id, now);
  });
}

async function isLastAdmin(db: Reader, person: PersonRecord): Promise<boolean> {
  const isAdmin = person.role === 'admin' && person.status === 'active' && person.archivedAt === null;
  return isAdmin && (await otherAdmins(db, person.organizationId, person.id)) === 0;
}

async function finish(
  trx: Trx,
  principal: Principal,
  action: string,
  before: PersonRecord | null,
  id: number,
  at: number,
): Promise<Managed<PersonRecord>> {
  const after = (await peopleRecords(trx, principal.organizationId, [id])).get(id)!;
  const subject = { subjectType: 'person', subjectId: id } as const;
  await auditChange(trx, principal, { at, action, ...subject, before, after });
  return done(after);
}

/** A person's columns as they are, to compare with what is wanted. */
function rowOf(person: PersonRecord) {
  return {
    name: person.name,
    first_name: person.firstName,
    last_name: person.lastName,
    email: person.email,
    title: person.title,
    manager_id: person.managerId,
    role: person.role,
    status: person.status,
    archived_at: person.archivedAt,
  };
}

function columnsOf(wanted: PersonChange, before: PersonRecord | null): PersonColumns {
  const { firstName, lastName, email, title, managerId, role } = wanted;
  const first = (firstName ?? before?.firstName ?? '').trim();
  const last = (lastName === undefined ? (before?.lastName ?? '') : (lastName ?? '')).trim();
  return {
    ...((firstName !== undefined || lastName !== undefined) && {
      first_name: first,
      last_name: last,
      name: `${first} ${last}`.trim(),
    }),
    ...(email !== undefined && { email: email?.toLowerCase() ?? null }),
    ...(title !== undefined && { title }),
    ...(managerId !== undefined && { manager_id: managerId }),
    ...(role !== undefined && { role: role as PersonRecord['role'] }),
  };
}
