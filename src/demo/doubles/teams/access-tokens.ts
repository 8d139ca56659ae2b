import { randomBytes } from 'node:crypto';

/** Which API a token opens. */
export type Api = 'connector' | 'graph';

export const SCOPES: Readonly<Record<string, Api>> = {
  'https://api.botframework.com/.default': 'connector',
  'https://graph.microsoft.com/.default': 'graph',
};

interface Issued {
  api: Api;
  expiresAt: number;
}

/** The access tokens the login endpoint gave out. */
export class AccessTokens {
  readonly #clock: () => number;
  readonly #issued = new Map<string, Issued>();
  readonly lifetimeSeconds: number;

  constructor(clock: () => number, lifetimeSeconds: number) {
    this.#clock = clock;
    this.lifetimeSeconds = lifetimeSeconds;
  }

  issue(api: Api): string {
    const value = `${api}-${randomBytes(24).toString('base64url')}`;
    this.#issued.set(value, { api, expiresAt: this.#clock() + this.lifetimeSeconds * 1000 });
    return value;
  }

  /** Why this Authorization header opens nothing; undefined when it opens that API. */
  refusal(header: string | undefined, api: Api): string | undefined {
    const value = /^Bearer ([^ ]+)$/.exec(header ?? '')?.[1];
    if (value === undefined) return 'there is no bearer token';
    const token = this.#issued.get(value);
    if (!token) return 'nobody issued this token';
    if (token.api !== api) return `the token is for ${token.api}`;
    return token.expiresAt <= this.#clock() ? 'the token has expired' : undefined;
  }

  revokeAll(): void {
    this.#issued.clear();
  }
}
