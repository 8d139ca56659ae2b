import type { Person } from '../../approval/person.ts';
import { type Actor, auditOf, writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import { accountsIn, identitiesOf, pinIdentity, standingOfAccount } from '../../store/identities.ts';
import { hasConfirmedAccount, pendingChangesOfAccount } from '../../store/identity-changes.ts';
import { addPerson, nameIfUnnamed, personByEmail, personById, personByIdentity } from '../../store/people.ts';
import { STANDING_WORDS, vacateEverywhere } from '../approvers/revoke-approver.ts';
import { bringCards } from '../cards/bring-cards.ts';
import { type Context, commit } from '../context.ts';
import { auditRecordChange } from '../managing/change-audit.ts';
import type { Directory, DirectoryAccount, PlatformName } from '../ports.ts';
import { isOwnDomain, value } from './directory-answers.ts';

/**
 * Pins an account to a person, or takes what its directory says of it now: their cards are brought to an account that
 * is new, and whoever is no member any more loses their places (R14). Never moves an account (R17).
 */
export function pinAccount(
  context: Context,
  organizationId: number,
  personId: number,
  directory: Pick<Directory, 'platform'>,
  account: Pick<DirectoryAccount, 'tenant' | 'externalId' | 'standing'> & { name?: string },
): Promise<'pinned' | 'conflict'> {
  const { platform } = directory;
  const identity = { platform, ...account };
  return commit(context, async (trx) => {
    const before = await standingOfAccount(trx, organizationId, identity);
    const pinned = await pinIdentity(trx, organizationId, personId, identity, context.clock.now());
    if (pinned === 'conflict') return pinned;
    if (account.name) await nameIfUnnamed(trx, personId, account.name);
    if (account.standing === 'member') {
      if (before === null) await bringCards(context, trx, personId, platform);
    } else if (before !== account.standing)
      await vacateEverywhere(context, trx, personId, STANDING_WORDS[account.standing], {
        personId: null,
        via: platform,
      });
    return pinned;
  });
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
  context: Context,
  directory: Directory,
  account: DirectoryAccount,
  person: Person,
): Promise<boolean> {
  const { db } = context;
  const { platform } = directory;
  const { id, organizationId } = person;
  if ((await addressElsewhere(context, person, platform)) === 'left') return false;
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
 * Whether the accounts that somebody has on other platforms still go by their address: `left` = one of them goes by
 * another, so that the address may be somebody else's by now, and joins nothing any more (R17). An account they
 * confirmed themselves is theirs whatever its address (R16). Throws DirectoryUnavailable when nobody can say.
 */
export async function addressElsewhere(
  { db, directories }: Context,
  { id, organizationId, email }: Person,
  platform: PlatformName,
): Promise<'kept' | 'left'> {
  if (email === null) return 'kept';
  for (const directory of directories) {
    if (directory.platform === platform) continue;
    const pinned = (await identitiesOf(db, [id], directory.platform)).get(id);
    if (!pinned || (await hasConfirmedAccount(db, id, directory.platform))) continue;
    const { tenant, external_id: externalId } = pinned;
    const account = value(await directory.lookUp({ organizationId, tenant, externalId }));
    if (account === null || account.email === email) continue;
    // It may go by several: then it is the one that its directory finds by this one.
    const holder = value(await directory.findByEmail(organizationId, email));
    if (holder?.tenant !== tenant || holder.externalId !== externalId) return 'left';
  }
  return 'kept';
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
  const { platform } = directory;
  const identity = { platform, ...account };
  const holder = await personByIdentity(db, { organizationId, ...identity });
  if (holder) return holder;
  if (account.standing === 'bot' || account.standing === 'stranger') return null;
  // Whose it is has been asked of its owner, and it cannot be two people's (R16).
  if ((await pendingChangesOfAccount(db, { organizationId, ...identity })).length > 0) return null;
  const ownEmail =
    account.email && (await isOwnDomain(db, organizationId, account.email)) ? account.email : null;
  const namesake = ownEmail ? await personByEmail(db, organizationId, ownEmail) : null;
  if (namesake && !(await isAlsoOf(context, directory, account, namesake))) {
    await noteConflict(context, organizationId, namesake.id, identity);
    return null;
  }
  return commit(context, async (trx) => {
    const now = clock.now();
    const byEmail = ownEmail ? await personByEmail(trx, organizationId, ownEmail) : null;
    const person = { organizationId, name: account.name, email: ownEmail };
    const id = byEmail?.id ?? (await addPerson(trx, person, now));
    const pinned = await pinIdentity(trx, organizationId, id, identity, now);
    if (byEmail) await nameIfUnnamed(trx, id, account.name);
    else await auditAdded(trx, id, person, actor, now);
    if (pinned === 'conflict') return null;
    if (account.standing === 'member') await bringCards(context, trx, id, platform);
    else if (byEmail)
      await vacateEverywhere(context, trx, id, STANDING_WORDS[account.standing], {
        personId: null,
        via: platform,
      });
    return personById(trx, id);
  });
}

/**
 * Whoever is named here by address only, such as the first admin, is joined to the account (R17); nobody is added. null
 * when the account is nobody's here. Throws DirectoryUnavailable.
 */
export async function joinIfKnown(
  context: Context,
  organizationId: number,
  directory: Directory,
  account: DirectoryAccount,
): Promise<Person | null> {
  if (account.standing !== 'member') return null;
  const known = await personOfAccount(context, organizationId, directory, account);
  return known && adoptAccount(context, organizationId, directory, account);
}

/**
 * An account goes by somebody's address and is not theirs as far as anybody can tell: only an admin can say whose it
 * is (R17). Told once for each account.
 */
export function noteConflict(
  context: Context,
  organizationId: number,
  personId: number,
  account: { platform: PlatformName; tenant: string; externalId: string },
): Promise<void> {
  const { platform, tenant, externalId } = account;
  return commit(context, async (trx) => {
    const told = await auditOf(trx, 'person', String(personId), MOST_LINES);
    if (told.some(({ action, detail }) => action === CONFLICT && detail.account === externalId)) return;
    context.log.warn({ person: personId, platform }, 'an account cannot be matched: an admin has to link it');
    await writeAudit(trx, organizationId, {
      at: context.clock.now(),
      actor: { personId: null, via: platform },
      action: CONFLICT,
      subjectType: 'person',
      subjectId: String(personId),
      detail: { platform, tenant, account: externalId },
    });
  });
}

const CONFLICT = 'identity_conflict';
const MOST_LINES = 100;

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
