import type { OrderedFault } from '../common/faults.ts';
import type { JsonObject } from '../common/json.ts';
import type { PostOutcome } from '../common/post.ts';

export type Method =
  | 'openid'
  | 'token'
  | 'conversations.create'
  | 'activities.post'
  | 'activities.update'
  | 'activities.delete'
  | 'members.get'
  | 'members.list'
  | 'graph.user'
  | 'graph.manager'
  | 'graph.users';

/** One request the bot made of Microsoft. */
export interface RecordedCall {
  id: number;
  method: Method | 'unknown';
  /** HTTP method and path with query. */
  request: string;
  /** The body; secrets left out. */
  args: JsonObject;
  /** The conversation concerned, without ;messageid=…. */
  conversation?: string;
  at: number;
  /** Absent while under way. */
  answered?: { status: number; body: unknown; retryAfter?: number } | 'reset' | 'hang';
  /** Whether what was asked was done, whatever the caller was told. */
  performed: boolean;
}

/** One HTTP request from the double to the bot, exactly as sent. */
export interface Delivery extends PostOutcome {
  id: number;
  headers: Record<string, string>;
  body: string;
  at: number;
}

/** What is not as it should be in the token of an activity. Seconds count from `tokenClock`'s now. */
export interface TokenForgery {
  /** Signed by a key that is nowhere published, under the published key's id. */
  otherKey?: true;
  kid?: string;
  algorithm?: 'RS256' | 'none' | 'HS256';
  issuer?: string;
  audience?: string;
  /** null leaves the claim out. */
  serviceUrl?: string | null;
  notBefore?: number;
  expires?: number;
  claims?: JsonObject;
}

export interface RawActivity {
  /** The JSON body, or … */
  activity?: unknown;
  /** … the exact body, or … */
  body?: string;
  /** … an earlier delivery, sent again byte for byte. */
  replayOf?: Delivery;
  /** A fixed Authorization header; null leaves it out. */
  authorization?: string | null;
  /** The token is made by the double, with these things changed. */
  token?: TokenForgery;
  headers?: Record<string, string>;
}

export interface FaultInput extends OrderedFault {
  /** A method, or the word before its dot (activities, graph, …); absent: any. */
  method?: Method | 'conversations' | 'activities' | 'members' | 'graph';
  conversation?: string;
  /** An object id: calls for them, or for their own chat with the bot. */
  person?: string;
  /** Answer with this HTTP status. */
  status?: number;
  /** Seconds, as Retry-After header; null: a 429 without that header. */
  retryAfter?: number | null;
  /** The error's code, e.g. BotNotInConversationRoster (403 unless `status` says otherwise). */
  code?: string;
  message?: string;
}
