import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Reader } from './database.ts';
import { keptTotal } from './list-totals.ts';
import type { Tables } from './schema.ts';

export type ListOperator = 'eq' | 'not_eq' | 'contains' | 'not_contain' | 'gt' | 'gt_eq' | 'lt' | 'lt_eq';

/** What a filter's values are: decimal integers; text, compared without case; true or false; or what a condition of our own makes of them. */
export type FilterKind = 'integer' | 'text' | 'flag' | 'search';

const OPERATORS: Readonly<Record<FilterKind, readonly ListOperator[]>> = {
  integer: ['eq', 'not_eq', 'gt', 'gt_eq', 'lt', 'lt_eq'],
  text: ['eq', 'not_eq', 'contains', 'not_contain'],
  flag: ['eq', 'not_eq'],
  search: ['eq'],
};

type Expression = RawBuilder<unknown>;
type Condition = RawBuilder<SqlBool>;

/** One filter of a list; with `choices`, no other value means anything. */
export type FilterShape = { readonly choices?: readonly string[] } & (
  | { readonly kind: 'integer' | 'text' | 'flag'; readonly sql: Expression }
  | {
      readonly kind: 'search';
      readonly matches: (values: readonly string[], organizationId: number) => Condition;
    }
);

/** What can be asked of a list, in its table's terms. */
export interface ListShape {
  readonly table: keyof Tables;
  readonly filters: Readonly<Record<string, FilterShape>>;
  readonly sorts: Readonly<Record<string, Expression>>;
  /** Sorts of what a row may lack: those that do come before all others. */
  readonly lacking?: readonly string[];
  /** Filters whose totals are kept per value; the total of all rows always is. */
  readonly kept: readonly string[];
}

/** What can be asked of a list, for whoever checks a query before it comes here. */
export interface ListVocabulary {
  readonly filters: Readonly<
    Record<
      string,
      {
        readonly kind: FilterKind;
        readonly operators: readonly ListOperator[];
        readonly choices?: readonly string[];
      }
    >
  >;
  readonly sorts: readonly string[];
}

export interface StoredListQuery {
  filters: readonly { field: string; op: ListOperator; values: readonly string[] }[];
  sort: readonly { field: string; descending: boolean }[];
  page: { number: number; size: number };
}

export function vocabularyOf(shape: ListShape): ListVocabulary {
  const filters = Object.entries(shape.filters).map(([name, { kind, choices }]) => [
    name,
    { kind, operators: OPERATORS[kind], ...(choices && { choices }) },
  ]);
  return { filters: Object.fromEntries(filters), sorts: Object.keys(shape.sorts) };
}

/**
 * Ids of one page of an organization's rows, in order, and how many there are in all. Throws RangeError for a filter,
 * operator or sort the list does not have: whoever asks checks them against the vocabulary.
 */
export async function listIds(
  db: Reader,
  shape: ListShape,
  organizationId: number,
  query: StoredListQuery,
): Promise<{ ids: number[]; total: number }> {
  const { rows } = await pageStatement(shape, organizationId, query).execute(db);
  const ids = rows.map((row) => Number(row.id));
  const { number, size } = query.page;
  // The last page tells how many there are.
  const isLast = ids.length < size && (ids.length > 0 || number === 1);
  const total = isLast ? (number - 1) * size + ids.length : await totalOf(db, shape, organizationId, query);
  return { ids, total };
}

/** The statement that reads a page's ids. */
export function pageStatement(
  shape: ListShape,
  organizationId: number,
  query: StoredListQuery,
): RawBuilder<{ id: number }> {
  const { number, size } = query.page;
  return sql`select id from ${sql.table(shape.table)} where ${where(shape, organizationId, query)}
    order by ${order(shape, query)} limit ${size} offset ${(number - 1) * size}`;
}

/** The statement that counts, where no kept total answers. */
export function countStatement(
  shape: ListShape,
  organizationId: number,
  query: StoredListQuery,
): RawBuilder<{ total: number }> {
  return sql`select count(*) as total from ${sql.table(shape.table)}
    where ${where(shape, organizationId, query)}`;
}

async function totalOf(
  db: Reader,
  shape: ListShape,
  organizationId: number,
  query: StoredListQuery,
): Promise<number> {
  const [first, ...others] = query.filters;
  if (!first) return keptTotal(db, organizationId, shape.table, null);
  if (others.length === 0 && first.op === 'eq' && shape.kept.includes(first.field)) {
    const isInteger = filterOf(shape, first.field).kind === 'integer';
    const values = first.values.map((value) => (isInteger ? integer(value) : value.toLowerCase()));
    return keptTotal(db, organizationId, shape.table, { field: first.field, values });
  }
  const { rows } = await countStatement(shape, organizationId, query).execute(db);
  return Number(rows[0]?.total ?? 0);
}

function where(shape: ListShape, organizationId: number, query: StoredListQuery): Condition {
  const conditions = query.filters.map(({ field, op, values }) => {
    const filter = filterOf(shape, field);
    if (!OPERATORS[filter.kind].includes(op)) throw new RangeError(`${field} has no operator ${op}`);
    if (filter.kind === 'search') return filter.matches(values, organizationId);
    if (filter.kind === 'text') return compareText(filter.sql, op, values);
    if (filter.kind === 'flag') return compare(filter.sql, op, values.map(flag));
    return compare(filter.sql, op, values.map(integer));
  });
  return sql`${sql.join([sql`organization_id = ${organizationId}`, ...conditions], sql` and `)}`;
}

function filterOf(shape: ListShape, field: string): FilterShape {
  const filter = Object.hasOwn(shape.filters, field) ? shape.filters[field] : undefined;
  if (!filter) throw new RangeError(`${shape.table} cannot be filtered by ${field}`);
  return filter;
}

/** By id at last, so that pages never overlap. */
function order(shape: ListShape, query: StoredListQuery): Expression {
  const keys = query.sort.map(({ field, descending }) => {
    const expression = Object.hasOwn(shape.sorts, field) ? shape.sorts[field] : undefined;
    if (!expression) throw new RangeError(`${shape.table} cannot be sorted by ${field}`);
    return { field, expression, descending };
  });
  if (!keys.some(({ field }) => field === 'id'))
    keys.push({ field: 'id', expression: sql`id`, descending: keys.at(-1)?.descending ?? false });
  return sql.join(
    keys.map(({ field, expression, descending }) => {
      const nulls = descending ? sql`nulls last` : sql`nulls first`;
      const direction = descending ? sql`desc` : sql`asc`;
      // The order of either engine, told to the one where it is not the usual.
      return shape.lacking?.includes(field)
        ? sql`${expression} ${direction} ${nulls}`
        : sql`${expression} ${direction}`;
    }),
  );
}

const INEQUALITIES = { gt: sql`>`, gt_eq: sql`>=`, lt: sql`<`, lt_eq: sql`<=` } as const;

function compare(column: Expression, op: ListOperator, values: readonly (number | Expression)[]): Condition {
  if (op === 'eq') return isOneOf(column, values);
  if (op === 'not_eq') return sql`(${column} is null or not ${isOneOf(column, values)})`;
  const sign = INEQUALITIES[op as keyof typeof INEQUALITIES];
  return anyOf(values.map((value) => sql`${column} ${sign} ${value}`));
}

function compareText(column: Expression, op: ListOperator, values: readonly string[]): Condition {
  if (op === 'eq' || op === 'not_eq')
    return compare(
      sql`lower(${column})`,
      op,
      values.map((value) => sql`${lowered(value)}`),
    );
  const contains = anyOf(values.map((value) => contained(column, value)));
  return op === 'contains' ? contains : sql`(${column} is null or not ${contains})`;
}

/** True where the text holds these words, in any case. */
export function contained(column: Expression, words: string): Condition {
  const pattern = `%${words.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`lower(${column}) like ${lowered(pattern)} escape '\\'`;
}

/** As lower() does to our columns: letters of ASCII alone. PostgreSQL's own of a bare value goes by its locale. */
function lowered(value: string): string {
  return value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** True where the column is one of the values; for one value an equality, so that an index also gives the order. */
export function isOneOf(column: Expression, values: readonly (number | Expression)[]): Condition {
  const [only] = values;
  if (only === undefined) return sql`1 = 0`;
  return values.length === 1 ? sql`${column} = ${only}` : sql`${column} in (${sql.join(values)})`;
}

function anyOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql`1 = 0` : sql`(${sql.join(conditions, sql` or `)})`;
}

/** The integer; beyond any id where the digits are too many, below any where there are none. */
export function integer(value: string): number {
  return /^[0-9]+$/.test(value) ? Math.min(Number(value), Number.MAX_SAFE_INTEGER) : -1;
}

function flag(value: string): number {
  return value === 'true' || value === '1' ? 1 : 0;
}
