import { setImmediate } from 'node:timers';
import type { Database } from './database.ts';

/**
 * A read that many ask for at one moment, such as the cards of one request, which are mostly due together: whoever asks
 * before it has begun shares it. What was committed before one asks is in what they get. Nobody may change that.
 * `nameOf`: the same for all who want the same.
 */
export function readTogether<V, Read>(
  nameOf: (wanted: V) => string,
  read: (db: Database, wanted: V) => Promise<Read>,
): (db: Database, wanted: V) => Promise<Read> {
  const notBegun = new WeakMap<Database, Map<string, Promise<Read>>>();
  return (db, wanted) => {
    const reads = notBegun.get(db) ?? new Map<string, Promise<Read>>();
    notBegun.set(db, reads);
    const name = nameOf(wanted);
    const shared = reads.get(name);
    if (shared) return shared;
    const turnEnd = new Promise<void>((ended) => setImmediate(ended));
    const mine = turnEnd.then(() => {
      reads.delete(name);
      return read(db, wanted);
    });
    reads.set(name, mine);
    return mine;
  };
}
