import { writeAudit } from '../../store/audit.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { type Identity, identitiesOf, pinIdentity } from '../../store/identities.ts';
import {
  addIdentityChange,
  type IdentityChange,
  pendingChangesOfAccount,
  settleIdentityChange,
  unpinAccounts,
} from '../../store/identity-changes.ts';
import { personByEmail, personByIdentity } from '../../store/people.ts';
import { peopleRecords } from '../../store/person-records.ts';
import { vacateEverywhere } from '../approvers/revoke-approver.ts';
import { bringCards } from '../cards/bring-cards.ts';
import type { ChatAccount } from '../chat-commands.ts';
import { type Context, commit } from '../context.ts';
import type { FieldProblem, Managed, Principal } from '../managing/managing.ts';
import { askAccount, tellConfirmed, tellDeclined } from '../notices/identity-notices.ts';
import type { AccountKey, DirectoryAccount, PlatformName } from '../ports.ts';
import { conflict, done, NOT_FOUND, refused } from '../tokens/principal-rights.ts';
import { isOwnDomain } from './directory-answers.ts';
import { PLATFORM_NAMES } from './platform-names.ts';

/** An account as its platform vouches for it. */
export type KnownAccount = Identity & Pick<DirectoryAccount, 'standing' | 'email'>;

const PLACES = { slack: 'workspace', teams: 'Microsoft 365 tenant' } as const;
const PLATFORMS = ['slack', 'teams'] as const;
const FIELDS = { slack: 'slack_user_id', teams: 'teams_user_id' } as const;

/**
 * Asks the platform for an account before it is linked: never inside a transaction. A problem where there is no such
 * account, it is deactivated, a bot, a stranger's, or the platform is not connected (R17); conflict where the
 * platform cannot be asked now.
 */
export async function lookUpAccount(
  context: Pick<Context, 'directories'>,
  named: AccountKey & { platform: PlatformName },
): Promise<
  | { kind: 'account'; account: KnownAccount }
  | { kind: 'problem'; problem: FieldProblem }
  | { kind: 'conflict'; why: string }
> {
  const { platform, externalId } = named;
  const problem = (detail: string) => ({
    kind: 'problem' as const,
    problem: { field: FIELDS[platform], detail },
  });
  const directory = context.directories.find((one) => one.platform === platform);
  if (!directory) return problem(`${PLATFORM_NAMES[platform]} is not connected`);
  if (!/^[A-Za-z0-9_:.@-]{1,128}$/.test(externalId)) return problem('is not an account id');
  const answer = await directory.lookUp(named);
  if (answer.kind === 'not_connected') return problem(`${PLATFORM_NAMES[platform]} is not connected`);
  if (answer.kind === 'missing') return problem(`is not an account of your ${PLACES[platform]}`);
  if (answer.kind !== 'found')
    return {
      kind: 'conflict',
      why: `${PLATFORM_NAMES[platform]} cannot be asked about this account now: ${answer.detail}`,
    };
  const { tenant, standing, email } = answer.value;
  if (standing === 'bot') return problem('is a bot');
  if (standing === 'stranger') return problem(`is from another ${PLACES[platform]}`);
  if (standing === 'deactivated') return problem('is deactivated');
  return {
    kind: 'account',
    account: { platform, tenant, externalId: answer.value.externalId, standing, email },
  };
}

/**
 * Why an account cannot be linked to a person: it is somebody else's already, or would be joined to them by its address
 * (R17). `personId` null = a new person.
 */
export async function accountProblems(
  trx: Trx,
  organizationId: number,
  personId: number | null,
  accounts: readonly KnownAccount[],
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  for (const account of accounts) {
    const { email } = account;
    const holder =
      (await personByIdentity(trx, { organizationId, ...account })) ??
      (email === null ? null : await personByEmail(trx, organizationId, email));
    if (holder && holder.id !== personId)
      problems.push({ field: FIELDS[account.platform], detail: 'belongs to somebody else already' });
  }
  return problems;
}

/**
 * Links an account: the first one a person has is pinned at once, and one on another platform that goes by their
 * address, as it would be joined by itself (R17), with what waits for them elsewhere; else the wish is kept until
 * somebody confirms it from that account, which is asked (R16).
 */
export async function linkAccount(
  context: Pick<Context, 'platforms' | 'newId' | 'clock'>,
  trx: Trx,
  principal: Principal,
  personId: number,
  account: KnownAccount,
  now: number,
): Promise<void> {
  const { organizationId } = principal;
  const held = await accountsOf(trx, personId);
  const isInPlace = held.some(({ platform }) => platform === account.platform);
  if (held.length === 0 || (!isInPlace && (await goesByAddress(trx, organizationId, personId, account)))) {
    await pinIdentity(trx, organizationId, personId, account, now);
    if (account.standing === 'member') await bringCards(context, trx, personId, account.platform);
    return;
  }
  const requested = { requestedBy: principal.personId, requestedVia: principal.via };
  const id = await addIdentityChange(trx, { organizationId, personId, ...account, ...requested }, now);
  const change = { id, organizationId, personId, ...account, requestedBy: principal.personId };
  await askAccount(context, trx, change, now);
}

/** The account of a person on each platform. */
async function accountsOf(db: Reader, personId: number): Promise<Identity[]> {
  const accounts: Identity[] = [];
  for (const platform of PLATFORMS) {
    const row = (await identitiesOf(db, [personId], platform)).get(personId);
    if (row) accounts.push({ platform, tenant: row.tenant, externalId: row.external_id });
  }
  return accounts;
}

async function goesByAddress(
  db: Reader,
  organizationId: number,
  personId: number,
  { email }: KnownAccount,
): Promise<boolean> {
  if (email === null || !(await isOwnDomain(db, organizationId, email))) return false;
  return (await personByEmail(db, organizationId, email))?.id === personId;
}

/** Relinks that wait for a word from this account; the chat side asks its owner. */
export function identityChangesFor(context: Context, account: ChatAccount): Promise<IdentityChange[]> {
  return pendingChangesOfAccount(context.db, account);
}

/** What a relink came to: whom it concerns, and the accounts to tell, the old ones and the new (R16). */
export interface Relinked {
  organizationId: number;
  personId: number;
  name: string;
  former: readonly Identity[];
  current: Identity;
}

/**
 * The owner of an account says that it is this person's (R16): from now on it is, and no longer the former one. It
 * does not apply to requests already open: the person's places there are vacated. not_found when nothing waits for
 * this account; conflict when it has become somebody else's or nobody's member, the person is deactivated, or its
 * platform cannot be asked about it. The caller must have the account from its platform's own signature. Both accounts
 * are told.
 */
export async function confirmIdentityChange(
  context: Context,
  account: ChatAccount,
  changeId: number,
): Promise<Managed<Relinked>> {
  if (!(await waiting(context.db, account, changeId))) return refused(NOT_FOUND);
  // What its platform said when it was named may no longer be so (R13).
  const found = await lookUpAccount(context, account);
  if (found.kind === 'conflict') return refused(found);
  if (found.kind === 'problem') return conflict(`This account ${found.problem.detail}. Nothing was changed.`);
  const { standing } = found.account;
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const change = await waiting(trx, account, changeId);
    if (!change) return refused(NOT_FOUND);
    const { personId, organizationId } = change;
    const person = (await peopleRecords(trx, organizationId, [personId])).get(personId);
    if (!person) return refused(NOT_FOUND);
    if (person.status !== 'active' || person.archivedAt !== null)
      return conflict(`${person.name} is deactivated. Nothing was changed.`);
    const holder = await personByIdentity(trx, { ...account, organizationId });
    if (holder && holder.id !== personId) return conflict('This account belongs to somebody else by now.');
    const former = await unpinAccounts(trx, personId, account.platform);
    const others = await accountsOf(trx, personId);
    await pinIdentity(trx, organizationId, personId, { ...change, standing }, now);
    await settleIdentityChange(trx, changeId, 'confirmed', now);
    await auditSettled(trx, change, 'identity_relinked', former, now);
    const actor = { personId, via: account.platform };
    await vacateEverywhere(context, trx, personId, 'has another chat account since', actor);
    await tellConfirmed(context, trx, change, { name: person.name, former, others }, now);
    return done({ organizationId, personId, name: person.name, former, current: account });
  });
}

/** The owner of the account says that it is not this person's. Both accounts are told. */
export function declineIdentityChange(
  context: Context,
  account: ChatAccount,
  changeId: number,
): Promise<Managed<null>> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const change = await waiting(trx, account, changeId);
    if (!change) return refused(NOT_FOUND);
    await settleIdentityChange(trx, changeId, 'declined', now);
    await auditSettled(trx, change, 'identity_relink_declined', [], now);
    await tellDeclined(context, trx, change, now);
    return done(null);
  });
}

async function waiting(
  db: Reader,
  account: ChatAccount,
  changeId: number,
): Promise<IdentityChange | undefined> {
  return (await pendingChangesOfAccount(db, account)).find((change) => change.id === changeId);
}

function auditSettled(
  trx: Trx,
  change: IdentityChange,
  action: string,
  former: readonly Identity[],
  at: number,
): Promise<void> {
  const { platform, tenant, externalId } = change;
  return writeAudit(trx, change.organizationId, {
    at,
    actor: { personId: change.personId, via: platform },
    action,
    subjectType: 'person',
    subjectId: String(change.personId),
    detail: { before: former, after: { platform, tenant, externalId }, requestedBy: change.requestedBy },
  });
}
