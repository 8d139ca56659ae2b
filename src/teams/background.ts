import type { Log } from '../usecases/ports.ts';

/** What goes on after the answer was given. */
export interface Background {
  /** Never throws; what fails is logged as `what`. */
  run(what: string, work: () => Promise<void>): void;
  /** Resolves once nothing is going on any more. */
  idle(): Promise<void>;
}

export function createBackground(log: Log): Background {
  const working = new Set<Promise<void>>();
  return {
    run(what, work) {
      const done = work()
        .catch((error: unknown) => log.error({ err: error }, what))
        .finally(() => working.delete(done));
      working.add(done);
    },
    async idle() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}

/** What `work` comes to within `ms`, else `late`; it goes on then, and failing late is nobody's business here. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), ms);
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
