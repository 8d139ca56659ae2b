import type { Team } from './team.ts';

/** Why a token that once was good is refused. */
export type TokenEnd = 'token_revoked' | 'account_inactive' | 'token_expired';

/** A bot token of one workspace. */
export interface Token {
  value: string;
  team: Team;
  scopes: readonly string[];
  /** Epoch ms; null: never. */
  expiresAt: number | null;
  end: TokenEnd | null;
}

/** All bot tokens that were ever given out, of all workspaces. */
export class Tokens {
  readonly #now: () => number;
  readonly #known = new Map<string, Token>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(token: Omit<Token, 'end'>): void {
    this.#known.set(token.value, { ...token, end: null });
  }

  /** A token whatever its state: whose call it is. */
  find(value: string | undefined): Token | undefined {
    return value === undefined ? undefined : this.#known.get(value);
  }

  /** The error Slack names for this token now; undefined while it is good. */
  refusal(token: Token): TokenEnd | undefined {
    if (token.end !== null) return token.end;
    return token.expiresAt !== null && token.expiresAt <= this.#now() ? 'token_expired' : undefined;
  }

  kill(value: string, end: TokenEnd): boolean {
    const token = this.#known.get(value);
    if (!token) return false;
    token.end = end;
    return true;
  }

  /** Ends every token of a workspace: the app is gone from it. */
  killAllOf(team: Team): void {
    for (const token of this.#known.values()) if (token.team === team) token.end = 'account_inactive';
  }
}
