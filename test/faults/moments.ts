/** What the outside sees happen, and what a killer may lie in wait for. */
export const MOMENTS = [
  'webhook sent',
  'webhook answered',
  'click sent',
  'click answered',
  'Slack call',
  'Harness call',
] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Moments {
  tell(moment: Moment): void;
  /** Resolves at the n-th such moment from now; false = not within `ms`. */
  wait(moment: Moment, nth: number, ms: number): Promise<boolean>;
}

export function createMoments(): Moments {
  const waiting = new Set<(moment: Moment) => void>();
  return {
    tell(moment) {
      for (const listener of [...waiting]) listener(moment);
    },
    wait(moment, nth, ms) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      let left = nth;
      const listener = (told: Moment) => {
        if (told !== moment) return;
        left -= 1;
        if (left <= 0) end(true);
      };
      const late = setTimeout(() => end(false), ms);
      const end = (met: boolean) => {
        clearTimeout(late);
        waiting.delete(listener);
        resolve(met);
      };
      waiting.add(listener);
      return promise;
    },
  };
}
