import type { Interactions } from './interaction-context.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { Delivery, RecordedCall } from './traffic.ts';

/** One workspace of the double: what it holds, its limits, and what was heard from and said to the bot about it. */
export interface Team extends Interactions {
  /** The bot's scopes in a workspace that was added with a token. */
  scopes: readonly string[];
  limiter: RateLimiter;
  calls: RecordedCall[];
  deliveries: Delivery[];
}
