import type { Installation, Installations, Log } from '../usecases/ports.ts';
import type { SlackFailure } from './client.ts';
import { failureSentence } from './failures.ts';
import type { SlackOAuth } from './oauth-client.ts';

/** Longer than Slack's answer can take. */
const CLAIM_MS = 30_000;
/** Slack may have renewed it all the same: the next try will tell. */
const LOST_PAUSE_MS = 10_000;
/** Something about the app itself is wrong, such as its client secret. */
const APP_PAUSE_MS = 10 * 60_000;
/** Slack's words for a refresh token that is worth nothing any more. */
const USED_UP = new Set(['invalid_refresh_token', 'token_revoked', 'token_expired', 'account_inactive']);

/** Renews pairs of tokens: one at a time per workspace, in this process and across processes. */
export interface TokenRenewal {
  /** Renews this pair unless somebody else is at it; resolves when this process has done what it can. Never throws. */
  renew(installation: Installation): Promise<void>;
  /** Resolves once nothing is being renewed. */
  idle(): Promise<void>;
}

/**
 * A refresh token is good for one use: whoever renews first claims the pair in the database, and stores the new one
 * only while the old one is still there. A refusal is final and asks for a reinstall; anything else waits.
 */
export function createTokenRenewal(parts: {
  installations: Installations;
  oauth: SlackOAuth;
  log: Log;
}): TokenRenewal {
  const { installations, oauth, log } = parts;
  const going = new Map<string, Promise<void>>();

  async function renew(installation: Installation): Promise<void> {
    const { teamId } = installation;
    try {
      if (!(await installations.claimRefresh(installation, CLAIM_MS))) return;
      const tokens = await installations.tokens(installation);
      if (!tokens?.refreshToken) return;
      const answer = await oauth.renew(tokens.refreshToken);
      if (!answer.ok) return await refused(installation, answer.failure);
      const stored = await installations.renewed(installation, answer.value);
      log.info({ teamId, stored }, 'a Slack token was renewed');
    } catch (error) {
      log.error({ err: error, teamId }, 'a Slack token could not be renewed');
    }
  }

  async function refused(installation: Installation, failure: SlackFailure): Promise<void> {
    const { teamId, teamName } = installation;
    const facts = { teamId, teamName, problem: failureSentence(failure) };
    if (failure.kind === 'error' && USED_UP.has(failure.error)) {
      log.error(facts, 'Slack renews this workspace’s token no more: install the app there again');
      return installations.needsReinstall(installation, `Slack refused to renew the token: ${failure.error}`);
    }
    log.warn(facts, 'a Slack token was not renewed; it is tried again');
    if (failure.kind === 'throttled')
      return installations.pauseRefresh(installation, Math.max(LOST_PAUSE_MS, failure.retryAfterMs));
    return installations.pauseRefresh(installation, failure.kind === 'lost' ? LOST_PAUSE_MS : APP_PAUSE_MS);
  }

  return {
    renew(installation) {
      const { teamId } = installation;
      const known = going.get(teamId);
      if (known) return known;
      const work = renew(installation).finally(() => going.delete(teamId));
      going.set(teamId, work);
      return work;
    },
    async idle() {
      while (going.size > 0) await Promise.all(going.values());
    },
  };
}
