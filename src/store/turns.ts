import { DatabaseUnavailable } from './unavailable.ts';

/** Work that is done one after another, in the order it came. */
export interface Turns {
  /** Throws DatabaseUnavailable, and does nothing, where too many wait or the turn came too late. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns({ most, waitMs }: { most: number; waitMs: number }): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    async run(work) {
      if (waiting >= most) throw new DatabaseUnavailable('Too much waits to be written just now.');
      const since = performance.now();
      waiting += 1;
      const turn = last.then(() => {
        if (performance.now() - since > waitMs)
          throw new DatabaseUnavailable('It took too long until this could be written.');
        return work();
      });
      last = turn
        .catch(() => {})
        .finally(() => {
          waiting -= 1;
        });
      return turn;
    },
  };
}
