import { seedOfRun } from '../seed-of-run.ts';

/** Chance that can be repeated: the same seed deals the same numbers. */
export interface Chance {
  readonly seed: number;
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from 0 to `below` - 1. */
  upTo(below: number): number;
  /** True that often. */
  happens(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32. */
export function seeded(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (below: number) => Math.floor(next() * below);
  return {
    seed,
    next,
    upTo,
    happens: (probability) => next() < probability,
    pick: (from) => from[upTo(from.length)]!,
  };
}

/** The chance of this run (`seedOfRun`). */
export function chanceOfTheDay(): Chance {
  return seeded(seedOfRun(1));
}
