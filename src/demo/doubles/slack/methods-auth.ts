import type { JsonObject } from '../common/json.ts';
import type { ApiContext, ApiMethods, AppMethods } from './api-context.ts';
import type { Args } from './args.ts';

function authTest(_args: Args, { workspace, token }: ApiContext): JsonObject {
  return {
    url: `https://${workspace.teamDomain}.slack.com/`,
    team: workspace.teamName,
    user: 'countersign',
    team_id: workspace.teamId,
    user_id: workspace.botUserId,
    bot_id: workspace.botId,
    is_enterprise_install: false,
    ...(token.expiresAt !== null && { expires_in: Math.floor((token.expiresAt - workspace.now()) / 1000) }),
  };
}

function revoke(args: Args, { token, tokens }: ApiContext): JsonObject {
  if (args.flag('test')) return { revoked: false };
  tokens.kill(token.value, 'token_revoked');
  return { revoked: true };
}

export const AUTH_METHODS: ApiMethods = {
  'auth.test': { tier: 'special', run: authTest },
  'auth.revoke': { tier: 'tier3', run: revoke },
};

export const APP_METHODS: AppMethods = {
  'oauth.v2.access': { tier: 'special', run: (args, { oauth }) => oauth.access(args) },
  'apps.connections.open': {
    tier: 'tier3',
    appToken: true,
    run: (_args, { sockets }) => ({ url: sockets.issueUrl() }),
  },
};
