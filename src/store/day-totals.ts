import { type SqlBool, sql } from 'kysely';
import type { Condition, StoredFilter } from './conditions.ts';
import type { Reader, Trx } from './database.ts';
import type { Slice } from './page-slice.ts';
import { collectDay } from './transaction-end.ts';

const DAY_MS = 86_400_000;

/** The lists whose rows are counted per day, and the moment they are counted by. It never changes, nor do rows go. */
export const DATED = { approval_requests: 'created_at', audit_events: 'at' } as const;
export type DatedList = keyof typeof DATED;

/** Epoch ms, both included. */
export interface Span {
  from: number;
  to: number;
}

/** Counts one row that came, at the end of its transaction. */
export async function countDay(trx: Trx, organizationId: number, list: DatedList, at: number): Promise<void> {
  collectDay(trx, organizationId, list, Math.floor(at / DAY_MS), 1);
}

/** The span that filters ask for; null where they ask for anything else, or for several moments at once. */
export function spanOf(list: DatedList, filters: readonly StoredFilter[]): Span | null {
  const span = { from: 0, to: Number.MAX_SAFE_INTEGER };
  for (const { field, op, values } of filters) {
    const at = Date.parse(values[0] ?? '');
    if (field !== DATED[list] || values.length !== 1 || Number.isNaN(at)) return null;
    if (op === 'gt' || op === 'gt_eq') span.from = Math.max(span.from, op === 'gt' ? at + 1 : at);
    else if (op === 'lt' || op === 'lt_eq') span.to = Math.min(span.to, op === 'lt' ? at - 1 : at);
    else return null;
  }
  return filters.length === 0 ? null : span;
}

/** How many rows lie in a span: whole days are known, at its ends rows are counted. */
export async function totalBetween(
  db: Reader,
  organizationId: number,
  list: DatedList,
  span: Span,
): Promise<number> {
  const { head, days, tail } = await partsOf(db, organizationId, list, span);
  return head + tail + days.reduce((sum, { total }) => sum + total, 0);
}

/** Where to begin to read so that few rows are skipped: what is left of the span, and the offset from there. */
export async function seekDay(
  db: Reader,
  organizationId: number,
  list: DatedList,
  span: Span,
  { descending, offset }: Slice,
): Promise<{ span: Span; offset: number }> {
  const { head, days, tail, firstDay, endDay } = await partsOf(db, organizationId, list, span);
  const from = (day: number, left: number) => ({
    span: descending
      ? { ...span, to: Math.min(span.to, day * DAY_MS - 1) }
      : { ...span, from: Math.max(span.from, day * DAY_MS) },
    offset: left,
  });
  let left = offset - (descending ? tail : head);
  if (left < 0) return { span, offset };
  for (const { day, total } of descending ? days.toReversed() : days) {
    if (left < total) return from(descending ? day + 1 : day, left);
    left -= total;
  }
  return from(descending ? firstDay : endDay, left);
}

/** True for an organization's rows in a span: one bound on either side, since SQLite seeks by one alone. */
export function isWithin(organizationId: number, list: DatedList, { from, to }: Span): Condition {
  const at = sql.ref(DATED[list]);
  return sql<SqlBool>`organization_id = ${organizationId} and ${at} >= ${from} and ${at} <= ${to}`;
}

/** A span as the rows before its first whole day, its whole days, and the rows after them. */
async function partsOf(db: Reader, organizationId: number, list: DatedList, { from, to }: Span) {
  const firstDay = Math.ceil(from / DAY_MS);
  const endDay = Math.max(firstDay, Math.floor((to + 1) / DAY_MS));
  const between = async (start: number, end: number) => {
    if (end < start) return 0;
    const within = isWithin(organizationId, list, { from: start, to: end });
    const { rows } = await sql<{ total: number }>`select count(*) as total from ${sql.table(list)}
      where ${within}`.execute(db);
    return Number(rows[0]?.total ?? 0);
  };
  const days = await db
    .selectFrom('day_totals')
    .select(['day', 'total'])
    .where('organization_id', '=', organizationId)
    .where('list', '=', list)
    .where('day', '>=', firstDay)
    .where('day', '<', endDay)
    .orderBy('day')
    .execute();
  const head = await between(from, Math.min(to, firstDay * DAY_MS - 1));
  const tail = await between(Math.max(endDay * DAY_MS, firstDay * DAY_MS), to);
  return { head, days, tail, firstDay, endDay };
}
