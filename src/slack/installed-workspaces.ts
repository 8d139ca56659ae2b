import type { WebClient } from '@slack/web-api';
import type { Observer } from '../usecases/observer.ts';
import {
  CannotDecrypt,
  type Clock,
  type Installation,
  type Installations,
  type Log,
} from '../usecases/ports.ts';
import { createSlackCalls, type SlackAnswer, type SlackCalls, type SlackFailure } from './client.ts';
import { failureSentence } from './failures.ts';
import { createIdentityKeeper, type Health } from './identity.ts';
import type { Pacing, SlackMethod } from './pacing.ts';
import type { TokenRenewal } from './token-renewal.ts';
import { NOWHERE, type SlackWorkspace, type SlackWorkspaces } from './workspaces.ts';

/** Tokens live 12 h; the old one is good until its own end, so nobody waits for a renewal that begins early. */
const RENEW_BEFORE_MS = 2 * 60 * 60_000;
/** Closer to its end than this a token is not worth a call. */
const SPENT_MS = 30_000;
const RETRY_MS = 1_000;
const CLIENTS_MAX = 500;
/** Words for a token that is worth nothing any more. Silence is none of them, nor is what we cannot decrypt. */
const WORTHLESS = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'reinstall_needed',
]);
/** Workspaces asked by one look at the health of all. */
const CHECKED_MAX = 20;

export interface InstalledWorkspaces {
  installations: Installations;
  renewal: TokenRenewal;
  /** A client of its own for each token: a shared one mixes tokens up (contracts/slack.md, hazard 1). */
  makeClient: (botToken: string) => WebClient;
  pacing: Pacing;
  observe?: Observer;
  clock: Clock;
  log: Log;
}

/**
 * The workspaces that installed the app. Whose they are is read from the database each time, so an install, a removal
 * or a new token is in force with its commit, whichever process made it; only clients are kept, one per token.
 */
export function createInstalledWorkspaces(parts: InstalledWorkspaces): SlackWorkspaces {
  const { installations, renewal, log } = parts;
  const clientOf = createClientCache(parts);

  function workspaceOf(installation: Installation): SlackWorkspace {
    const { organizationId, managerFieldId, teamId, botUserId, botId } = installation;
    const calls = callsOf(parts, clientOf, teamId);
    const identity = createIdentityKeeper(() => calls, { teamId, botUserId, botId });
    return { organizationId, managerFieldId, identity, calls };
  }

  async function checkOne(installation: Installation): Promise<Health> {
    const { teamName, reinstallBecause } = installation;
    const name = `${teamName} (${installation.teamId})`;
    if (reinstallBecause !== null)
      return { ok: false, detail: `${name}: ${reinstallBecause}. Install it again: npm run slack -- link` };
    const health = await workspaceOf(installation).identity.check();
    return health.ok ? health : { ok: false, detail: `${name}: ${health.detail.replace(/^Slack: /, '')}` };
  }

  return {
    async find(teamId) {
      const installation = await installations.find(teamId);
      return installation ? { kind: 'found', workspace: workspaceOf(installation) } : { kind: 'foreign' };
    },
    async reach(organizationId, tenant) {
      const installation =
        tenant === null || tenant === ''
          ? (await installations.ofOrganization(organizationId))[0]
          : await installations.find(tenant);
      return installation?.organizationId === organizationId ? workspaceOf(installation) : null;
    },
    async ofOrganization(organizationId) {
      return (await installations.ofOrganization(organizationId)).map(workspaceOf);
    },
    async check(organizationId) {
      const all = await installations.ofOrganization(organizationId ?? null);
      if (all.length === 0)
        return {
          ok: false,
          detail:
            organizationId === undefined
              ? 'Slack: no workspace has installed Countersign yet. Make a link: npm run slack -- link'
              : NOWHERE,
        };
      const found = await Promise.all(all.slice(0, CHECKED_MAX).map(checkOne));
      const problems = found.flatMap((health) => (health.ok ? [] : [health.detail]));
      return problems.length === 0 ? { ok: true } : { ok: false, detail: `Slack: ${problems.join(' ')}` };
    },
    async noteRemoved(teamId, because) {
      const installation = await installations.find(teamId);
      if (!installation) return log.warn({ teamId, because }, 'told of a workspace that is not installed');
      // An old event, told late or again, must not end an installation made since: its token still works.
      const answer = await workspaceOf(installation).calls.call('auth.test', null, (client) =>
        client.auth.test(),
      );
      if (answer.ok) return log.warn({ teamId, because }, 'told of a removal, but the token still works');
      const { failure } = answer;
      // Tokens once wiped are gone. If it is true, the health of the workspace will say so.
      if (failure.kind !== 'error' || !WORTHLESS.has(failure.error))
        return log.warn(
          { teamId, because, problem: failureSentence(failure) },
          'told of a removal, which Slack does not confirm',
        );
      await installations.noteRemoved(teamId, because);
      log.warn({ teamId, because }, 'the app was removed from a workspace');
    },
    idle: () => renewal.idle(),
  };
}

type ClientOf = (installation: Installation) => Promise<WebClient | null>;

function createClientCache({ installations, makeClient }: InstalledWorkspaces): ClientOf {
  const clients = new Map<string, { tokenVersion: number; client: WebClient }>();
  return async (installation) => {
    const { teamId, tokenVersion } = installation;
    const known = clients.get(teamId);
    clients.delete(teamId);
    if (known?.tokenVersion === tokenVersion) {
      clients.set(teamId, known);
      return known.client;
    }
    const tokens = await installations.tokens(installation);
    if (!tokens) return null;
    const client = makeClient(tokens.botToken);
    clients.set(teamId, { tokenVersion, client });
    const [oldest] = clients.keys();
    if (clients.size > CLIENTS_MAX && oldest !== undefined) clients.delete(oldest);
    return client;
  };
}

/** Calls in one workspace, each with the token that is good now. */
function callsOf(parts: InstalledWorkspaces, clientOf: ClientOf, teamId: string): SlackCalls {
  const { installations, renewal, pacing, clock } = parts;

  async function current(): Promise<Installation | SlackFailure> {
    const installation = await installations.find(teamId);
    if (!installation) return error('not_installed');
    const { tokenExpiresAt, renewable } = installation;
    const left = tokenExpiresAt === null ? Number.POSITIVE_INFINITY : tokenExpiresAt - clock.now();
    if (left > RENEW_BEFORE_MS) return installation;
    if (left > SPENT_MS) {
      if (renewable && installation.refreshingUntil <= clock.now()) void renewal.renew(installation);
      return installation;
    }
    if (!renewable)
      return error(installation.reinstallBecause === null ? 'token_expired' : 'reinstall_needed');
    await renewal.renew(installation);
    const renewed = await installations.find(teamId);
    if (!renewed) return error('not_installed');
    if (renewed.tokenVersion !== installation.tokenVersion) return renewed;
    return renewed.renewable ? later(renewed) : error('reinstall_needed');
  }

  /** Somebody else is renewing it, or renewing it failed for now. */
  function later({ refreshingUntil }: Installation): SlackFailure {
    return { kind: 'throttled', retryAfterMs: Math.max(RETRY_MS, refreshingUntil - clock.now()) };
  }

  async function use(): Promise<{ installation: Installation; client: WebClient } | SlackFailure> {
    const installation = await current();
    if ('kind' in installation) return installation;
    try {
      const client = await clientOf(installation);
      return client ? { installation, client } : { kind: 'throttled', retryAfterMs: RETRY_MS };
    } catch (failure) {
      if (failure instanceof CannotDecrypt) return error('token_unreadable');
      throw failure;
    }
  }

  return {
    wait: (method, channel) => pacing.look({ method, channel, workspace: teamId }),
    async call<T>(
      method: SlackMethod,
      channel: string | null,
      run: (client: WebClient) => Promise<T>,
    ): Promise<SlackAnswer<T>> {
      const using = await use();
      if ('kind' in using) return { ok: false, failure: using };
      const { installation, client } = using;
      const answer = await createSlackCalls(client, pacing, () => teamId, parts.observe).call(
        method,
        channel,
        run,
      );
      const expired =
        !answer.ok && answer.failure.kind === 'error' && answer.failure.error === 'token_expired';
      if (!expired || !installation.renewable) return answer;
      await renewal.renew(installation);
      return { ok: false, failure: { kind: 'throttled', retryAfterMs: RETRY_MS } };
    },
  };
}

function error(code: string): SlackFailure {
  return { kind: 'error', error: code, needed: null, details: [] };
}
