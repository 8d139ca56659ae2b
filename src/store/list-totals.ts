import { sql } from 'kysely';
import { rowsOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';
import type { ListShape } from './list-query.ts';
import type { Tables } from './schema.ts';
import { collectTotal } from './transaction-end.ts';

/** The values a row is counted under, by filter: `{ status: 1, manager_id: 7 }`. null is not counted. */
export type Counted = Readonly<Record<string, string | number | null>>;

/** A row that came (before null), changed, or went (after null). */
export interface CountedChange {
  before: Counted | null;
  after: Counted | null;
}

/**
 * Keeps a list's totals as rows come, change and go, at the end of their own transaction: an exact count(*) costs more
 * the more rows there are.
 */
export async function keepTotalsOf(
  trx: Trx,
  organizationId: number,
  list: keyof Tables,
  changes: readonly CountedChange[],
): Promise<void> {
  for (const { before, after } of changes) {
    for (const bucket of bucketsOf(before)) collectTotal(trx, organizationId, list, bucket, -1);
    for (const bucket of bucketsOf(after)) collectTotal(trx, organizationId, list, bucket, 1);
  }
}

/** As `keepTotalsOf`, of one row. */
export function keepTotals(
  trx: Trx,
  organizationId: number,
  list: keyof Tables,
  before: Counted | null,
  after: Counted | null,
): Promise<void> {
  return keepTotalsOf(trx, organizationId, list, [{ before, after }]);
}

function bucketsOf(counted: Counted | null): string[] {
  if (counted === null) return [];
  const named = Object.entries(counted).filter(([, value]) => value !== null);
  return ['', ...named.map(([name, value]) => bucketOf(name, String(value)))];
}

function bucketOf(name: string, value: string): string {
  return `${name}=${value}`;
}

/** How many rows there are: all (`filter` null), or those with one of these values of one kept filter. */
export async function keptTotal(
  db: Reader,
  organizationId: number,
  list: keyof Tables,
  filter: { field: string; values: readonly (string | number)[] } | null,
): Promise<number> {
  const buckets = filter
    ? [...new Set(filter.values.map((value) => bucketOf(filter.field, String(value))))]
    : [''];
  if (buckets.length === 0) return 0;
  const [row] = await summed.all(
    db,
    buckets.map((bucket) => ({ organizationId, list, bucket })),
  );
  return Number(row?.total ?? 0);
}

const summed = rowsOnce((db, asked: readonly { organizationId: number; list: string; bucket: string }[]) =>
  db
    .selectFrom('list_totals')
    .select(sql<number | null>`sum(total)`.as('total'))
    .where('organization_id', '=', asked[0]!.organizationId)
    .where('list', '=', asked[0]!.list)
    .where(
      'bucket',
      'in',
      asked.map(({ bucket }) => bucket),
    ),
);

/** Counts a list afresh, in every organization: for rows that came another way than through the store. */
export async function recountTotals(trx: Trx, shape: ListShape): Promise<void> {
  const list = sql.lit(shape.table);
  const table = sql.table(shape.table);
  await trx.deleteFrom('list_totals').where('list', '=', shape.table).execute();
  await sql`insert into list_totals (organization_id, list, bucket, total)
    select organization_id, ${list}, '', count(*) from ${table} group by organization_id`.execute(trx);
  for (const field of shape.kept) {
    const filter = shape.filters[field];
    if (!filter || filter.kind === 'search') continue;
    await sql`insert into list_totals (organization_id, list, bucket, total)
      select organization_id, ${list}, ${sql.lit(`${field}=`)} || cast(${filter.sql} as text), count(*)
      from ${table} where ${filter.sql} is not null group by organization_id, ${filter.sql}`.execute(trx);
  }
}
