import type { OrderedFault } from '../common/faults.ts';
import type { JsonObject } from '../common/json.ts';
import type { PostOutcome } from '../common/post.ts';

export interface RecordedCall {
  id: number;
  /** The workspace of the caller's token; absent where there is none. */
  teamId?: string;
  /** A Web API method, or `response_url`. */
  method: string;
  args: JsonObject;
  at: number;
  /** Absent while under way. */
  answered?: { status: number; body: unknown; retryAfter?: number } | 'reset' | 'hang';
  /** Whether Slack did what was asked, whatever the caller was told. */
  performed: boolean;
}

/** One HTTP request, or one envelope over a socket, from the double to the bot, exactly as sent. */
export interface Delivery extends Omit<PostOutcome, 'ms'> {
  id: number;
  headers: Record<string, string>;
  body: string;
  at: number;
  ackMs: number;
}

export interface RawRequest {
  /** The exact body, or … */
  body?: string;
  /** … the interaction payload to form-encode, or … */
  payload?: JsonObject;
  /** … form members (slash commands), or … */
  form?: Record<string, string>;
  /** … a JSON body (events), or … */
  json?: unknown;
  /** … an earlier delivery, sent again byte for byte. */
  replayOf?: Delivery;
  /** Seconds; default now. */
  timestamp?: number;
  /** A fixed signature; null leaves the header out. */
  signature?: string | null;
  /** Sign with another secret. */
  secret?: string;
  headers?: Record<string, string>;
}

export interface FaultInput extends OrderedFault {
  /** A Web API method or `response_url`; absent: any. */
  method?: string;
  channel?: string;
  user?: string;
  /** Answer with this HTTP status. */
  status?: number;
  /** Seconds, as Retry-After header. */
  retryAfter?: number;
  /** Answer 200 with ok:false and this error. */
  slackError?: string;
}
