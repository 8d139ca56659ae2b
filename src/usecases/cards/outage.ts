import type { Clock } from '../ports.ts';

/** So many calls in a row without an answer, and nobody is called for a while. */
const SILENT_CALLS = 3;
const PAUSE_MS = 15_000;
/** How long one call may last: so long the others wait for what becomes of the first after a pause. */
const CALL_MS = 10_000;

/** Whether a service is worth calling: each call to one that is silent costs its whole time limit, and a place in its lane. */
export interface Outage {
  /** How many ms not to call it any more; 0 = call. */
  wait(): number;
  /** As `wait`, for whoever calls now if it is 0: after a pause one call goes ahead, and the others wait for it. */
  take(): number;
  note(answered: boolean): void;
}

export function createOutage(clock: Clock): Outage {
  let silent = 0;
  let until = Number.NEGATIVE_INFINITY;
  function wait(): number {
    const now = clock.now();
    // A clock that is set back makes no pause longer.
    until = Math.min(until, now + PAUSE_MS);
    return Math.max(0, until - now);
  }
  return {
    wait,
    take() {
      const rest = wait();
      if (rest === 0 && silent >= SILENT_CALLS) until = clock.now() + CALL_MS;
      return rest;
    },
    note(answered) {
      silent = answered ? 0 : silent + 1;
      if (answered) until = Number.NEGATIVE_INFINITY;
      else if (silent >= SILENT_CALLS) until = clock.now() + PAUSE_MS;
    },
  };
}
