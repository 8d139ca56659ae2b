import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../usecases/ports.ts';

export type Admission = { ok: true } | { ok: false; retryAfterMs: number };

/** Lets calls of one API key through at a steady pace. */
export interface TokenBucket {
  /** Waits for a turn if it comes soon enough; otherwise says after how many ms to ask again. */
  take(): Promise<Admission>;
  /** Nothing passes for that many ms, not even what already waits. */
  pause(ms: number): void;
}

/** The longest pause believed, ms: a Retry-After beyond it is asked again by then. */
const LONGEST_PAUSE_MS = 600_000;

/**
 * `perSecond` calls a second with bursts of as many; a call that would wait longer than `maxWaitMs` is refused.
 * Harness allows 400 a minute per key (harness.md §1.5 E20).
 */
export function createTokenBucket(given: {
  clock: Clock;
  perSecond: number;
  maxWaitMs: number;
  wait?: (ms: number) => Promise<unknown>;
}): TokenBucket {
  const { clock, perSecond, maxWaitMs, wait = delay } = given;
  const interval = 1000 / perSecond;
  const burst = interval * (perSecond - 1);
  let nextFull = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;

  const pauseLeft = () => {
    const left = pausedUntil - clock.now();
    if (left <= LONGEST_PAUSE_MS) return Math.max(0, left);
    pausedUntil = clock.now() + LONGEST_PAUSE_MS; // the clock was set back
    return LONGEST_PAUSE_MS;
  };
  return {
    async take() {
      const paused = pauseLeft();
      if (paused > 0) return { ok: false, retryAfterMs: Math.ceil(paused) };
      const now = clock.now();
      if (nextFull - now > maxWaitMs + burst + 2 * interval) nextFull = now; // the clock was set back
      const start = Math.max(nextFull, now);
      const waitMs = Math.max(0, start - burst - now);
      if (waitMs > maxWaitMs) return { ok: false, retryAfterMs: Math.ceil(waitMs) };
      nextFull = start + interval;
      if (waitMs === 0) return { ok: true };
      await wait(Math.ceil(waitMs));
      const pausedMeanwhile = pauseLeft();
      return pausedMeanwhile > 0 ? { ok: false, retryAfterMs: Math.ceil(pausedMeanwhile) } : { ok: true };
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + Math.min(ms, LONGEST_PAUSE_MS));
    },
  };
}
