import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../common/json.ts';
import { ApiError } from './api-error.ts';
import type { Args } from './args.ts';
import { LIFETIME } from './limits.ts';
import { Refusal } from './refusal.ts';
import type { OAuthOptions } from './setup.ts';
import type { Team } from './team.ts';
import type { Tokens } from './tokens.ts';

/** Who is sent to Slack's consent page, and what they answer. */
export interface Consent {
  team: Team;
  userId: string;
  deny: boolean;
}

interface Grant {
  team: Team;
  userId: string;
  scopes: readonly string[];
  redirectUri: string | null;
  grantedAt: number;
  used: boolean;
}

interface Refresh {
  team: Team;
  scopes: readonly string[];
  used: boolean;
}

const secret = () => randomBytes(12).toString('hex');

/** OAuth v2: consent, codes, tokens and their rotation. https://docs.slack.dev/authentication/installing-with-oauth */
export class OAuth {
  readonly #options: OAuthOptions | undefined;
  readonly #appId: string;
  readonly #tokens: Tokens;
  readonly #now: () => number;
  readonly #grants = new Map<string, Grant>();
  readonly #refreshes = new Map<string, Refresh>();

  constructor(parts: {
    options: OAuthOptions | undefined;
    appId: string;
    tokens: Tokens;
    now: () => number;
  }) {
    this.#options = parts.options;
    this.#appId = parts.appId;
    this.#tokens = parts.tokens;
    this.#now = parts.now;
  }

  /** What the consent page does with this URL: the address it sends the person back to. Throws what it would show. */
  consent(url: URL, { team, userId, deny }: Consent): string {
    const options = this.#options;
    if (!options || url.searchParams.get('client_id') !== options.clientId)
      throw new Refusal('Slack shows: invalid client_id parameter');
    const asked = url.searchParams.get('redirect_uri');
    const target = asked ?? options.redirectUris[0];
    const registered = options.redirectUris.some((uri) => target === uri || target?.startsWith(`${uri}/`));
    if (target === undefined || !registered)
      throw new Refusal('Slack shows: redirect_uri did not match any configured URIs');
    const scopes = (url.searchParams.get('scope') ?? '').split(/[, ]+/).filter(Boolean);
    if (scopes.length === 0) throw new Refusal('Slack shows: invalid scope requested');
    const back = new URL(target);
    if (deny) {
      back.searchParams.set('error', 'access_denied');
    } else {
      const code = `${this.#grants.size + 1}.${secret()}`;
      const grantedAt = this.#now();
      this.#grants.set(code, { team, userId, scopes, redirectUri: asked, grantedAt, used: false });
      back.searchParams.set('code', code);
    }
    back.searchParams.set('state', url.searchParams.get('state') ?? '');
    return back.href;
  }

  /** oauth.v2.access: a code, or a refresh token, for an access token. */
  access(args: Args): JsonObject {
    const options = this.#options;
    if (!options || args.text('client_id') !== options.clientId) throw new ApiError('invalid_client_id');
    if (args.text('client_secret') !== options.clientSecret) throw new ApiError('bad_client_secret');
    const kind = args.text('grant_type') ?? 'authorization_code';
    if (kind === 'authorization_code') return this.#exchange(args);
    if (kind === 'refresh_token') return this.#refresh(args);
    throw new ApiError('invalid_grant_type');
  }

  /** Ends the refresh tokens of a workspace. */
  forget(team: Team): void {
    for (const refresh of this.#refreshes.values()) if (refresh.team === team) refresh.used = true;
  }

  #exchange(args: Args): JsonObject {
    const grant = this.#grants.get(args.text('code') ?? '');
    if (!grant || grant.used || this.#now() - grant.grantedAt > LIFETIME.oauthCodeMs)
      throw new ApiError('invalid_code');
    if ((args.text('redirect_uri') ?? null) !== grant.redirectUri) throw new ApiError('bad_redirect_uri');
    grant.used = true;
    grant.team.installed = true;
    return { ...this.#issue(grant.team, grant.scopes), authed_user: { id: grant.userId } };
  }

  #refresh(args: Args): JsonObject {
    const refresh = this.#refreshes.get(args.text('refresh_token') ?? '');
    if (!refresh || refresh.used) throw new ApiError('invalid_refresh_token');
    refresh.used = true;
    return this.#issue(refresh.team, refresh.scopes);
  }

  #issue(team: Team, scopes: readonly string[]): JsonObject {
    const rotates = this.#options?.tokenRotation === true;
    const value = rotates ? `xoxe.xoxb-1-${secret()}` : `xoxb-${secret()}`;
    const lifetime = LIFETIME.rotatingTokenMs;
    this.#tokens.issue({ value, team, scopes, expiresAt: rotates ? this.#now() + lifetime : null });
    const { workspace } = team;
    return {
      access_token: value,
      token_type: 'bot',
      scope: scopes.join(','),
      bot_user_id: workspace.botUserId,
      app_id: this.#appId,
      ...(rotates && { expires_in: lifetime / 1000, refresh_token: this.#refreshTokenFor(team, scopes) }),
      team: { id: workspace.teamId, name: workspace.teamName },
      enterprise: null,
      is_enterprise_install: false,
    };
  }

  #refreshTokenFor(team: Team, scopes: readonly string[]): string {
    const value = `xoxe-1-${secret()}`;
    this.#refreshes.set(value, { team, scopes, used: false });
    return value;
  }
}
