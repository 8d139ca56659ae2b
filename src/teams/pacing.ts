import type { Clock } from '../usecases/ports.ts';
import type { RateBudget, RateBudgets } from '../usecases/rate-budgets.ts';

/**
 * What is counted. `message`: anything that shows something in a conversation, edits too; `roster`: who is in it;
 * `create`: opening the conversation with a person.
 */
export interface Paced {
  kind: 'message' | 'roster' | 'create';
  /** The conversation without `;messageid=…`, or the person. */
  key: string;
  /** Somebody waits for it: told the soonest moment, and no turn behind what the outbox shows. */
  hurried?: boolean;
}

export interface Pacing {
  /** 0 = go ahead, the call is counted; else how many ms to wait, and nothing is counted. */
  take(call: Paced): number | Promise<number>;
  /** As `take` as far as is known here, and nothing is counted: whether a call is worth preparing. */
  look(call: Paced): number;
  /** Teams answered 429 or 412: no such call there before `retryAfterMs` are over. */
  block(call: Paced, retryAfterMs: number): void | Promise<void>;
}

/** A pace kept in memory, for a process that is alone. */
export interface OwnPacing extends Pacing {
  take(call: Paced): number;
  block(call: Paced, retryAfterMs: number): void;
}

/** So many at once, then one every `perMs`. In any stretch of time t: at most `burst + t / perMs`. */
interface Bucket {
  burst: number;
  perMs: number;
}

/**
 * Teams allows one bot in one conversation 7 messages in 1 s, 8 in 2 s, 60 in 30 s and 1800 in an hour; a roster 14
 * times in 1 s; and one app in one tenant 30 calls in 1 s.
 * Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
 */
export const BUCKETS = {
  message: [
    { burst: 5, perMs: 1000 },
    { burst: 900, perMs: 4000 },
  ],
  create: [
    { burst: 5, perMs: 1000 },
    { burst: 900, perMs: 4000 },
  ],
  roster: [{ burst: 8, perMs: 200 }],
} as const satisfies Record<string, readonly Bucket[]>;

/** All calls together: so many in any stretch of that length. */
export const APP = { calls: 20, perMs: 1000 } as const;
/** Those who wait for a call of the app's are sent away for so much longer at most, each for a little longer than the last. */
const SPREAD_MS = 10_000;
/** No 429 is believed to mean more. */
const LONGEST_BLOCK_MS = 600_000;

const BUDGETS_MAX = 10_000;

/** One bucket's state: until when it is in use; more than `burst × perMs` ahead of now is full. */
interface Level {
  bucket: Bucket;
  usedUntil: number;
}

interface Budget {
  levels: Level[];
  blockedUntil: number;
  /** When whoever waits here for a call of the app's comes back. */
  turn: number;
}

/** Keeps within the documented limits, in memory; forgets the least used over 10,000 conversations. */
export function createPacing(clock: Clock): OwnPacing {
  /** When the last calls of all were made, oldest first; never more than `APP.calls`. */
  const recent: number[] = [];
  const budgets = new Map<string, Budget>();
  /** The last turn that was given. */
  let lastTurn = Number.NEGATIVE_INFINITY;

  function own({ kind, key }: Paced): Budget {
    const name = `${kind} ${key}`;
    const found = budgets.get(name) ?? budgetOf(BUCKETS[kind]);
    budgets.delete(name);
    budgets.set(name, found);
    const oldest = budgets.keys().next();
    if (budgets.size > BUDGETS_MAX && !oldest.done) budgets.delete(oldest.value);
    return found;
  }

  function waitOfApp(now: number): number {
    while (recent.length > 0 && (recent[0]! <= now - APP.perMs || recent[0]! > now)) recent.shift();
    return recent.length < APP.calls ? 0 : recent[0]! + APP.perMs - now;
  }

  /**
   * Came all back at once, as many as there are would look each second, and all but a few in vain. A conversation has one
   * turn, whatever waits in it: its own pace lets few of that through, and each turn puts off everybody behind it.
   */
  function inTurn(budget: Budget, soonest: number): number {
    const isNear = (turn: number) => turn >= soonest && turn <= soonest + SPREAD_MS;
    if (isNear(budget.turn)) return budget.turn;
    const next = lastTurn + APP.perMs / APP.calls;
    lastTurn = isNear(next) ? next : soonest;
    budget.turn = lastTurn;
    return lastTurn;
  }

  function waitFor({ hurried = false }: Paced, budget: Budget, now: number): number {
    const [wait, ofApp] = [waitOf(budget, now), waitOfApp(now)];
    return hurried || wait >= ofApp ? Math.max(wait, ofApp) : inTurn(budget, now + ofApp) - now;
  }

  return {
    look(call) {
      return waitFor(call, own(call), clock.now());
    },
    take(call) {
      const now = clock.now();
      const budget = own(call);
      const wait = waitFor(call, budget, now);
      if (wait > 0) return wait;
      recent.push(now);
      for (const level of budget.levels)
        level.usedUntil = Math.max(level.usedUntil, now) + level.bucket.perMs;
      return 0;
    },
    block(call, retryAfterMs) {
      const budget = own(call);
      budget.blockedUntil = Math.max(budget.blockedUntil, clock.now() + retryAfterMs);
    },
  };
}

/** The same as `APP`, where instances share it: half of it at once, the rest evenly. */
const SHARED_APP = { burst: APP.calls / 2, perMs: APP.perMs / (APP.calls / 2) };

function sharedBudgetsOf(appId: string, { kind, key }: Paced): RateBudget[] {
  const own = `teams ${appId} ${kind} ${key}`;
  return [
    { key: `teams ${appId}`, ...SHARED_APP },
    ...BUCKETS[kind].map((bucket, level) => ({ key: level === 0 ? own : `${own} ${level}`, ...bucket })),
  ];
}

/** The same limits, kept by all instances together. */
export function createSharedPacing(appId: string, budgets: RateBudgets): Pacing {
  return {
    look: (call) => budgets.knownWait(sharedBudgetsOf(appId, call)),
    async take(call) {
      const { granted, waitMs } = await budgets.reserve(sharedBudgetsOf(appId, call));
      return granted ? 0 : Math.max(1, waitMs);
    },
    block: (call, retryAfterMs) => budgets.block(sharedBudgetsOf(appId, call)[1]!.key, retryAfterMs),
  };
}

function budgetOf(buckets: readonly Bucket[]): Budget {
  const levels = buckets.map((bucket) => ({ bucket, usedUntil: Number.NEGATIVE_INFINITY }));
  return { levels, blockedUntil: Number.NEGATIVE_INFINITY, turn: Number.NEGATIVE_INFINITY };
}

function waitOf(budget: Budget, now: number): number {
  budget.blockedUntil = Math.min(budget.blockedUntil, now + LONGEST_BLOCK_MS);
  const waits = budget.levels.map((level) => {
    const { burst, perMs } = level.bucket;
    if (level.usedUntil - now > (burst + 1) * perMs) level.usedUntil = now + (burst - 1) * perMs; // the clock was set back
    return level.usedUntil - now - (burst - 1) * perMs;
  });
  return Math.max(0, Math.ceil(Math.max(...waits, budget.blockedUntil - now)));
}
