import { sql } from 'kysely';
import { allOf, type Condition } from './conditions.ts';
import type { Reader } from './database.ts';

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
  const condition =
    start === null
      ? list.condition
      : allOf([list.condition, sql`${key} ${slice.descending ? sql`<=` : sql`>=`} ${start}`]);
  const order = list.by
    ? sql`${sql.ref(list.by)} ${direction}, ${key} ${direction}`
    : sql`${key} ${direction}`;
  const { rows } = await sql<{ key: number }>`select ${key} as key from ${sql.table(list.table)}
    where ${condition} order by ${order} limit ${slice.limit} offset ${start === null ? slice.offset : 0}`.execute(
    db,
  );
  const keys = rows.map((row) => Number(row.key));
  return slice.reversed ? keys.reverse() : keys;
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
