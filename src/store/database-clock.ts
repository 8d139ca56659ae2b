import { sql } from 'kysely';
import type { Database } from './database.ts';
import { isShared } from './engine.ts';

const ASK_EVERY_MS = 10_000;

/** Now, epoch ms, until it is ended. */
export interface DatabaseClock {
  now(): number;
  end(): void;
}

/**
 * The clock that all who share a database go by, so that a machine whose clock jumps takes nobody's claims: PostgreSQL's
 * own, asked now and then and carried on in between by what no clock change moves. On SQLite the machine's.
 */
export async function openClock(db: Database): Promise<DatabaseClock> {
  if (!isShared(db)) return { now: () => Date.now(), end: () => {} };
  /** What the database's clock said when our own stopwatch stood at zero. */
  let zero = await ask();
  const timer = setInterval(() => {
    ask().then(
      (found) => {
        zero = found;
      },
      // Not to be asked just now: the stopwatch goes on.
      () => {},
    );
  }, ASK_EVERY_MS).unref();

  async function ask(): Promise<number> {
    const from = performance.now();
    const { rows } = await sql<{
      now: number;
    }>`select extract(epoch from clock_timestamp()) * 1000 as now`.execute(db);
    return rows[0]!.now - (from + performance.now()) / 2;
  }

  return {
    now: () => Math.round(zero + performance.now()),
    end: () => clearInterval(timer),
  };
}
