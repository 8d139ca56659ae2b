import type { RequestStatus } from '../../approval/request.ts';
import { decisionTimes, outcomesByDay } from '../../store/outcome-days.ts';
import type { Context } from '../context.ts';

const DAY_MS = 86_400_000;
export const STATISTICS_DAYS = 30;
/** The median of so many is the median, for all anybody can see. */
const MOST_TIMES = 2_000;

export type DayOutcome = 'approved' | 'rejected' | 'other' | 'waiting';

/** What became of the requests that were opened on one day. */
export interface DayStatistics extends Readonly<Record<DayOutcome, number>> {
  /** Midnight in UTC, epoch ms. */
  at: number;
}

export interface Statistics {
  /** The last 30 days in UTC, oldest first, today the last. */
  days: readonly DayStatistics[];
  totals: Readonly<Record<DayOutcome, number>>;
  /** Ms from opening to decision, of what votes decided within these days; null = nothing was. */
  medianMs: number | null;
}

const OUTCOMES: Readonly<Record<RequestStatus, DayOutcome>> = {
  WAITING: 'waiting',
  APPROVED: 'approved',
  REJECTED: 'rejected',
  EXPIRED: 'other',
  ABORTED: 'other',
  FAILED: 'other',
};

/** An organization's requests of the last 30 days. Reads kept totals: no slower the more requests there are. */
export async function readStatistics(
  context: Pick<Context, 'db' | 'clock'>,
  organizationId: number,
): Promise<Statistics> {
  const { db } = context;
  const today = Math.floor(context.clock.now() / DAY_MS);
  const first = today - STATISTICS_DAYS + 1;
  const days = Array.from({ length: STATISTICS_DAYS }, (_, index) => ({
    ...{ at: (first + index) * DAY_MS },
    ...NONE,
  }));
  const totals = { ...NONE };
  for (const { day, status, total } of await outcomesByDay(db, organizationId, first, today)) {
    const outcome = OUTCOMES[status];
    days[day - first]![outcome] += total;
    totals[outcome] += total;
  }
  const times = await decisionTimes(db, organizationId, first * DAY_MS, MOST_TIMES);
  return { days, totals, medianMs: median(times) };
}

const NONE: Record<DayOutcome, number> = { approved: 0, rejected: 0, other: 0, waiting: 0 };

/** The middle one, or the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return (lower + upper) / 2;
}

const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1_000, name: 's' },
] as const;

/** A span of time in its two largest units, such as `1 h 20 min`; under a second it is `0 s`. */
export function spanWords(ms: number): string {
  const largest = UNITS.findIndex((unit) => ms >= unit.ms);
  if (largest === -1) return '0 s';
  const [unit, next] = [UNITS[largest]!, UNITS[largest + 1]];
  const whole = Math.floor(ms / unit.ms);
  const rest = next ? Math.floor((ms - whole * unit.ms) / next.ms) : 0;
  return next && rest > 0 && whole < 10
    ? `${whole} ${unit.name} ${rest} ${next.name}`
    : `${whole} ${unit.name}`;
}

/** Everything the statistics tell, in words. */
export function statisticsWords({ totals, medianMs }: Statistics): string {
  const parts = [
    `${totals.approved} approved`,
    `${totals.rejected} rejected`,
    ...(totals.other > 0 ? [`${totals.other} ended otherwise`] : []),
    ...(totals.waiting > 0 ? [`${totals.waiting} waiting`] : []),
  ];
  const all = totals.approved + totals.rejected + totals.other + totals.waiting;
  const counted = `${all} ${all === 1 ? 'request' : 'requests'} in the last 30 days: ${parts.join(', ')}.`;
  return medianMs === null ? counted : `${counted} Median time to decide: ${spanWords(medianMs)}.`;
}
