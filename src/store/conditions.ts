import { type RawBuilder, type SqlBool, sql } from 'kysely';

export type Condition = RawBuilder<SqlBool>;

/** One filter of a list, as it was asked for. */
export interface StoredFilter {
  field: string;
  op: 'eq' | 'not_eq' | 'contains' | 'not_contain' | 'gt' | 'gt_eq' | 'lt' | 'lt_eq';
  values: readonly string[];
}

/** True where the column is one of the values; for one value an equality, so that an index also gives the order. */
export function oneOf(column: string, values: readonly (number | string)[]): Condition {
  const [only] = values;
  if (only === undefined) return sql`1 = 0`;
  return values.length === 1
    ? sql`${sql.ref(column)} = ${only}`
    : sql`${sql.ref(column)} in (${sql.join(values)})`;
}

/** eq or not_eq of values that are all known. */
export function oneOfOrNot(column: string, op: StoredFilter['op'], values: readonly (number | string)[]) {
  const named = oneOf(column, values);
  return op === 'not_eq' ? sql<SqlBool>`not (${named})` : named;
}

/** A number no row has, where the digits are beyond any id. */
export function idOf(value: string): number {
  return /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
}

const SIGNS = { gt: sql`>`, gt_eq: sql`>=`, lt: sql`<`, lt_eq: sql`<=` } as const;

/** Compares a column of epoch ms with ISO 8601 moments. Throws RangeError for what is none. */
export function momentIs(column: string, op: StoredFilter['op'], values: readonly string[]): Condition {
  if (!(op in SIGNS)) throw new RangeError(`${column} has no operator ${op}`);
  const sign = SIGNS[op as keyof typeof SIGNS];
  const each = values.map((value) => {
    const at = Date.parse(value);
    if (Number.isNaN(at)) throw new RangeError(`${column} is compared with what is no moment`);
    return sql<SqlBool>`${sql.ref(column)} ${sign} ${at}`;
  });
  return sql`(${sql.join(each, sql` or `)})`;
}

export function allOf(conditions: readonly Condition[]): Condition {
  return sql`${sql.join(conditions, sql` and `)}`;
}
