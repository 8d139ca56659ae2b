import type { Clock } from '../usecases/ports.ts';

/** Seconds to wait before the next try; null = go on. */
export type Wait = number | null;

export interface RateLimit {
  /** Counts one request of this key, or says how long it has to wait. A refused one is not counted. */
  take(key: string): Wait;
}

/** Keys remembered at most; the one unused for longest goes first. */
const MOST_KEYS = 10_000;

/**
 * At most `requests` per key in any `perMs`, as a bucket that refills steadily and holds that many at once. Each key
 * costs two numbers, and at most 10,000 are kept. Each instance counts for itself: it protects its own time, and a
 * balancer that shares requests out lets a token ask as many times as much.
 */
export function createRateLimit(clock: Clock, limit: { requests: number; perMs: number }): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  const perRequest = limit.perMs / limit.requests;
  return {
    take(key) {
      const now = clock.now();
      const known = buckets.get(key) ?? { left: limit.requests, at: now };
      const left = Math.min(limit.requests, known.left + Math.max(0, now - known.at) / perRequest);
      const spent = left >= 1 ? left - 1 : left;
      remember(buckets, key, { left: spent, at: now });
      return left >= 1 ? null : Math.max(1, Math.ceil(((1 - left) * perRequest) / 1000));
    },
  };
}

export interface BadTokens {
  /** Counts one bad token from this address; a number = answer 429 with it instead of 401. */
  note(address: string): Wait;
}

const FREE_TRIES = 10;
const WITHIN_MS = 60_000;
const LONGEST_MS = 60_000;

/**
 * Slows down whoever guesses tokens: after ten bad ones in a minute every further one is answered "wait", for twice as
 * long each time, a minute at most. Good tokens from the same address are not held up: many share one proxy. Each
 * instance counts for itself: against 256 random bits it makes no difference how many there are.
 */
export function createBadTokens(clock: Clock): BadTokens {
  const addresses = new Map<string, { count: number; since: number; waitMs: number; until: number }>();
  return {
    note(address) {
      const now = clock.now();
      const known = addresses.get(address);
      const remembered = known && now < Math.max(known.since, known.until) + WITHIN_MS;
      const state = remembered ? known : { count: 0, since: now, waitMs: 0, until: 0 };
      state.count += 1;
      if (state.count > FREE_TRIES && now >= state.until) {
        state.waitMs = Math.min(LONGEST_MS, Math.max(1_000, state.waitMs * 2));
        state.until = now + state.waitMs;
      }
      remember(addresses, address, state);
      return now < state.until ? Math.max(1, Math.ceil((state.until - now) / 1000)) : null;
    },
  };
}

/** Keeps the entry as the one used last; a Map iterates in the order of insertion. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MOST_KEYS) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
