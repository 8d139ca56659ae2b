import type { CallOutcome } from '../usecases/observer.ts';
import type { Clock, Log } from '../usecases/ports.ts';

/** Says once that Harness is in trouble, and once that it is not any more, however many calls are made meanwhile. */
export function createHealthLines(
  log: Log,
  clock: Clock,
): { note(outcome: CallOutcome, facts: object): void } {
  let since: number | null = null;
  return {
    note(outcome, facts) {
      const isTrouble = outcome === 'failed' || outcome === 'no_answer' || outcome === 'rate_limited';
      if (isTrouble && since === null) {
        since = clock.now();
        log.warn({ outcome, ...facts }, 'Harness is in trouble: calls are tried again until it answers');
      }
      if (!isTrouble && since !== null) {
        log.info({ afterMs: clock.now() - since }, 'Harness answers again');
        since = null;
      }
    },
  };
}
