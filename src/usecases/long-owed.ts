import type { LeasedRow } from '../store/outbox-claims.ts';

const LONGEST_MS = 24 * 60 * 60_000;

/**
 * Whether it fell due more than a day ago: what fails once more then is given up. Ask about what just failed; whoever
 * slept for a day, as a bot whose machine was off, still pays it.
 */
export function isLongOwed({ firstDueAt }: Pick<LeasedRow, 'firstDueAt'>, now: number): boolean {
  return now - firstDueAt > LONGEST_MS;
}
