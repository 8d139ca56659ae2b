import { INELIGIBLE_WORDS, type Person } from '../../approval/person.ts';
import { personByEmail, personByIdentity } from '../../store/people.ts';
import type { ChatAccount } from '../chat-commands.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import type { Directory, DirectoryAccount, DirectoryAnswer, PlatformName } from '../ports.ts';
import { actorOf } from '../tokens/principal-rights.ts';
import { DirectoryUnavailable } from './directory-answers.ts';
import { accountOfAddress } from './find-people.ts';
import { adoptAccount, personOfAccount } from './join-accounts.ts';
import { PLATFORM_NAMES } from './platform-names.ts';

/** How many accounts a directory is asked about at once. */
const AT_ONCE = 5;

/** Accounts named in one place: who they are, and for the others a sentence that says why not. By external id. */
export interface NamedAccounts {
  found: Map<string, Person>;
  problems: Map<string, string>;
}

export interface Naming {
  /** True where somebody who is no member any more may still be named, to be taken away; nobody is added then. */
  leaving?: boolean;
  /** Until when (epoch ms) directories are asked; whoever is left then is a problem. */
  until?: number;
}

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
  const unmet: string[] = [];
  for (const externalId of new Set(externalIds)) {
    const account = { organizationId, platform, tenant, externalId };
    const known = await personByIdentity(context.db, account);
    if (known) note(named, externalId, known, naming);
    else unmet.push(externalId);
  }
  while (unmet.length > 0) {
    const some = unmet.splice(0, AT_ONCE);
    const isLate = naming.until !== undefined && context.clock.now() >= naming.until;
    const answers = isLate
      ? []
      : await Promise.all(
          some.map((externalId) => lookUpInChat(context, { organizationId, platform, tenant, externalId })),
        );
    for (const [nth, externalId] of some.entries()) {
      if (isLate)
        named.problems.set(externalId, `${PLATFORM_NAMES[platform]} was too slow to say who this is.`);
      else await meet(context, principal, named, externalId, answers[nth] ?? null, naming);
    }
  }
  return named;
}

const UNKNOWN = 'This account is not one of a member of your organization.';

async function meet(
  context: Context,
  principal: Principal,
  named: NamedAccounts,
  externalId: string,
  asked: Asked | null,
  naming: Naming,
): Promise<void> {
  const { answer, directory } = asked ?? { answer: { kind: 'missing' as const } };
  if (answer.kind === 'unavailable' || answer.kind === 'refused')
    named.problems.set(externalId, `An account cannot be looked up just now: ${answer.detail}`);
  else if (answer.kind !== 'found' || !directory) named.problems.set(externalId, UNKNOWN);
  else {
    const person = await personBehind(context, principal, directory, answer.value, naming);
    if (typeof person === 'string') named.problems.set(externalId, person);
    else note(named, externalId, person, naming);
  }
}

/** The person behind an account not met before, or why there is none. */
async function personBehind(
  context: Context,
  principal: Principal,
  directory: Directory,
  account: DirectoryAccount,
  naming: Naming,
): Promise<Person | string> {
  const { organizationId } = principal;
  const { name, standing } = account;
  if (!mayAdd(principal, naming))
    return (
      (await personOfAccount(context, organizationId, directory, account)) ?? `${name} is not known here.`
    );
  if (standing !== 'member') return `${name} ${INELIGIBLE_WORDS[standing]}.`;
  return (
    (await adoptAccount(context, organizationId, directory, account, actorOf(principal))) ??
    `${name} cannot be matched with anybody: somebody here has their address and another account.`
  );
}

function mayAdd(principal: Principal, naming: Naming): boolean {
  return principal.role === 'admin' && !naming.leaving;
}

function note({ found, problems }: NamedAccounts, externalId: string, person: Person, naming: Naming): void {
  const problem = whyNot(person, naming);
  if (problem === null) found.set(externalId, person);
  else problems.set(externalId, problem);
}

function whyNot(person: Person, naming: Naming): string | null {
  if (person.standing === 'member' || naming.leaving) return null;
  return `${person.name} ${INELIGIBLE_WORDS[person.standing]}.`;
}

/**
 * The person somebody named by e-mail address, looked up and added for an admin where our table does not have them and
 * the address is of the organization's own domains. May ask a directory.
 */
export async function personOfAddress(
  context: Context,
  principal: Principal,
  address: string,
  naming: Naming = {},
): Promise<{ ok: true; person: Person } | { ok: false; problem: string }> {
  const { organizationId } = principal;
  try {
    const person = (await personByEmail(context.db, organizationId, address)) ?? (await lookedUp());
    if (typeof person === 'string') return { ok: false, problem: person };
    const problem = whyNot(person, naming);
    return problem === null ? { ok: true, person } : { ok: false, problem };
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error;
    return { ok: false, problem: `${address} cannot be looked up just now: ${error.message}` };
  }

  async function lookedUp(): Promise<Person | string> {
    const found = mayAdd(principal, naming) && (await accountOfAddress(context, organizationId, address));
    if (!found) return `Nobody here has the address ${address}.`;
    return personBehind(context, principal, found.directory, found.account, naming);
  }
}

interface Asked {
  directory: Directory;
  answer: DirectoryAnswer<DirectoryAccount>;
}

/** What its platform says of an account; null = no directory of that platform is connected. */
export async function lookUpInChat(context: Context, account: ChatAccount): Promise<Asked | null> {
  const directory = context.directories.find((one) => one.platform === account.platform);
  return directory ? { directory, answer: await directory.lookUp(account) } : null;
}
