import type { Database } from '../store/database.ts';
import { blockBudget, blockedFor, pruneBudgets, reserveInBudgets } from '../store/rate-budgets.ts';
import type { Clock, Log } from './ports.ts';

/** What calls are counted in: so many at once, then one every `perMs`. */
export interface RateBudget {
  /** Names it, the same in every instance; holds no secret. */
  key: string;
  burst: number;
  perMs: number;
}

/**
 * `granted`: the call is counted, and its turn comes in `waitMs`. Else nothing is counted; worth asking again then.
 * `unsaid`: since the database said nothing.
 */
export interface Reservation {
  granted: boolean;
  waitMs: number;
  unsaid?: true;
}

/** The pace of calls to a platform, kept by all instances together. */
export interface RateBudgets {
  /**
   * Counts one call in each of these budgets, or in none where its turn would come later than in `mostWaitMs`. Never
   * throws: where nobody can say, it is not granted.
   */
  reserve(budgets: readonly RateBudget[], mostWaitMs?: number): Promise<Reservation>;
  /** How many ms such a call has to wait as far as this instance knows; asks nobody. */
  knownWait(budgets: readonly RateBudget[]): number;
  /** How many ms calls counted in it must rest since the platform said so to any instance; 0 = none. Never throws. */
  blockedFor(key: string): Promise<number>;
  /** The platform said to wait: no instance calls before `ms` are over. Never throws. */
  block(key: string, ms: number): Promise<void>;
}

/** No pause is believed to be longer. */
const LONGEST_BLOCK_MS = 600_000;
/** The database did not say. */
const UNKNOWN_WAIT_MS = 2_000;
const PRUNE_EVERY_MS = 10 * 60_000;
const KNOWN_MAX = 10_000;

/**
 * Budgets that instances share through their database: one statement for each call, in no transaction. What was
 * refused is not asked about again before its time, so that a long queue costs the database nothing.
 */
export function createSharedBudgets(given: { db: Database; clock: Clock; log: Log }): RateBudgets {
  const { db, clock, log } = given;
  /** Until when calls are known to be refused. */
  const known = new Map<string, number>();
  let pruneAt = clock.now() + PRUNE_EVERY_MS;

  function learn(key: string, until: number): void {
    known.delete(key);
    known.set(key, until);
    const oldest = known.keys().next();
    if (known.size > KNOWN_MAX && !oldest.done) known.delete(oldest.value);
  }

  function knownWait(budgets: readonly RateBudget[]): number {
    const now = clock.now();
    const waits = budgets.map(({ key }) => {
      const left = (known.get(key) ?? 0) - now;
      if (left <= 0) known.delete(key);
      // A clock that is set back makes no pause longer.
      return left > LONGEST_BLOCK_MS ? 0 : left;
    });
    return Math.max(0, ...waits);
  }

  function pruneNowAndThen(now: number): void {
    if (now < pruneAt && pruneAt - now <= PRUNE_EVERY_MS) return;
    pruneAt = now + PRUNE_EVERY_MS;
    pruneBudgets(db, now).catch((error: unknown) => log.warn({ err: error }, 'budgets were not pruned'));
  }

  return {
    knownWait,
    async reserve(budgets, mostWaitMs = 0) {
      const early = knownWait(budgets);
      if (early > 0) return { granted: false, waitMs: early };
      const now = clock.now();
      pruneNowAndThen(now);
      try {
        const { granted, turns } = await reserveInBudgets(db, budgets, { now, mostWaitMs });
        if (!granted)
          for (const { key, wait, blocked } of turns) {
            const refused = Math.max(blocked, wait - mostWaitMs);
            if (refused > 0) learn(key, now + refused);
          }
        return { granted, waitMs: Math.max(0, ...turns.map(({ wait, blocked }) => Math.max(wait, blocked))) };
      } catch (error) {
        log.warn({ err: error }, 'the database cannot say whether a call may be made: it waits');
        return { granted: false, waitMs: UNKNOWN_WAIT_MS, unsaid: true };
      }
    },
    async blockedFor(key) {
      try {
        return await blockedFor(db, key, clock.now());
      } catch (error) {
        log.warn({ err: error }, 'the database cannot say whether a call may be made: it waits');
        return UNKNOWN_WAIT_MS;
      }
    },
    async block(key, ms) {
      const until = clock.now() + Math.min(ms, LONGEST_BLOCK_MS);
      learn(key, until);
      try {
        await blockBudget(db, key, until);
      } catch (error) {
        log.warn({ err: error, key }, 'the other instances were not told of a pause');
      }
    },
  };
}
