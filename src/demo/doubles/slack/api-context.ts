import type { JsonObject } from '../common/json.ts';
import type { Args } from './args.ts';
import type { OAuth } from './oauth.ts';
import type { Tier } from './rate-limits.ts';
import type { Sockets } from './sockets.ts';
import type { Token, Tokens } from './tokens.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';
import type { Workspace } from './workspace.ts';

/** What the methods of the Web API work on: the workspace of the caller's token. */
export interface ApiContext {
  workspace: Workspace;
  views: Views;
  triggers: Triggers;
  scopes: readonly string[];
  token: Token;
  tokens: Tokens;
}

export interface ApiMethod {
  tier: Tier;
  /** Any one of these scopes will do; absent: none needed. */
  scopes?: readonly string[];
  run(args: Args, context: ApiContext): JsonObject;
}

export type ApiMethods = Readonly<Record<string, ApiMethod>>;

/** What the methods that belong to no workspace work on. */
export interface AppContext {
  oauth: OAuth;
  sockets: Sockets;
}

/** A method that belongs to the app as a whole: it takes no bot token. */
export interface AppMethod {
  tier: Tier;
  /** Whether it wants an app-level token (xapp-…). */
  appToken?: true;
  run(args: Args, context: AppContext): JsonObject;
}

export type AppMethods = Readonly<Record<string, AppMethod>>;
