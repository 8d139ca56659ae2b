import type { Clock, Directory, DirectoryAccount, DirectoryAnswer } from '../usecases/ports.ts';
import type { SlackCalls, SlackFailure } from './client.ts';
import { errorSentence, failureSentence } from './failures.ts';
import type { IdentityKeeper } from './identity.ts';
import { type SlackUser, standingOf } from './standing.ts';

const FIELD_TTL_MS = 10 * 60_000;
const RETRY_MS = 15_000;
const USER_ID = /^[UW][A-Z0-9]{1,40}$/;
const EMAIL = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;
const NO_SUCH_PERSON = new Set(['users_not_found', 'user_not_found', 'user_not_visible']);

interface DirectoryParts {
  calls: SlackCalls;
  identity: IdentityKeeper;
  clock: Clock;
  /** The profile field that names the manager (SLACK_MANAGER_FIELD_ID); null = none is used. */
  managerFieldId: string | null;
}

type SlackPerson = SlackUser & {
  name?: string;
  real_name?: string;
  is_email_confirmed?: boolean;
  profile?: { email?: string; real_name?: string; display_name?: string };
};

/** People as Slack knows them. Network; never inside a transaction or before an ack. E-mails in lower case. */
export function createSlackDirectory(parts: DirectoryParts): Directory {
  const { calls, identity, clock, managerFieldId } = parts;
  let fieldGoodUntil = 0;

  async function account(user: SlackPerson | undefined): Promise<DirectoryAnswer<DirectoryAccount>> {
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

  async function lookUp(externalId: string): Promise<DirectoryAnswer<DirectoryAccount>> {
    if (!USER_ID.test(externalId)) return { kind: 'missing' };
    const answer = await calls.call('users.info', null, (client) => client.users.info({ user: externalId }));
    return answer.ok ? account(answer.value.user) : trouble(answer.failure);
  }

  async function findByEmail(email: string): Promise<DirectoryAnswer<DirectoryAccount>> {
    const wanted = email.trim().toLowerCase();
    if (!EMAIL.test(wanted)) return { kind: 'missing' };
    const answer = await calls.call('users.lookupByEmail', null, (client) =>
      client.users.lookupByEmail({ email: wanted }),
    );
    if (!answer.ok) return trouble(answer.failure);
    if (answer.value.user?.is_email_confirmed === false)
      return { kind: 'refused', detail: `The Slack account with ${wanted} has not confirmed this address.` };
    return account(answer.value.user);
  }

  async function checkField(id: string): Promise<Exclude<DirectoryAnswer<null>, { kind: 'found' }> | null> {
    if (clock.now() < fieldGoodUntil) return null;
    const answer = await calls.call('team.profile.get', null, (client) => client.team.profile.get());
    if (!answer.ok) return trouble(answer.failure);
    const found = answer.value.profile?.fields?.find((candidate) => candidate.id === id);
    if (!found)
      return { kind: 'refused', detail: `Slack has no profile field ${id}: check SLACK_MANAGER_FIELD_ID.` };
    if (found.is_inverse)
      return {
        kind: 'refused',
        detail: `The Slack profile field ${id} lists direct reports, not the manager: check SLACK_MANAGER_FIELD_ID.`,
      };
    fieldGoodUntil = clock.now() + FIELD_TTL_MS;
    return null;
  }

  return {
    platform: 'slack',
    findByEmail,
    lookUp,
    async managerOf(externalId) {
      if (managerFieldId === null || !USER_ID.test(externalId)) return { kind: 'missing' };
      const wrong = await checkField(managerFieldId);
      if (wrong) return wrong;
      const answer = await calls.call('users.profile.get', null, (client) =>
        client.users.profile.get({ user: externalId }),
      );
      if (!answer.ok) return trouble(answer.failure);
      const value = answer.value.profile?.fields?.[managerFieldId]?.value?.trim() ?? '';
      if (value === '') return { kind: 'missing' };
      if (USER_ID.test(value)) return lookUp(value);
      const email = value.replace(/^<?mailto:/, '').replace(/[|>].*$/, '');
      if (EMAIL.test(email)) return findByEmail(email);
      return {
        kind: 'refused',
        detail: `The manager field in Slack holds “${value.slice(0, 80)}”: a name cannot be resolved, only a person or an e-mail address.`,
      };
    },
  };
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
