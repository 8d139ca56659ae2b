import { INELIGIBLE_WORDS, type Person } from '../approval/person.ts';
import { personByIdentity } from '../store/people.ts';
import type { ChatAccount } from './chat-commands.ts';
import type { Context } from './context.ts';
import { adoptAccount, DirectoryUnavailable } from './find-people.ts';
import type { Principal } from './managing.ts';
import type { PlatformName } from './ports.ts';

/** Whose account acts, as of now (R13, R17); a sentence for somebody who is nobody here. Local database only. */
export async function callerOf(
  context: Pick<Context, 'db'>,
  account: ChatAccount,
): Promise<{ person: Person; principal: Principal } | { refusal: string }> {
  const person = await personByIdentity(context.db, account);
  if (person?.organizationId !== account.organizationId)
    return { refusal: 'Countersign does not know your account. Ask an admin to add you.' };
  if (person.standing !== 'member')
    return { refusal: `Your account ${INELIGIBLE_WORDS[person.standing]}, so nothing was done.` };
  const { platform, tenant, externalId } = account;
  return {
    person,
    principal: {
      organizationId: person.organizationId,
      role: person.role,
      personId: person.id,
      tokenId: `${platform}:${tenant}:${externalId}`,
      via: platform,
    },
  };
}

/**
 * The people behind accounts of one workspace or tenant: known ones, else looked up and joined by an own e-mail
 * address (R17), added where nobody has it. `problems` says of each account that is nobody who may act why, without
 * a full stop: "Deploy Bot is a bot". Network for the unknown. Throws DirectoryUnavailable.
 */
export async function peopleOfAccounts(
  context: Context,
  principal: Principal,
  platform: PlatformName,
  tenant: string,
  externalIds: readonly string[],
): Promise<{ people: Map<string, Person>; problems: Map<string, string> }> {
  const { organizationId } = principal;
  const people = new Map<string, Person>();
  const problems = new Map<string, string>();
  for (const externalId of new Set(externalIds)) {
    const known = await personByIdentity(context.db, { platform, tenant, externalId });
    if (known?.organizationId === organizationId) people.set(externalId, known);
    else if (known) problems.set(externalId, `${known.name} belongs to another organization`);
    else {
      const found = await lookUp(context, organizationId, platform, externalId);
      if (typeof found === 'string') problems.set(externalId, found);
      else people.set(externalId, found);
    }
  }
  return { people, problems };
}

async function lookUp(
  context: Context,
  organizationId: number,
  platform: PlatformName,
  externalId: string,
): Promise<Person | string> {
  const directory = context.directories.find((one) => one.platform === platform);
  if (!directory) return 'An account cannot be looked up: the platform is not connected';
  const answer = await directory.lookUp(externalId);
  if (answer.kind === 'missing') return 'One of these accounts is not of this workspace';
  if (answer.kind === 'refused') throw new DirectoryUnavailable(answer.detail, 60_000);
  if (answer.kind === 'unavailable') throw new DirectoryUnavailable(answer.detail, answer.retryAfterMs);
  const { standing, name } = answer.value;
  if (standing !== 'member') return `${name} ${INELIGIBLE_WORDS[standing]}`;
  const person = await adoptAccount(context, organizationId, directory, answer.value);
  return person ?? `${name} has an e-mail address that somebody else here has too`;
}
