import type { Clock } from '../usecases/ports.ts';

/** So many calls in a row without an answer, and nobody is called for a while. */
const SILENT_CALLS = 3;
const PAUSE_MS = 15_000;

/** Whether a service is worth calling: each call to one that is silent costs its whole time limit. */
export interface Outage {
  /** How many ms not to call it any more; 0 = call. */
  wait(): number;
  note(answered: boolean): void;
}

export function createOutage(clock: Clock): Outage {
  let silent = 0;
  let until = Number.NEGATIVE_INFINITY;
  return {
    wait: () => Math.min(PAUSE_MS, Math.max(0, until - clock.now())),
    note(answered) {
      silent = answered ? 0 : silent + 1;
      if (answered) until = Number.NEGATIVE_INFINITY;
      else if (silent >= SILENT_CALLS) until = clock.now() + PAUSE_MS;
    },
  };
}
