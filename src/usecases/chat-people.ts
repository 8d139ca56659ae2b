import { INELIGIBLE_WORDS, type Person } from '../approval/person.ts';
import { personByEmail, personByIdentity } from '../store/people.ts';
import type { ChatAccount } from './chat-commands.ts';
import type { Context } from './context.ts';
import { adoptAccount } from './find-people.ts';
import type { Principal } from './managing.ts';
import type { PlatformName } from './ports.ts';

export const PLATFORM_NAMES = { slack: 'Slack', teams: 'Microsoft Teams' } as const;

/** Accounts named in one place: who they are, and for the others a sentence that says why not. By external id. */
export interface NamedAccounts {
  found: Map<string, Person>;
  problems: Map<string, string>;
}

export interface Naming {
  /** True where somebody who is no member any more may still be named, to be taken away; nobody is added then. */
  leaving?: boolean;
}

const UNKNOWN = 'This account is not one of a member of your organization.';

/**
 * The people behind accounts that somebody named, in a command or a form. Accounts not met before are looked up and,
 * for an admin, joined or added (R17); a guest, bot, stranger or deactivated account is refused by name, and an account
 * of another organization answers like an unknown one. May ask a directory.
 */
export async function peopleOfAccounts(
  context: Context,
  principal: Principal,
  platform: PlatformName,
  tenant: string,
  externalIds: readonly string[],
  naming: Naming = {},
): Promise<NamedAccounts> {
  const named: NamedAccounts = { found: new Map(), problems: new Map() };
  const { organizationId } = principal;
  for (const externalId of new Set(externalIds)) {
    const account = { organizationId, platform, tenant, externalId };
    const known = await personOfKnownAccount(context, account);
    if (known === 'foreign') named.problems.set(externalId, UNKNOWN);
    else {
      const person = known ?? (await meet(context, principal, account, naming));
      if (typeof person === 'string') named.problems.set(externalId, person);
      else if (person.standing === 'member' || naming.leaving) named.found.set(externalId, person);
      else named.problems.set(externalId, `${person.name} ${INELIGIBLE_WORDS[person.standing]}.`);
    }
  }
  return named;
}

async function meet(
  context: Context,
  { role }: Principal,
  { organizationId, platform, tenant, externalId }: ChatAccount,
  naming: Naming,
): Promise<Person | string> {
  const directory = context.directories.find((one) => one.platform === platform);
  const answer = directory && (await directory.lookUp({ organizationId, tenant, externalId }));
  if (!answer || answer.kind === 'missing' || answer.kind === 'not_connected') return UNKNOWN;
  if (answer.kind !== 'found') return `An account cannot be looked up just now: ${answer.detail}`;
  const { name, standing } = answer.value;
  if (standing !== 'member') return `${name} ${INELIGIBLE_WORDS[standing]}.`;
  if (role !== 'admin' || naming.leaving) return `${name} is not known here.`;
  const person = await adoptAccount(context, organizationId, directory, answer.value);
  return (
    person ?? `${name} cannot be matched with anybody: somebody here has their address and another account.`
  );
}

/** The person somebody named by e-mail address. */
export async function personOfAddress(
  context: Context,
  principal: Principal,
  address: string,
  _naming: Naming = {},
): Promise<{ ok: true; person: Person } | { ok: false; problem: string }> {
  const person = await personByEmail(context.db, principal.organizationId, address);
  return person ? { ok: true, person } : { ok: false, problem: `Nobody here has the address ${address}.` };
}

/** Who an account is pinned to; 'foreign' = somebody of another organization, null = nobody. */
export async function personOfKnownAccount(
  context: Context,
  account: ChatAccount,
): Promise<Person | 'foreign' | null> {
  const person = await personByIdentity(context.db, account);
  return person && person.organizationId !== account.organizationId ? 'foreign' : person;
}
