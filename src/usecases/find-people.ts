import type { Person } from '../approval/person.ts';
import type { Actor } from '../store/audit.ts';
import type { Database, Trx } from '../store/database.ts';
import { accountsIn, identitiesOf, pinIdentity, standingOfAccount } from '../store/identities.ts';
import { hasConfirmedAccount, pendingChangesOfAccount } from '../store/identity-changes.ts';
import { organizationById } from '../store/organizations.ts';
import {
  addPerson,
  nameIfUnnamed,
  peopleById,
  personByEmail,
  personById,
  personByIdentity,
} from '../store/people.ts';
import { machinesWithToken } from '../store/tokens.ts';
import { auditRecordChange } from './change-audit.ts';
import { type Context, commit } from './context.ts';
import type { Directory, DirectoryAccount, DirectoryAnswer } from './ports.ts';
import { STANDING_WORDS, vacateEverywhere } from './revoke-approver.ts';

/** How long what a directory said of an account is believed. */
const STANDING_FRESH_MS = 10 * 60_000;

/** A directory could not be asked; whoever needed it tries again. */
export class DirectoryUnavailable extends Error {
  readonly retryAfterMs: number;
  constructor(detail: string, retryAfterMs: number) {
    super(detail);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface FoundPerson {
  person: Person;
  /** Why they have no chat account, for people to read; null when they have one. */
  unreachable: string | null;
}

/**
 * Refreshes what is known of these people: joins each to their chat account once, by e-mail within the
 * organization's own domains (R17), and looks at its standing again when it is old. Throws
 * DirectoryUnavailable when a directory cannot be asked; nothing is guessed then.
 */
export async function refreshPeople(
  context: Context,
  organizationId: number,
  personIds: Iterable<number>,
): Promise<Map<number, FoundPerson>> {
  const ids = [...new Set(personIds)];
  const why = new Map<number, string>();
  for (const directory of context.directories)
    for (const id of ids) {
      const reason = await refreshAccount(context, directory, organizationId, id);
      if (reason) why.set(id, reason);
    }
  const people = await peopleById(context.db, ids);
  const reachable = new Set<number>();
  for (const directory of context.directories)
    for (const personId of (await identitiesOf(context.db, ids, directory.platform)).keys())
      reachable.add(personId);
  // A machine is asked by nobody in chat: it looks for itself, with its token.
  for (const id of await machinesWithToken(context.db, ids)) reachable.add(id);
  return new Map(
    [...people].map(([id, person]) => {
      const unreachable = reachable.has(id) ? null : (why.get(id) ?? 'has no chat account');
      return [
        id,
        {
          person:
            unreachable !== null && person.standing === 'member'
              ? { ...person, standing: 'not_found' as const }
              : person,
          unreachable,
        },
      ];
    }),
  );
}

async function refreshAccount(
  context: Context,
  directory: Directory,
  organizationId: number,
  personId: number,
): Promise<string | null> {
  const { db, clock } = context;
  const known = (await identitiesOf(db, [personId], directory.platform)).get(personId);
  if (known) {
    if (clock.now() - known.checked_at < STANDING_FRESH_MS) return null;
    const { tenant, external_id: externalId } = known;
    const answer = await directory.lookUp({ organizationId, tenant, externalId });
    // What was known stands until somebody can say: a card to them will tell that it cannot be brought.
    if (answer.kind === 'not_connected') return null;
    const account = value(answer);
    await pin(
      context,
      organizationId,
      personId,
      {
        tenant,
        externalId,
        standing: account?.standing ?? 'deactivated',
      },
      directory,
    );
    return null;
  }
  const person = await personById(db, personId);
  if (!person?.email) return 'has neither a chat account nor an e-mail address';
  if (!(await isOwnDomain(db, organizationId, person.email)))
    return `has an e-mail address outside the organization's own domains`;
  const account = value(await directory.findByEmail(organizationId, person.email));
  if (!account) return 'was not found in chat by e-mail address';
  const pinned = await pin(context, organizationId, personId, account, directory);
  return pinned === 'conflict' ? 'has a chat account that belongs to somebody else here' : null;
}

function pin(
  context: Context,
  organizationId: number,
  personId: number,
  account: Pick<DirectoryAccount, 'tenant' | 'externalId' | 'standing'> & { name?: string },
  directory: Directory,
): Promise<'pinned' | 'conflict'> {
  const identity = { platform: directory.platform, ...account };
  return commit(context, async (trx) => {
    const before = await standingOfAccount(trx, organizationId, identity);
    const pinned = await pinIdentity(trx, organizationId, personId, identity, context.clock.now());
    if (pinned === 'pinned' && account.name) await nameIfUnnamed(trx, personId, account.name);
    if (before === 'member' && account.standing !== 'member')
      await vacateEverywhere(context, trx, personId, STANDING_WORDS[account.standing], {
        personId: null,
        via: directory.platform,
      });
    return pinned;
  });
}

/** The account, null when there is none; throws DirectoryUnavailable when nobody can say. */
function value(answer: DirectoryAnswer<DirectoryAccount>): DirectoryAccount | null {
  if (answer.kind === 'found') return answer.value;
  if (answer.kind === 'missing' || answer.kind === 'not_connected') return null;
  if (answer.kind === 'refused') throw new DirectoryUnavailable(answer.detail, 60_000);
  throw new DirectoryUnavailable(answer.detail, answer.retryAfterMs);
}

async function isOwnDomain(db: Database, organizationId: number, email: string): Promise<boolean> {
  const organization = await organizationById(db, organizationId);
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return organization?.domains.includes(domain) ?? false;
}

/**
 * The person with this e-mail: from our table, else from a directory, added then (R5, R17). null when nobody
 * vouches for the address. Throws DirectoryUnavailable.
 */
export async function findPersonByEmail(
  context: Context,
  organizationId: number,
  email: string,
): Promise<Person | null> {
  const known = await personByEmail(context.db, organizationId, email);
  if (known) return known;
  const found = await accountOfAddress(context, organizationId, email);
  return found ? adoptAccount(context, organizationId, found.directory, found.account) : null;
}

/** The account that a directory has for an address of the organization's own domains. Throws DirectoryUnavailable. */
export async function accountOfAddress(
  context: Context,
  organizationId: number,
  email: string,
): Promise<{ directory: Directory; account: DirectoryAccount } | null> {
  if (!(await isOwnDomain(context.db, organizationId, email))) return null;
  for (const directory of context.directories) {
    const account = value(await directory.findByEmail(organizationId, email));
    if (account) return { directory, account };
  }
  return null;
}

/** The person behind an account a directory named, without adding or joining anybody; null = nobody known here. */
export async function personOfAccount(
  context: Context,
  organizationId: number,
  directory: Directory,
  account: DirectoryAccount,
): Promise<Person | null> {
  const { db } = context;
  const holder = await personByIdentity(db, { organizationId, platform: directory.platform, ...account });
  if (holder) return holder;
  if (!account.email || !(await isOwnDomain(db, organizationId, account.email))) return null;
  const person = await personByEmail(db, organizationId, account.email);
  return person && (await isAlsoOf(context, directory, account, person)) ? person : null;
}

/**
 * Whether an account with this person's address is theirs, too (R17): not where they chose another instead of it (R16),
 * nor where the address became theirs after they were joined to an account with another one. Throws DirectoryUnavailable.
 */
async function isAlsoOf(
  { db }: Context,
  directory: Directory,
  account: DirectoryAccount,
  person: Person,
): Promise<boolean> {
  const { platform } = directory;
  const { id, organizationId } = person;
  const pinned = (await identitiesOf(db, [id], platform)).get(id);
  if (!pinned) return true;
  const there = await accountsIn(db, organizationId, { platform, tenant: account.tenant }, [id]);
  if (there.size > 0 || (await hasConfirmedAccount(db, id, platform))) return false;
  const first = value(
    await directory.lookUp({ organizationId, tenant: pinned.tenant, externalId: pinned.external_id }),
  );
  return first === null || first.email === account.email;
}

/**
 * The person behind an account a directory named, joined by e-mail (R17) or added when unknown, on behalf of `actor`.
 * null for bots, strangers, accounts that cannot be told apart from somebody else's, and those asked whose they are. Throws DirectoryUnavailable.
 */
export async function adoptAccount(
  context: Context,
  organizationId: number,
  directory: Directory,
  account: DirectoryAccount,
  actor: Actor = { personId: null, via: directory.platform },
): Promise<Person | null> {
  const { db, clock } = context;
  const identity = { platform: directory.platform, ...account };
  const holder = await personByIdentity(db, { organizationId, ...identity });
  if (holder) return holder;
  if (account.standing === 'bot' || account.standing === 'stranger') return null;
  // Whose it is has been asked of its owner, and it cannot be two people's (R16).
  if ((await pendingChangesOfAccount(db, { organizationId, ...identity })).length > 0) return null;
  const ownEmail =
    account.email && (await isOwnDomain(db, organizationId, account.email)) ? account.email : null;
  const namesake = ownEmail ? await personByEmail(db, organizationId, ownEmail) : null;
  if (namesake && !(await isAlsoOf(context, directory, account, namesake))) return null;
  return commit(context, async (trx) => {
    const now = clock.now();
    const byEmail = ownEmail ? await personByEmail(trx, organizationId, ownEmail) : null;
    const person = { organizationId, name: account.name, email: ownEmail };
    const id = byEmail?.id ?? (await addPerson(trx, person, now));
    const pinned = await pinIdentity(trx, organizationId, id, identity, now);
    if (byEmail) await nameIfUnnamed(trx, id, account.name);
    else await auditAdded(trx, id, person, actor, now);
    return pinned === 'pinned' ? personById(trx, id) : null;
  });
}

function auditAdded(
  trx: Trx,
  id: number,
  { organizationId, ...person }: { organizationId: number; name: string; email: string | null },
  actor: Actor,
  at: number,
): Promise<void> {
  return auditRecordChange(
    trx,
    { organizationId, actor },
    { at, action: 'created', subjectType: 'person', subjectId: id, before: null, after: person },
  );
}

/** What is said of a manager whom neither our own table nor a chat profile names. */
export const NO_MANAGER = 'is not set: enter a manager for who asked';

/** The requester's manager: our own table, then the chat directory (contracts: slack.md, Manager resolution). */
export async function findManager(
  context: Context,
  organizationId: number,
  requester: Person,
): Promise<{ kind: 'person'; person: Person } | { kind: 'missing'; why: string }> {
  if (requester.managerId !== null) {
    const found = await refreshPeople(context, organizationId, [requester.managerId]);
    const manager = found.get(requester.managerId);
    if (manager) return { kind: 'person', person: manager.person };
  }
  for (const directory of context.directories) {
    const identity = (await identitiesOf(context.db, [requester.id], directory.platform)).get(requester.id);
    if (!identity) continue;
    const answer = await directory.managerOf({
      organizationId,
      tenant: identity.tenant,
      externalId: identity.external_id,
    });
    if (answer.kind === 'unavailable') throw new DirectoryUnavailable(answer.detail, answer.retryAfterMs);
    if (answer.kind === 'refused') return { kind: 'missing', why: `cannot be read: ${answer.detail}` };
    if (answer.kind === 'missing' || answer.kind === 'not_connected') continue;
    const manager = await adoptAccount(context, organizationId, directory, answer.value);
    if (!manager) return { kind: 'missing', why: 'is not a member of this organization' };
    const fresh = await refreshPeople(context, organizationId, [manager.id]);
    return { kind: 'person', person: fresh.get(manager.id)?.person ?? manager };
  }
  return { kind: 'missing', why: NO_MANAGER };
}
