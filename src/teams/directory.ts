import type {
  AccountKey,
  Directory,
  DirectoryAccount,
  DirectoryAnswer,
  TeamsConversations,
} from '../usecases/ports.ts';
import type { TeamsConnector, TeamsMember } from './connector.ts';
import type { Graph, GraphUser } from './graph.ts';

const EMAIL = /^[^\s@<>#]+@[^\s@<>#]+\.[^\s@<>#]+$/;
const RETRY_MS = 15_000;

type Answer = DirectoryAnswer<DirectoryAccount>;

/**
 * People as Entra knows them, in the one tenant that is connected. Network; never inside a transaction or an invoke.
 *
 * An account's e-mail (R17) is its `mail`, else its sign-in name where that looks like an address. Both are the word
 * of the organization's own tenant: only its admins write them, and sign-in names are in domains it has proved. What
 * a person may enter there themselves (otherMails, proxy addresses) is never read. A guest's sign-in name holds #EXT#
 * and is no address; guests decide nothing.
 *
 * Without consent to Graph, somebody who has talked to the bot is known all the same, from the roster of their own
 * conversation, which Teams vouches for; nobody can then be found by address.
 */
export function createTeamsDirectory(config: {
  organizationId: number;
  tenantId: string;
  graph: Graph;
  connector: TeamsConnector;
  conversations: TeamsConversations;
}): Directory {
  const { organizationId, tenantId, graph, connector, conversations } = config;
  const isOurs = (account: Omit<AccountKey, 'externalId'>) =>
    account.organizationId === organizationId && (account.tenant === null || account.tenant === tenantId);

  async function fromRoster(externalId: string): Promise<Answer | null> {
    const known = await conversations.find({ organizationId, tenant: tenantId, externalId });
    if (known?.scope !== 'personal' || known.state !== 'active') return null;
    // The id that this bot has heard itself is understood by every service.
    const sent = await connector.member(known, known.mri ?? externalId);
    if (sent.kind === 'throttled')
      return {
        kind: 'unavailable',
        retryAfterMs: sent.retryAfterMs,
        detail: sent.detail ?? 'Teams asks to wait.',
      };
    if (sent.kind === 'unknown') return { kind: 'unavailable', retryAfterMs: RETRY_MS, detail: sent.detail };
    if (sent.kind !== 'sent' || sent.value === null || sent.value.aadObjectId !== externalId) return null;
    return { kind: 'found', value: accountOfMember(sent.value, tenantId) };
  }

  async function lookUp(externalId: string): Promise<Answer> {
    const answer = await graph.user(externalId);
    if (answer.kind === 'found') return accountOfUser(answer.value, tenantId);
    if (answer.kind === 'refused') return (await fromRoster(externalId)) ?? answer;
    return answer;
  }

  return {
    platform: 'teams',
    async findByEmail(organization, email) {
      if (!isOurs({ organizationId: organization, tenant: null })) return { kind: 'not_connected' };
      const wanted = email.trim().toLowerCase();
      if (!EMAIL.test(wanted)) return { kind: 'missing' };
      const answer = await graph.usersByAddress(wanted);
      if (answer.kind !== 'found') return answer;
      const users = new Map(answer.value.map((user) => [user.id, user]));
      const [only, other] = users.values();
      if (!only) return { kind: 'missing' };
      if (other)
        return {
          kind: 'refused',
          detail: `Several accounts in Entra have the address ${wanted}: an admin must tell them apart.`,
        };
      return accountOfUser(only, tenantId);
    },
    async lookUp(account) {
      if (!isOurs(account)) return { kind: 'not_connected' };
      return lookUp(account.externalId);
    },
    async managerOf(account) {
      if (!isOurs(account)) return { kind: 'not_connected' };
      const answer = await graph.managerOf(account.externalId);
      return answer.kind === 'found' ? lookUp(answer.value) : answer;
    },
  };
}

function accountOfUser(user: GraphUser, tenant: string): Answer {
  const { id, accountEnabled, userPrincipalName, displayName, mail } = user;
  // Graph leaves it empty for whoever may not read it: that is no word about the account.
  if (typeof accountEnabled !== 'boolean')
    return {
      kind: 'refused',
      detail:
        'Microsoft Graph does not say whether accounts are active: the app needs the application permission User.Read.All, with an admin’s consent.',
    };
  const isGuest = user.userType?.toLowerCase() === 'guest' || /#EXT#/i.test(userPrincipalName ?? '');
  return {
    kind: 'found',
    value: {
      tenant,
      externalId: id,
      name: displayName || userPrincipalName || id,
      email: addressOf(mail, userPrincipalName),
      standing: accountEnabled ? (isGuest ? 'guest' : 'member') : 'deactivated',
    },
  };
}

function accountOfMember(member: TeamsMember, ours: string): DirectoryAccount {
  const { aadObjectId, name, email, userPrincipalName, tenantId, isGuest } = member;
  // None is configured only where nobody proves anything.
  const isStranger = ours !== '' && tenantId !== ours;
  const standing = isStranger ? 'stranger' : isGuest ? 'guest' : 'member';
  return {
    tenant: ours,
    externalId: aadObjectId,
    name,
    email: addressOf(email, userPrincipalName),
    standing,
  };
}

function addressOf(mail: string | null | undefined, signIn: string | null | undefined): string | null {
  const found = [mail, signIn].find((one) => one && EMAIL.test(one));
  return found?.toLowerCase() ?? null;
}
