import type { Args } from './args.ts';
import type { JsonObject } from './json.ts';
import type { Tier } from './rate-limits.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';
import type { Workspace } from './workspace.ts';

/** What the methods of the Web API work on. */
export interface ApiContext {
  workspace: Workspace;
  views: Views;
  triggers: Triggers;
  scopes: readonly string[];
}

export interface ApiMethod {
  tier: Tier;
  /** Any one of these scopes will do; absent: none needed. */
  scopes?: readonly string[];
  /** False for the few methods that anybody may call. */
  tokenless?: true;
  run(args: Args, context: ApiContext): JsonObject;
}

export type ApiMethods = Readonly<Record<string, ApiMethod>>;
