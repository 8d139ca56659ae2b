import { sql } from 'kysely';
import { allOf, type Condition } from './conditions.ts';
import type { Reader } from './database.ts';
import { DATED, type DatedList, isWithin, type Span, seekDay } from './day-totals.ts';

/** Where a page lies in a list, counted from the nearer end: skipping rows costs the more the more there are. */
export interface Slice {
  /** The order to read in; `reversed` pages are turned round afterwards. */
  descending: boolean;
  reversed: boolean;
  offset: number;
  limit: number;
}

/** null = the page is beyond the end. */
export function sliceOf(
  page: { number: number; size: number },
  total: number,
  descending: boolean,
): Slice | null {
  const offset = (page.number - 1) * page.size;
  if (offset >= total) return null;
  const limit = Math.min(page.size, total - offset);
  const after = total - offset - limit;
  if (after >= offset) return { descending, reversed: false, offset, limit };
  return { descending: !descending, reversed: true, offset: after, limit };
}

/** Up to here an offset costs less than looking whether the keys are dense. */
const SHALLOW = 1_000;

export interface KeyedList {
  table: 'approval_requests' | 'slots' | 'audit_events';
  /** Taken from one counter, in the order rows came. */
  key: 'number' | 'id';
  /** Goes before the key in the order, if anything does. */
  by?: string;
  condition: Condition;
  /** The condition is nothing but the organization. */
  whole: boolean;
  /** The condition is nothing but the organization and this span of a dated list. */
  span?: Span | null;
  /** The condition as alternatives that exclude each other, each in an index by key: merged, not sorted. */
  either?: readonly Condition[];
}

/**
 * The keys of one page, in the page's order. Where all of an organization's rows are listed and their keys leave no
 * gap, the page is sought by its first key, so that however deep it is it costs what the first does.
 */
export async function keysOfPage(
  db: Reader,
  organizationId: number,
  list: KeyedList,
  slice: Slice,
  total: number,
): Promise<number[]> {
  const direction = slice.descending ? sql`desc` : sql`asc`;
  const key = sql.ref(list.key);
  const start =
    list.whole && slice.offset >= SHALLOW ? await denseStart(db, organizationId, list, slice, total) : null;
  const { table, span } = list;
  const seek =
    span && isDated(table) ? { table, ...(await seekDay(db, organizationId, table, span, slice)) } : null;
  const offset = start === null ? (seek?.offset ?? slice.offset) : 0;
  let { condition } = list;
  if (seek) condition = isWithin(organizationId, seek.table, seek.span);
  else if (start !== null)
    condition = allOf([condition, sql`${key} ${slice.descending ? sql`<=` : sql`>=`} ${start}`]);
  const order = list.by
    ? sql`${sql.ref(list.by)} ${direction}, ${key} ${direction}`
    : sql`${key} ${direction}`;
  const selects = (list.either ?? [condition]).map(
    (one) => sql`select ${key} as ${key} from ${sql.table(list.table)} where ${one}`,
  );
  const { rows } = await sql<Record<string, number>>`${sql.join(selects, sql` union all `)}
    order by ${order} limit ${slice.limit} offset ${offset}`.execute(db);
  const keys = rows.map((row) => Number(row[list.key]));
  return slice.reversed ? keys.reverse() : keys;
}

function isDated(table: KeyedList['table']): table is DatedList {
  return table in DATED;
}

/** The key a slice starts at; null where there are gaps, such as other organizations' rows. */
async function denseStart(
  db: Reader,
  organizationId: number,
  { table, key }: KeyedList,
  slice: Slice,
  total: number,
): Promise<number | null> {
  const end = async (direction: 'asc' | 'desc') => {
    const { rows } = await sql<{ key: number }>`select ${sql.ref(key)} as key from ${sql.table(table)}
      where organization_id = ${organizationId} order by ${sql.ref(key)} ${sql.raw(direction)} limit 1`.execute(
      db,
    );
    return Number(rows[0]?.key ?? 0);
  };
  const [first, last] = [await end('asc'), await end('desc')];
  if (last - first + 1 !== total) return null;
  return slice.descending ? last - slice.offset : first + slice.offset;
}
