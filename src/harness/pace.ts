import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../usecases/ports.ts';
import type { RateBudgets } from '../usecases/rate-budgets.ts';
import { type Admission, createTokenBucket } from './token-bucket.ts';

/** `looks`: those that nobody waits for, below 200 a minute, leave decisions room, however many requests are open. */
export const PER_SECOND = { calls: 5, looks: 3.2 };
const LONGEST_WAIT_MS = 10_000;

/** The pace of calls with one API key: Harness allows 400 a minute (harness.md §1.5 E20). */
export interface Pace {
  /** Waits for a turn if it comes soon enough. `patient`: a look that nobody waits for. */
  take(patient: boolean): Promise<Admission>;
  /** Nothing passes for that many ms, not even what already waits. */
  pause(ms: number): void | Promise<void>;
}

interface Waiting {
  wait?: (ms: number) => Promise<unknown>;
}

/** Kept in memory, for a process that is alone. */
export function createOwnPace(given: Waiting & { clock: Clock }): Pace {
  const bucket = createTokenBucket({ ...given, perSecond: PER_SECOND.calls, maxWaitMs: LONGEST_WAIT_MS });
  const looks = createTokenBucket({ ...given, perSecond: PER_SECOND.looks, maxWaitMs: LONGEST_WAIT_MS });
  return {
    async take(patient) {
      const turn = patient ? await looks.take() : ({ ok: true } as const);
      return turn.ok ? bucket.take() : turn;
    },
    pause: (ms) => bucket.pause(ms),
  };
}

/** Kept by all instances together, for whatever connections have this key. */
export function createSharedPace(
  given: Waiting & { budgets: RateBudgets; origin: string; accountId: string; apiKey: string },
): Pace {
  const { budgets, wait = delay } = given;
  const key = `harness ${given.origin} ${given.accountId} ${fingerprint(given.apiKey)}`;
  const calls = [{ key, ...evenly(PER_SECOND.calls) }];
  const looks = [...calls, { key: `${key} looks`, ...evenly(PER_SECOND.looks) }];
  return {
    async take(patient) {
      const { granted, waitMs } = await budgets.reserve(patient ? looks : calls, LONGEST_WAIT_MS);
      if (!granted) return { ok: false, retryAfterMs: Math.max(1, Math.ceil(waitMs)) };
      if (waitMs === 0) return { ok: true };
      await wait(Math.ceil(waitMs));
      const paused = await budgets.blockedFor(key);
      return paused > 0 ? { ok: false, retryAfterMs: paused } : { ok: true };
    },
    pause: (ms) => budgets.block(key, ms),
  };
}

function evenly(perSecond: number) {
  return { burst: Math.floor(perSecond), perMs: Math.ceil(1000 / perSecond) };
}

/** Tells keys apart and tells nothing of them. */
function fingerprint(apiKey: string): string {
  return createHash('sha256').update(`countersign pace ${apiKey}`).digest('hex').slice(0, 16);
}
