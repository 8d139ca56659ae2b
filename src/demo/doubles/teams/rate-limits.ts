/**
 * How many messages one bot may send.
 * Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
 */
export interface RateLimits {
  /** Per conversation: [how many, in how many seconds]. */
  perConversation: readonly (readonly [number, number])[];
  /** Looking up members of a conversation, likewise. */
  members: readonly (readonly [number, number])[];
  /** All calls of the app in the tenant. */
  perSecond: number;
}

export const DOCUMENTED_RATE_LIMITS: RateLimits = {
  perConversation: [
    [7, 1],
    [8, 2],
    [60, 30],
    [1800, 3600],
  ],
  members: [
    [14, 1],
    [16, 2],
    [120, 30],
    [3600, 3600],
  ],
  perSecond: 30,
};

/** The last `capacity` moments something happened, oldest first, in a ring. */
class Moments {
  readonly #ring: number[];
  #next = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#ring = new Array<number>(capacity).fill(0);
  }

  /** When the `back`-th last one was (1: the last), or undefined when there were fewer. */
  ago(back: number): number | undefined {
    if (back > this.#count) return undefined;
    const size = this.#ring.length;
    return this.#ring[(this.#next - back + size) % size];
  }

  add(at: number): void {
    this.#ring[this.#next] = at;
    this.#next = (this.#next + 1) % this.#ring.length;
    this.#count = Math.min(this.#count + 1, this.#ring.length);
  }
}

/** Counts calls and says how many seconds a caller must wait, if at all. */
export class RateLimiter {
  readonly #limits: RateLimits | undefined;
  readonly #now: () => number;
  readonly #all: Moments;
  readonly #conversations = new Map<string, Moments>();

  constructor(limits: boolean | Partial<RateLimits> | undefined, now: () => number) {
    if (limits) this.#limits = { ...DOCUMENTED_RATE_LIMITS, ...(limits === true ? {} : limits) };
    this.#now = now;
    this.#all = new Moments(this.#limits?.perSecond ?? 1);
  }

  /** Seconds to wait, or undefined when the call may go ahead (it is then counted). */
  take(conversation: string | undefined, kind: 'send' | 'members' = 'send'): number | undefined {
    if (!this.#limits) return undefined;
    const { perConversation, members, perSecond } = this.#limits;
    const limits = kind === 'send' ? perConversation : members;
    const sent = conversation === undefined ? undefined : this.#momentsOf(`${kind} ${conversation}`, limits);
    const waits = [this.#waitMs(this.#all, perSecond, 1)];
    if (sent) for (const [count, seconds] of limits) waits.push(this.#waitMs(sent, count, seconds));
    const longest = Math.max(...waits);
    if (longest > 0) return Math.ceil(longest / 1000);
    this.#all.add(this.#now());
    sent?.add(this.#now());
    return undefined;
  }

  #momentsOf(key: string, limits: RateLimits['perConversation']): Moments {
    const found = this.#conversations.get(key);
    if (found) return found;
    const made = new Moments(Math.max(1, ...limits.map(([count]) => count)));
    this.#conversations.set(key, made);
    return made;
  }

  #waitMs(moments: Moments, count: number, seconds: number): number {
    const first = moments.ago(count);
    return first === undefined ? 0 : first + seconds * 1000 - this.#now();
  }
}
