/**
 * Requests per minute by tier; chat.postMessage has limits of its own.
 * Source: https://docs.slack.dev/apis/web-api/rate-limits and MethodsRateLimits.java of the Java SDK.
 */
export interface RateLimits {
  tier2PerMinute: number;
  tier3PerMinute: number;
  tier4PerMinute: number;
  specialPerMinute: number;
  postsPerMinute: number;
  postsPerChannelPerSecond: number;
  postsPerChannelBurst: number;
}

export const DOCUMENTED_RATE_LIMITS: RateLimits = {
  tier2PerMinute: 20,
  tier3PerMinute: 50,
  tier4PerMinute: 100,
  // "hundreds of requests per minute"
  specialPerMinute: 600,
  // "several hundred messages per minute" in a workspace
  postsPerMinute: 300,
  postsPerChannelPerSecond: 1,
  // "short bursts of >1 allowed"
  postsPerChannelBurst: 3,
};

export type Tier = 'tier2' | 'tier3' | 'tier4' | 'special' | 'post';

const MINUTE_MS = 60_000;

/** Counts calls and says how many seconds a caller must wait, if at all. */
export class RateLimiter {
  readonly #limits: RateLimits | undefined;
  readonly #now: () => number;
  readonly #calls = new Map<string, number[]>();

  constructor(limits: boolean | Partial<RateLimits> | undefined, now: () => number) {
    if (limits) this.#limits = { ...DOCUMENTED_RATE_LIMITS, ...(limits === true ? {} : limits) };
    this.#now = now;
  }

  /** Seconds to wait, or undefined when the call may go ahead (it is then counted). */
  take(method: string, tier: Tier, channel: string | undefined): number | undefined {
    if (!this.#limits) return undefined;
    const limits = this.#limits;
    const windows: [string, number, number][] = [];
    if (tier === 'post') {
      windows.push([method, limits.postsPerMinute, MINUTE_MS]);
      const burst = limits.postsPerChannelBurst;
      windows.push([`${method} ${channel}`, burst, (burst * 1000) / limits.postsPerChannelPerSecond]);
    } else {
      windows.push([method, limits[`${tier}PerMinute`], MINUTE_MS]);
    }
    const waits = windows.map(([key, limit, length]) => this.#waitMs(key, limit, length));
    const longest = Math.max(...waits);
    if (longest > 0) return Math.max(1, Math.ceil(longest / 1000));
    for (const [key] of windows) this.#calls.get(key)?.push(this.#now());
    return undefined;
  }

  #waitMs(key: string, limit: number, lengthMs: number): number {
    const now = this.#now();
    const recent = (this.#calls.get(key) ?? []).filter((at) => at > now - lengthMs);
    this.#calls.set(key, recent);
    if (recent.length < limit) return 0;
    return (recent[recent.length - limit] ?? now) + lengthMs - now;
  }
}
