import type { Logger } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { type Observer, UNOBSERVED } from '../usecases/observer.ts';
import type { Clock, GrantedInstallation, SlackTokens } from '../usecases/ports.ts';
import { createSlackClient, observed, type SlackAnswer } from './client.ts';

export interface OAuthApp {
  clientId: string;
  clientSecret: string;
}

/** What a code was good for. `enterpriseWide`: for a whole Enterprise Grid, which is nobody's workspace. */
export type Exchanged =
  | { kind: 'workspace'; installation: GrantedInstallation }
  | { kind: 'enterprise_wide'; botToken: string | null }
  | { kind: 'not_a_bot' };

/** Slack's OAuth calls. They need no workspace; what fails comes back as a value. */
export interface SlackOAuth {
  exchange(code: string, redirectUri: string): Promise<SlackAnswer<Exchanged>>;
  /** A new pair for a refresh token, which is used up by it. */
  renew(refreshToken: string): Promise<SlackAnswer<SlackTokens>>;
  /** Ends a token; what becomes of it is not told. */
  revoke(botToken: string): Promise<void>;
}

const text = z.string().min(1).max(500);
const pair = {
  access_token: text,
  refresh_token: text.nullish(),
  expires_in: z.number().positive().nullish(),
};
const grantSchema = z.object({
  ...pair,
  token_type: z.literal('bot'),
  scope: z.string().max(5_000),
  app_id: text,
  bot_user_id: text,
  team: z.object({ id: text, name: z.string().max(500).nullish() }),
  enterprise: z.object({ id: text }).nullish(),
  authed_user: z.object({ id: text }).nullish(),
});
const renewalSchema = z.object(pair);

export function createSlackOAuth(parts: {
  app: OAuthApp;
  apiUrl: string;
  logger: Logger;
  clock: Clock;
  timeoutMs?: number;
  observe?: Observer;
}): SlackOAuth {
  const { app, clock, observe = UNOBSERVED } = parts;
  const { apiUrl, logger, timeoutMs } = parts;
  const clientWith = (botToken: string | null): WebClient =>
    createSlackClient({ botToken, apiUrl, logger, ...(timeoutMs !== undefined && { timeoutMs }) });
  const client = clientWith(null);
  const credentials = { client_id: app.clientId, client_secret: app.clientSecret };

  function tokens(found: z.infer<typeof renewalSchema>): SlackTokens {
    const lasts = found.expires_in == null ? null : found.expires_in * 1000;
    return {
      botToken: found.access_token,
      refreshToken: found.refresh_token ?? null,
      expiresAt: lasts === null ? null : clock.now() + lasts,
    };
  }

  return {
    async exchange(code, redirectUri) {
      const answer = await observed(observe, 'oauth.v2.access', () =>
        client.oauth.v2.access({ ...credentials, code, redirect_uri: redirectUri }),
      );
      if (!answer.ok) return answer;
      const { is_enterprise_install: enterpriseWide, access_token: botToken } = answer.value;
      if (enterpriseWide) return { ok: true, value: { kind: 'enterprise_wide', botToken: botToken ?? null } };
      const found = grantSchema.safeParse(answer.value).data;
      if (!found) return { ok: true, value: { kind: 'not_a_bot' } };
      const installation: GrantedInstallation = {
        ...tokens(found),
        teamId: found.team.id,
        teamName: found.team.name ?? found.team.id,
        enterpriseId: found.enterprise?.id ?? null,
        appId: found.app_id,
        botUserId: found.bot_user_id,
        botId: await botIdOf(observe, clientWith(found.access_token), found.team.id),
        scopes: found.scope.split(',').filter((scope) => scope !== ''),
        installedBy: found.authed_user?.id ?? null,
      };
      return { ok: true, value: { kind: 'workspace', installation } };
    },
    async renew(refreshToken) {
      const answer = await observed(observe, 'oauth.v2.access', () =>
        client.oauth.v2.access({
          ...credentials,
          grant_type: 'refresh_token',
          refresh_token: refreshToken,
        }),
      );
      if (!answer.ok) return answer;
      const found = renewalSchema.safeParse(answer.value).data;
      if (!found?.refresh_token)
        return { ok: false, failure: { kind: 'lost', detail: 'Slack renewed a token without giving one' } };
      return { ok: true, value: tokens(found) };
    },
    async revoke(botToken) {
      await observed(observe, 'auth.revoke', () => clientWith(botToken).auth.revoke());
    },
  };
}

/** OAuth does not tell it, and cards are found by it where the author's user id is missing. */
async function botIdOf(observe: Observer, client: WebClient, teamId: string): Promise<string | null> {
  const answer = await observed(observe, 'auth.test', () => client.auth.test());
  return answer.ok && answer.value.team_id === teamId ? (answer.value.bot_id ?? null) : null;
}
