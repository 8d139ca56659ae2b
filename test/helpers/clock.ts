/** A clock that only moves when a test moves it. */
export interface HandClock {
  now(): number;
  advance(ms: number): void;
}

export function handClock(start = Date.now()): HandClock {
  let at = start;
  return {
    now: () => at,
    advance: (ms) => {
      at += ms;
    },
  };
}
