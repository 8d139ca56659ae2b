import type { AccountKey, Clock, Directory, DirectoryAccount, DirectoryAnswer } from '../usecases/ports.ts';
import type { SlackFailure } from './client.ts';
import { errorSentence, failureSentence } from './failures.ts';
import { type SlackUser, standingOf } from './standing.ts';
import type { SlackWorkspace, SlackWorkspaces } from './workspaces.ts';

const FIELD_TTL_MS = 10 * 60_000;
const RETRY_MS = 15_000;
const USER_ID = /^[UW][A-Z0-9]{1,40}$/;
const EMAIL = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;
const NO_SUCH_PERSON = new Set(['users_not_found', 'user_not_found', 'user_not_visible']);

type SlackPerson = SlackUser & {
  name?: string;
  real_name?: string;
  is_email_confirmed?: boolean;
  profile?: { email?: string; real_name?: string; display_name?: string };
};

type Answer = DirectoryAnswer<DirectoryAccount>;

/**
 * People as Slack knows them, in all of an organization's workspaces. Network; never inside a transaction or before an
 * ack. E-mails in lower case.
 */
export function createSlackDirectory(workspaces: SlackWorkspaces, clock: Clock): Directory {
  /** Profile fields that were seen to be there, by workspace and id: until when that is believed. */
  const goodFields = new Map<string, number>();

  async function checkField(workspace: SlackWorkspace, id: string): Promise<Answer | null> {
    const key = `${workspace.identity.current()?.teamId ?? ''} ${id}`;
    if (clock.now() < (goodFields.get(key) ?? 0)) return null;
    const answer = await workspace.calls.call('team.profile.get', null, (client) =>
      client.team.profile.get(),
    );
    if (!answer.ok) return trouble(answer.failure);
    const found = answer.value.profile?.fields?.find((candidate) => candidate.id === id);
    if (!found)
      return {
        kind: 'refused',
        detail: `Slack has no profile field ${id}: check SLACK_MANAGER_FIELD_ID, or npm run slack -- manager-field.`,
      };
    if (found.is_inverse)
      return {
        kind: 'refused',
        detail: `The Slack profile field ${id} lists direct reports, not the manager: check SLACK_MANAGER_FIELD_ID, or npm run slack -- manager-field.`,
      };
    goodFields.set(key, clock.now() + FIELD_TTL_MS);
    return null;
  }

  async function managerIn(workspace: SlackWorkspace, externalId: string): Promise<Answer> {
    const { managerFieldId, calls } = workspace;
    if (managerFieldId === null) return { kind: 'missing' };
    const wrong = await checkField(workspace, managerFieldId);
    if (wrong) return wrong;
    const answer = await calls.call('users.profile.get', null, (client) =>
      client.users.profile.get({ user: externalId }),
    );
    if (!answer.ok) return trouble(answer.failure);
    const value = answer.value.profile?.fields?.[managerFieldId]?.value?.trim() ?? '';
    if (value === '') return { kind: 'missing' };
    if (USER_ID.test(value)) return lookUpIn(workspace, value);
    const email = value.replace(/^<?mailto:/, '').replace(/[|>].*$/, '');
    if (EMAIL.test(email)) return findIn(workspace, email);
    return {
      kind: 'refused',
      detail: `The manager field in Slack holds “${value.slice(0, 80)}”: a name cannot be resolved, only a person or an e-mail address.`,
    };
  }

  /** Asks the workspaces the account can be in, one after the other, until one knows it. */
  async function among(
    { organizationId, tenant }: Omit<AccountKey, 'externalId'>,
    ask: (workspace: SlackWorkspace) => Promise<Answer>,
  ): Promise<Answer> {
    const own = tenant === null ? null : await workspaces.reach(organizationId, tenant);
    if (own) return ask(own);
    let best: Answer = { kind: 'not_connected' };
    for (const workspace of await workspaces.ofOrganization(organizationId)) {
      const next = await ask(workspace);
      if (tenant === null ? isMember(next) : isOf(next, tenant)) return next;
      // An account of a workspace we are not in may be seen from one of ours (Enterprise Grid); that it is not, or
      // that somebody there has the same id, says nothing of it.
      if (tenant !== null && (next.kind === 'found' || next.kind === 'missing')) continue;
      if (RANK[next.kind] > RANK[best.kind]) best = next;
    }
    return best;
  }

  return {
    platform: 'slack',
    async findByEmail(organizationId, email) {
      const wanted = email.trim().toLowerCase();
      if (!EMAIL.test(wanted)) return { kind: 'missing' };
      return among({ organizationId, tenant: null }, (workspace) => findIn(workspace, wanted));
    },
    async lookUp(account) {
      if (!USER_ID.test(account.externalId)) return { kind: 'missing' };
      return among(account, (workspace) => lookUpIn(workspace, account.externalId));
    },
    async managerOf(account) {
      if (!USER_ID.test(account.externalId)) return { kind: 'missing' };
      return among(account, (workspace) => managerIn(workspace, account.externalId));
    },
  };
}

/** Of several answers without the account: somebody may be in the workspace that could not be asked. */
const RANK: Readonly<Record<Answer['kind'], number>> = {
  not_connected: 0,
  missing: 1,
  found: 2,
  refused: 3,
  unavailable: 4,
};

function isMember(answer: Answer): boolean {
  return answer.kind === 'found' && answer.value.standing !== 'stranger';
}

function isOf(answer: Answer, tenant: string): boolean {
  return answer.kind === 'found' && answer.value.tenant === tenant;
}

async function accountOf({ identity }: SlackWorkspace, user: SlackPerson | undefined): Promise<Answer> {
  const us = await identity.ensure();
  if (!us) return unavailable('Slack has not yet said which workspace the bot is in.');
  if (!user?.id) return { kind: 'missing' };
  const { profile } = user;
  const email = profile?.email && user.is_email_confirmed !== false ? profile.email.toLowerCase() : null;
  const names = [user.real_name, profile?.real_name, profile?.display_name, user.name];
  return {
    kind: 'found',
    value: {
      tenant: user.team_id ?? us.teamId,
      externalId: user.id,
      name: names.find((name) => name?.trim()) ?? user.id,
      email,
      standing: standingOf({ ...user, team_id: user.team_id ?? us.teamId }, us.teamId),
    },
  };
}

async function lookUpIn(workspace: SlackWorkspace, user: string): Promise<Answer> {
  const answer = await workspace.calls.call('users.info', null, (client) => client.users.info({ user }));
  return answer.ok ? accountOf(workspace, answer.value.user) : trouble(answer.failure);
}

async function findIn(workspace: SlackWorkspace, email: string): Promise<Answer> {
  const answer = await workspace.calls.call('users.lookupByEmail', null, (client) =>
    client.users.lookupByEmail({ email }),
  );
  if (!answer.ok) return trouble(answer.failure);
  if (answer.value.user?.is_email_confirmed === false)
    return { kind: 'refused', detail: `The Slack account with ${email} has not confirmed this address.` };
  return accountOf(workspace, answer.value.user);
}

function unavailable(
  detail: string,
  retryAfterMs = RETRY_MS,
): DirectoryAnswer<never> & { kind: 'unavailable' } {
  return { kind: 'unavailable', retryAfterMs, detail };
}

function trouble(failure: SlackFailure): Exclude<DirectoryAnswer<never>, { kind: 'found' }> {
  if (failure.kind === 'throttled') return unavailable(failureSentence(failure), failure.retryAfterMs);
  if (failure.kind === 'lost') return unavailable(failure.detail);
  if (NO_SUCH_PERSON.has(failure.error)) return { kind: 'missing' };
  return { kind: 'refused', detail: errorSentence(failure) };
}
