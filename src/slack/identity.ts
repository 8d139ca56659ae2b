import type { SlackCalls } from './client.ts';
import { failureSentence } from './failures.ts';
import { missingScopesSentence, REQUIRED_SCOPES } from './scopes.ts';

/** Who we are in the workspace, as auth.test says. */
export interface SlackIdentity {
  teamId: string;
  botUserId: string;
  botId: string | null;
}

export type Health = { ok: true } | { ok: false; detail: string };

/** Holds our identity once it is known; asks Slack only in `check` and, when still unknown, in `ensure`. */
export interface IdentityKeeper {
  current(): SlackIdentity | null;
  check(): Promise<Health>;
  ensure(): Promise<SlackIdentity | null>;
}

/** `calls` is handed in late since it needs the workspace's id for its budgets. */
export function createIdentityKeeper(
  calls: () => SlackCalls,
  known: SlackIdentity | null = null,
): IdentityKeeper {
  let identity = known;
  let asking: Promise<Health> | null = null;

  async function ask(): Promise<Health> {
    const answer = await calls().call('auth.test', null, (client) => client.auth.test());
    if (!answer.ok) return { ok: false, detail: `Slack: ${failureSentence(answer.failure)}` };
    const { team_id, user_id, bot_id, response_metadata } = answer.value;
    if (!team_id || !user_id)
      return { ok: false, detail: 'Slack: auth.test does not say whose token this is.' };
    identity = { teamId: team_id, botUserId: user_id, botId: bot_id ?? null };
    const granted = response_metadata?.scopes;
    const missing = granted ? REQUIRED_SCOPES.filter((scope) => !granted.includes(scope)) : [];
    if (missing.length === 0) return { ok: true };
    return { ok: false, detail: `Slack: ${missingScopesSentence(missing)}` };
  }

  function check(): Promise<Health> {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  }

  return {
    current: () => identity,
    check,
    async ensure() {
      if (!identity) await check();
      return identity;
    },
  };
}
