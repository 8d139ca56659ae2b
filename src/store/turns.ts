/** Whoever asked too late, or while too many wait, is sent away instead of waiting without end. */
export class TooBusy extends Error {}

/** One after another, in the order they came. Throws TooBusy when `most` wait already. */
export interface Turns {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns(most: number): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    async run(work) {
      if (waiting >= most) throw new TooBusy('The database has too much to write just now. Try again soon.');
      waiting += 1;
      const turn = last.then(work).finally(() => {
        waiting -= 1;
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}
