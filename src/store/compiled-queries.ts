import type { Compilable, CompiledQuery } from 'kysely';
import type { Database, Reader } from './database.ts';
import { type Engine, engineOf } from './engine.ts';

type Values<V> = { readonly [K in keyof V]: string | number | null };

/** A query that is built and compiled once, and then run with the values of each call. */
export interface QueryOnce<V, Row> {
  /** Every row. */
  all(db: Reader, values: V): Promise<Row[]>;
  /** The first row, or undefined. */
  first(db: Reader, values: V): Promise<Row | undefined>;
}

/** Statements kept of one query: it has as many as there are sets of names and numbers of rows. */
const MOST_KEPT = 64;

/**
 * For the statements of hot paths: building and compiling one takes twice to three times what SQLite needs to run it.
 * On PostgreSQL they are not prepared by name: a `select *` that outlives a migration by another instance would fail.
 * `build` is called once per database and set of names given, with a stand-in for each value, which it may only hand to
 * the query as it is: what it decided by one (`=== null`, `??`) would hold for every call unseen. A value is one column's:
 * no list. Throws TypeError for undefined, and where `build` makes text or a number of a stand-in.
 */
export function queryOnce<V extends Values<V>, Row>(
  build: (db: Database, values: V) => Compilable<Row>,
): QueryOnce<V, Row> {
  const { all } = rowsOnce<V, Row>((db, [values]) => build(db, values!));
  return {
    all: (db, values) => all(db, [values]),
    first: async (db, values) => (await all(db, [values]))[0],
  };
}

/**
 * As `queryOnce`, for a statement about one row or more, such as an insert: compiled once per number of rows, too. All
 * rows have the same names. Throws TypeError where they have not, and for no row at all.
 */
export function rowsOnce<V extends Values<V>, Row>(
  build: (db: Database, rows: readonly V[]) => Compilable<Row>,
): { all(db: Reader, rows: readonly V[]): Promise<Row[]> } {
  const ofDatabase = new WeakMap<Engine, Map<string, CompiledQuery<Row>>>();
  return {
    async all(db, rows) {
      if (rows.length === 0) throw new TypeError('A statement about rows needs one.');
      const names = Object.keys(rows[0]!);
      const engine = engineOf(db);
      const known = ofDatabase.get(engine) ?? new Map<string, CompiledQuery<Row>>();
      ofDatabase.set(engine, known);
      const key = `${rows.length} ${names}`;
      let template = known.get(key);
      if (!template) {
        const standIns = rows.map((_, row) => standInsFor<V>(row, names));
        template = build(db as Database, standIns).compile();
        if (known.size < MOST_KEPT) known.set(key, template);
      }
      const { rows: found } = await db.executeQuery(filled(template, rows, names.length));
      return found;
    },
  };
}

/** Stands for one value of one row while a query is built. */
class StandIn {
  readonly row: number;
  readonly name: string;
  constructor(row: number, name: string) {
    this.row = row;
    this.name = name;
  }
  toJSON(): never {
    throw new TypeError(`${this.name} has no value while the query is built.`);
  }
  [Symbol.toPrimitive](): never {
    return this.toJSON();
  }
}

function standInsFor<V>(row: number, names: readonly string[]): V {
  return Object.fromEntries(names.map((name) => [name, new StandIn(row, name)])) as V;
}

function filled<Row>(
  { query, queryId, sql, parameters }: CompiledQuery<Row>,
  rows: readonly object[],
  names: number,
): CompiledQuery<Row> {
  for (const row of rows)
    if (Object.keys(row).length !== names)
      throw new TypeError('All rows of one statement have the same names.');
  const given = parameters.map((parameter) => {
    if (!(parameter instanceof StandIn)) return parameter;
    const value = (rows[parameter.row] as Record<string, unknown>)[parameter.name];
    if (value === undefined) throw new TypeError(`A query was run without its ${parameter.name}.`);
    return value;
  });
  return { query, queryId, sql, parameters: given };
}
