import type { JsonObject } from '../common/json.ts';
import type { Messages } from './messages.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { Method } from './traffic.ts';
import type { World } from './world.ts';

/** What the answers of the APIs are made from. */
export interface ApiContext {
  world: World;
  messages: Messages;
  limiter: RateLimiter;
}

export interface Answer {
  status: number;
  body?: unknown;
}

/** One request, understood as far as where it goes. */
export interface Operation {
  method: Method;
  /** Without ;messageid=…. */
  conversation?: string;
  /** The object ids of those it is about. */
  people: readonly string[];
  run: () => Answer;
}

export interface ApiRequest {
  verb: string;
  /** The decoded parts of the path below the API's root. */
  path: readonly string[];
  query: URLSearchParams;
  /** Undefined when there is none, or when it is not a JSON object. */
  body: JsonObject | undefined;
}
