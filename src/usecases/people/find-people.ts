import type { ManagerAnswer } from '../../approval/approvers.ts';
import type { Person } from '../../approval/person.ts';
import { type IdentityRow, identitiesOf } from '../../store/identities.ts';
import { peopleById, personByEmail, personById } from '../../store/people.ts';
import { machinesWithToken } from '../../store/tokens.ts';
import type { Context } from '../context.ts';
import type { Directory, DirectoryAccount, DirectoryAnswer } from '../ports.ts';
import { DirectoryUnavailable, isOwnDomain, together, unsaid } from './directory-answers.ts';
import { addressElsewhere, adoptAccount, noteConflict, pinAccount } from './join-accounts.ts';

/** How long what a directory said of an account is believed. */
const STANDING_FRESH_MS = 10 * 60_000;

export interface FoundPerson {
  person: Person;
  /** What a directory could not say of them, to be looked at again; null = all were heard. */
  unsaid: DirectoryUnavailable | null;
}

/** What one directory says of one person. `silent`: nothing is connected there. */
type Look =
  | { kind: 'known' }
  | { kind: 'nowhere' }
  | { kind: 'silent' }
  | { kind: 'unsaid'; trouble: DirectoryUnavailable };

/**
 * Refreshes what is known of these people: joins each to their account in each directory once, by e-mail within the
 * organization's own domains (R17), and looks at its standing again when it is old. A directory that cannot be asked
 * stops nobody whom another one knows: what was known there stands until it can say. Somebody whom no other knows, and
 * who was never met there, is `unsaid`. Throws DirectoryUnavailable when no directory can say anything of somebody;
 * nothing is guessed then.
 */
export async function refreshPeople(
  context: Context,
  organizationId: number,
  personIds: Iterable<number>,
): Promise<Map<number, FoundPerson>> {
  const ids = [...new Set(personIds)];
  const { db, directories } = context;
  const heard = await Promise.all(
    directories.map((directory) => hear(context, directory, organizationId, ids)),
  );
  const looks = (id: number) => heard.map((one) => one.get(id)!);
  for (const id of ids) {
    const nobody = nobodyCanSay(looks(id));
    if (nobody) throw nobody;
  }
  const people = await peopleById(db, ids);
  const reachable = new Set<number>();
  for (const directory of directories)
    for (const personId of (await identitiesOf(db, ids, directory.platform)).keys()) reachable.add(personId);
  // A machine is asked by nobody in chat: it looks for itself, with its token.
  const machines = ids.filter((id) => people.get(id)?.kind === 'machine');
  for (const id of await machinesWithToken(db, machines)) reachable.add(id);
  return new Map(
    [...people].map(([id, person]): [number, FoundPerson] => {
      const said = looks(id);
      const trouble = together(said.flatMap((look) => (look.kind === 'unsaid' ? look.trouble : [])));
      if (reachable.has(id)) return [id, { person, unsaid: trouble }];
      // A machine has no account anywhere: what it lacks is a token.
      const isMachine = person.kind === 'machine';
      const standing = isMachine ? 'no_token' : trouble ? 'unsaid' : 'not_found';
      return [
        id,
        {
          person: person.standing === 'member' ? { ...person, standing } : person,
          unsaid: trouble,
        },
      ];
    }),
  );
}

/** The trouble of whom no directory could say anything; null = one has spoken, or none is connected. */
function nobodyCanSay(looks: readonly Look[]): DirectoryUnavailable | null {
  if (looks.some(({ kind }) => kind === 'known' || kind === 'nowhere')) return null;
  return together(looks.flatMap((look) => (look.kind === 'unsaid' ? look.trouble : [])));
}

/** Asks one directory about all of them; once it cannot be asked, it is not asked about the others. */
async function hear(
  context: Context,
  directory: Directory,
  organizationId: number,
  personIds: readonly number[],
): Promise<Map<number, Look>> {
  const looks = new Map<number, Look>();
  let down: Extract<DirectoryAnswer<never>, { kind: 'unavailable' }> | null = null;
  const ask: Ask = async (call) => {
    if (down) return down;
    const answer = await call();
    if (answer.kind === 'unavailable') down = answer;
    return answer;
  };
  const accounts = await identitiesOf(context.db, personIds, directory.platform);
  const where = { directory, ask, organizationId };
  for (const id of personIds) looks.set(id, await lookAt(context, where, id, accounts.get(id)));
  return looks;
}

type Ask = (
  call: () => Promise<DirectoryAnswer<DirectoryAccount>>,
) => Promise<DirectoryAnswer<DirectoryAccount>>;

async function lookAt(
  context: Context,
  { directory, ask, organizationId }: { directory: Directory; ask: Ask; organizationId: number },
  personId: number,
  seen: IdentityRow | undefined,
): Promise<Look> {
  const { db, clock } = context;
  // They may have been joined while others were asked about.
  const known = seen ?? (await identitiesOf(db, [personId], directory.platform)).get(personId);
  if (known) {
    if (clock.now() - known.checked_at < STANDING_FRESH_MS) return { kind: 'known' };
    const { tenant, external_id: externalId } = known;
    const answer = await ask(() => directory.lookUp({ organizationId, tenant, externalId }));
    // What was known stands until somebody can say: a card to them will tell that it cannot be brought.
    if (answer.kind === 'not_connected') return { kind: 'known' };
    const trouble = unsaid(answer);
    if (trouble) return { kind: 'unsaid', trouble };
    const standing = answer.kind === 'found' ? answer.value.standing : 'deactivated';
    await pinAccount(context, organizationId, personId, directory, { tenant, externalId, standing });
    return { kind: 'known' };
  }
  const person = await personById(db, personId);
  if (!person?.email || person.kind === 'machine') return { kind: 'nowhere' };
  const { email } = person;
  if (!(await isOwnDomain(db, organizationId, email))) return { kind: 'nowhere' };
  const answer = await ask(() => directory.findByEmail(organizationId, email));
  if (answer.kind === 'not_connected') return { kind: 'silent' };
  const trouble = unsaid(answer);
  if (trouble) return { kind: 'unsaid', trouble };
  if (answer.kind !== 'found') return { kind: 'nowhere' };
  return join(context, directory, person, answer.value);
}

/** Joins an account found by address, once; where it cannot be told whose it is, an admin has to say (R17). */
async function join(
  context: Context,
  directory: Directory,
  person: Person,
  account: DirectoryAccount,
): Promise<Look> {
  const { id, organizationId } = person;
  try {
    const isTheirs = (await addressElsewhere(context, person, directory.platform)) === 'kept';
    if (isTheirs && (await pinAccount(context, organizationId, id, directory, account)) === 'pinned')
      return { kind: 'known' };
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error;
    return { kind: 'unsaid', trouble: error };
  }
  await noteConflict(context, organizationId, id, { platform: directory.platform, ...account });
  return { kind: 'nowhere' };
}

/**
 * The person with this e-mail: from our table, else from a directory, added then (R5, R17). null when nobody
 * vouches for the address; `unsaid` = a directory could not say. Throws DirectoryUnavailable when none could.
 */
export async function findPersonByEmail(
  context: Context,
  organizationId: number,
  email: string,
): Promise<{ person: Person | null; unsaid: DirectoryUnavailable | null }> {
  const known = await personByEmail(context.db, organizationId, email);
  if (known) return { person: known, unsaid: null };
  const asked = await askForAddress(context, organizationId, email);
  if (asked.found) {
    const { directory, account } = asked.found;
    const person = await adoptAccount(context, organizationId, directory, account);
    return { person, unsaid: null };
  }
  if (asked.unsaid && !asked.heard) throw asked.unsaid;
  return { person: null, unsaid: asked.unsaid };
}

/**
 * The account that a directory has for an address of the organization's own domains; null = none has one. Throws
 * DirectoryUnavailable where one that could not be asked might.
 */
export async function accountOfAddress(
  context: Context,
  organizationId: number,
  email: string,
): Promise<{ directory: Directory; account: DirectoryAccount } | null> {
  const asked = await askForAddress(context, organizationId, email);
  if (!asked.found && asked.unsaid) throw asked.unsaid;
  return asked.found;
}

/** `heard`: a directory said that it has nobody of this address. */
async function askForAddress(
  context: Context,
  organizationId: number,
  email: string,
): Promise<{
  found: { directory: Directory; account: DirectoryAccount } | null;
  heard: boolean;
  unsaid: DirectoryUnavailable | null;
}> {
  if (!(await isOwnDomain(context.db, organizationId, email)))
    return { found: null, heard: true, unsaid: null };
  const troubles: DirectoryUnavailable[] = [];
  let heard = false;
  for (const directory of context.directories) {
    const answer = await directory.findByEmail(organizationId, email);
    if (answer.kind === 'found')
      return { found: { directory, account: answer.value }, heard: true, unsaid: null };
    if (answer.kind === 'missing') heard = true;
    const trouble = unsaid(answer);
    if (trouble) troubles.push(trouble);
  }
  return { found: null, heard, unsaid: together(troubles) };
}

/** What is said of a manager whom neither our own table nor a chat profile names. */
export const NO_MANAGER = 'is not set: enter a manager for who asked';

/** The manager, or why there is none; `unsaid` = a directory that may name one could not say. */
export type FoundManager = ManagerAnswer & { unsaid: DirectoryUnavailable | null };

/**
 * The requester's manager: our own table, then the chat directories in their order (contracts: slack.md, Manager
 * resolution). The first that names one is believed. Throws DirectoryUnavailable when none of them could be asked.
 */
export async function findManager(
  context: Context,
  organizationId: number,
  requester: Person,
): Promise<FoundManager> {
  if (requester.managerId !== null) {
    const found = await refreshPeople(context, organizationId, [requester.managerId]);
    const manager = found.get(requester.managerId);
    if (manager) return { kind: 'person', person: manager.person, unsaid: manager.unsaid };
  }
  const troubles: DirectoryUnavailable[] = [];
  let mayWait = true;
  for (const directory of context.directories) {
    const identity = (await identitiesOf(context.db, [requester.id], directory.platform)).get(requester.id);
    if (!identity) continue;
    const { tenant, external_id: externalId } = identity;
    const answer = await directory.managerOf({ organizationId, tenant, externalId });
    if (answer.kind === 'found') return managerBehind(context, organizationId, directory, answer.value);
    const trouble = unsaid(answer);
    if (trouble) troubles.push(trouble);
    // A refusal stands until somebody mends it: it is no reason to keep everybody waiting.
    if (answer.kind !== 'unavailable') mayWait = false;
  }
  const trouble = together(troubles);
  if (trouble && mayWait) throw trouble;
  const why = trouble ? `cannot be read: ${trouble.message}` : NO_MANAGER;
  return { kind: 'missing', why, unsaid: trouble };
}

async function managerBehind(
  context: Context,
  organizationId: number,
  directory: Directory,
  account: DirectoryAccount,
): Promise<FoundManager> {
  const manager = await adoptAccount(context, organizationId, directory, account);
  if (!manager) return { kind: 'missing', why: 'is not a member of this organization', unsaid: null };
  const fresh = (await refreshPeople(context, organizationId, [manager.id])).get(manager.id);
  return { kind: 'person', person: fresh?.person ?? manager, unsaid: fresh?.unsaid ?? null };
}
