import { createOutage } from '../usecases/cards/outage.ts';
import type { Clock } from '../usecases/ports.ts';
import type { RateBudget, RateBudgets } from '../usecases/rate-budgets.ts';

/** At most `calls` in any `perMs` milliseconds. */
export interface Window {
  calls: number;
  perMs: number;
}

const MINUTE = 60_000;

/**
 * Slack's published limits, per method, workspace and app.
 * Source: https://docs.slack.dev/apis/web-api/rate-limits and MethodsRateLimits.java of the Java SDK.
 */
export const TIER = {
  tier2: { calls: 20, perMs: MINUTE },
  tier3: { calls: 50, perMs: MINUTE },
  tier4: { calls: 100, perMs: MINUTE },
  // "several hundred messages per minute" for a workspace
  posts: { calls: 300, perMs: MINUTE },
  // auth.test: "hundreds per minute"
  special: { calls: 300, perMs: MINUTE },
} as const satisfies Record<string, Window>;

/** "1 per second" into one channel, "short bursts of >1 allowed": three at once, then one a second. */
export const POSTS_PER_CHANNEL: Window = { calls: 3, perMs: 3000 };

/** The methods we call. Apps distributed outside the Marketplace may read history and replies far slower. */
export const METHOD_TIER = {
  'auth.test': 'special',
  'chat.postMessage': 'posts',
  'chat.update': 'tier3',
  'chat.postEphemeral': 'tier4',
  'conversations.open': 'tier3',
  'conversations.history': 'tier3',
  'conversations.replies': 'tier3',
  'team.profile.get': 'tier3',
  'users.info': 'tier4',
  'users.lookupByEmail': 'tier3',
  'users.profile.get': 'tier4',
  'views.open': 'tier4',
  'views.publish': 'tier4',
  'views.push': 'tier4',
  'views.update': 'tier4',
} as const satisfies Record<string, keyof typeof TIER>;

export type SlackMethod = keyof typeof METHOD_TIER;

/** Which budget a call is counted in. `channel` counts for chat.postMessage only. */
export interface Budgeted {
  method: SlackMethod;
  workspace: string;
  channel: string | null;
}

export interface Pacing {
  /** 0 = go ahead, the call is counted; else how many ms to wait, and nothing is counted. */
  take(call: Budgeted): number | Promise<number>;
  /** As `take` as far as is known here, and nothing is counted: whether a call is worth preparing. */
  look(call: Budgeted): number;
  /** Slack answered 429: no such call before `retryAfterMs` are over. */
  block(call: Budgeted, retryAfterMs: number): void | Promise<void>;
  /** How a call ended. After several that Slack left without an answer nothing is shown for a while. */
  note(call: Budgeted, answered: boolean): void;
}

/**
 * What the outbox calls for: while Slack is silent each attempt would hold up what is for others. Whoever waits for the
 * answer to a press is served all the same.
 */
const SHOWING: ReadonlySet<SlackMethod> = new Set([
  ...(['chat.postMessage', 'chat.update', 'conversations.open'] as const),
  ...(['conversations.history', 'conversations.replies', 'views.publish'] as const),
]);

const BUDGETS_MAX = 10_000;
/** No 429 is believed to mean more; nor does a clock that was set back make a pause longer. */
const LONGEST_BLOCK_MS = 600_000;

interface Budget {
  window: Window;
  /** When the counted calls were made, oldest first; never longer than `window.calls`. */
  calls: number[];
  blockedUntil: number;
}

/** A pace kept in memory, for a process that is alone. */
export interface OwnPacing extends Pacing {
  take(call: Budgeted): number;
  block(call: Budgeted, retryAfterMs: number): void;
}

/** Keeps every budget within its published window, in memory; forgets the least used over 10,000 budgets. */
export function createPacing(clock: Clock): OwnPacing {
  const budgets = new Map<string, Budget>();

  function budget(key: string, window: Window): Budget {
    const found = budgets.get(key) ?? { window, calls: [], blockedUntil: 0 };
    budgets.delete(key);
    budgets.set(key, found);
    const oldest = budgets.keys().next();
    if (budgets.size > BUDGETS_MAX && !oldest.done) budgets.delete(oldest.value);
    return found;
  }

  function budgetsOf(call: Budgeted): Budget[] {
    const key = `${call.workspace} ${call.method}`;
    const whole = budget(key, TIER[METHOD_TIER[call.method]]);
    if (call.method !== 'chat.postMessage' || call.channel === null) return [whole];
    return [whole, budget(`${key} ${call.channel}`, POSTS_PER_CHANNEL)];
  }

  const silence = watchSilence(clock);

  return {
    note: silence.note,
    look: (call) => Math.max(silence.wait(call), waitFor(budgetsOf(call), clock.now())),
    take(call) {
      const now = clock.now();
      const concerned = budgetsOf(call);
      const wait = Math.max(silence.wait(call), waitFor(concerned, now));
      if (wait > 0) return wait;
      silence.take(call);
      for (const one of concerned) one.calls.push(now);
      return 0;
    },
    block(call, retryAfterMs) {
      // A 429 on a post is nearly always about that channel: the others go on.
      const narrowest = budgetsOf(call).at(-1)!;
      narrowest.blockedUntil = Math.max(narrowest.blockedUntil, clock.now() + retryAfterMs);
    },
  };
}

/** Of a window's calls so many may come at once where instances share it; the others come evenly. */
const AT_ONCE = 0.2;

function evenly({ calls, perMs }: Window): Omit<RateBudget, 'key'> {
  const burst = Math.max(1, Math.floor(calls * AT_ONCE));
  return { burst, perMs: Math.ceil(perMs / Math.max(1, calls - burst)) };
}

/** "1 per second" into one channel, by whichever instance. */
export const SHARED_POSTS_PER_CHANNEL = { burst: 1, perMs: 1000 };

function sharedBudgetsOf(call: Budgeted): RateBudget[] {
  const key = `slack ${call.workspace} ${call.method}`;
  const whole = { key, ...evenly(TIER[METHOD_TIER[call.method]]) };
  if (call.method !== 'chat.postMessage' || call.channel === null) return [whole];
  return [whole, { key: `${key} ${call.channel}`, ...SHARED_POSTS_PER_CHANNEL }];
}

/** What answers a press: it comes once or never, and nobody tries it again. */
const ANSWERING: ReadonlySet<SlackMethod> = new Set([
  ...(['views.open', 'views.push', 'views.update', 'chat.postEphemeral'] as const),
]);

/**
 * The same windows, kept by all instances together. While the database says nothing, only presses are answered, at a pace
 * of this instance's own.
 */
export function createSharedPacing(clock: Clock, budgets: RateBudgets): Pacing {
  const silence = watchSilence(clock);
  const own = createPacing(clock);
  return {
    note: silence.note,
    look: (call) => Math.max(silence.wait(call), budgets.knownWait(sharedBudgetsOf(call))),
    async take(call) {
      const silent = silence.wait(call);
      if (silent > 0) return silent;
      const { granted, waitMs, unsaid } = await budgets.reserve(sharedBudgetsOf(call));
      if (unsaid && ANSWERING.has(call.method)) return own.take(call);
      if (!granted) return Math.max(1, waitMs);
      // Others may have gone meanwhile, and one of them is the first after a silence.
      return silence.take(call);
    },
    block: (call, retryAfterMs) => budgets.block(sharedBudgetsOf(call).at(-1)!.key, retryAfterMs),
  };
}

/** What merely shows something is not called for while Slack is silent. */
function watchSilence(clock: Clock) {
  const outage = createOutage(clock);
  return {
    wait: ({ method }: Budgeted) => (SHOWING.has(method) ? outage.wait() : 0),
    take: ({ method }: Budgeted) => (SHOWING.has(method) ? outage.take() : 0),
    note({ method }: Budgeted, answered: boolean) {
      if (SHOWING.has(method)) outage.note(answered);
    },
  };
}

function waitFor(budgets: readonly Budget[], now: number): number {
  return Math.max(...budgets.map((one) => waitOf(one, now)));
}

function waitOf(budget: Budget, now: number): number {
  const { calls, perMs } = budget.window;
  budget.calls = budget.calls.filter((at) => at > now - perMs && at <= now);
  budget.blockedUntil = Math.min(budget.blockedUntil, now + LONGEST_BLOCK_MS);
  const oldest = budget.calls[budget.calls.length - calls];
  const full = oldest === undefined ? 0 : oldest + perMs - now;
  return Math.max(full, budget.blockedUntil - now, 0);
}
