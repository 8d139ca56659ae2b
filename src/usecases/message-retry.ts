import type { Finish, LeasedRow } from '../store/outbox-claims.ts';
import type { Context } from './context.ts';
import { isLongOwed } from './long-owed.ts';

/** A message refused this often is tried rarely: the token may be mended, the message itself will not. */
const MOST_REFUSALS = 8;
const REFUSED_PAUSE_MS = 10 * 60_000;

type Times = Pick<Context, 'clock' | 'random'>;

/** Tries again, each time after a longer pause, up to half a minute. */
export function retryLater({ clock, random }: Times, row: LeasedRow, error: string): Finish {
  const longest = Math.min(30_000, 1_000 * 2 ** Math.min(row.attempts - 1, 5));
  return { kind: 'retry', at: clock.now() + Math.ceil((0.5 + random() / 2) * longest), error };
}

/** After a refusal: rarely once there were many, and not for longer than a day. */
export function retryOrGiveUp(context: Times, row: LeasedRow, error: string): Finish {
  const now = context.clock.now();
  if (isLongOwed(row, now)) return { kind: 'dead', error };
  if (row.attempts >= MOST_REFUSALS) return { kind: 'retry', at: now + REFUSED_PAUSE_MS, error };
  return retryLater(context, row, error);
}
