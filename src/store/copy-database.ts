import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Database, inTransaction, type Reader, type Trx } from './database.ts';
import { isShared } from './engine.ts';
import { copiedTables, type TableShape } from './table-shapes.ts';

/** One table after it was moved: as many rows with the same checksum on both sides, or the move failed. */
export interface CopiedTable {
  table: string;
  rows: number;
  checksum: string;
}

/** Nothing was moved; the message says why and what to do. */
export class MoveRefused extends Error {}

type Line = Record<string, unknown>;

const BATCH = 500;
/** PostgreSQL takes 65,535 values in one statement, SQLite 32,766. */
const MOST_VALUES = 30_000;

/**
 * Copies every row of every table into an empty database of the same schema: in batches, in one transaction of the
 * target, which is rolled back whole unless counts and checksums agree. Writes nothing to the source, which nobody may
 * write to meanwhile. Throws MoveRefused.
 */
export async function copyDatabase(from: Database, to: Database): Promise<CopiedTable[]> {
  const tables = await copiedTables(from);
  const there = await copiedTables(to);
  const missing = tables.filter(({ name }) => !there.some((one) => one.name === name));
  if (missing.length > 0)
    throw new MoveRefused(`the target has no table ${missing.map(({ name }) => name).join(', ')}.`);
  const filled = await firstFilled(to, tables);
  if (filled !== null)
    throw new MoveRefused(
      `the target is not empty: it has rows in ${filled}. Name an empty database, made for this.`,
    );
  return undisturbed(from, (source) => inTransaction(to, (trx) => copyTables(source, trx, tables)));
}

/** Nobody writes to a SQLite file meanwhile. A server's bots are stopped, and its transactions may not be idle. */
function undisturbed<T>(from: Database, work: (source: Reader) => Promise<T>): Promise<T> {
  return isShared(from) ? work(from) : inTransaction(from, work);
}

async function copyTables(from: Reader, to: Trx, tables: readonly TableShape[]): Promise<CopiedTable[]> {
  const copied: CopiedTable[] = [];
  for (const table of tables) {
    const sent = await copyTable(from, to, table);
    const arrived = await digestOf(to, table);
    if (sent.rows !== arrived.rows || sent.checksum !== arrived.checksum)
      throw new MoveRefused(
        `${table.name} did not arrive as it was sent (${sent.rows} rows ${sent.checksum.slice(0, 12)}, ${arrived.rows} rows ${arrived.checksum.slice(0, 12)}). Nothing was moved.`,
      );
    copied.push({ table: table.name, ...sent });
  }
  return copied;
}

async function firstFilled(db: Reader, tables: readonly TableShape[]): Promise<string | null> {
  for (const { name } of tables) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(db);
    if (rows.length > 0) return name;
  }
  return null;
}

async function copyTable(from: Reader, to: Trx, table: TableShape) {
  const digest = createDigest(table);
  const atOnce = Math.max(1, Math.min(BATCH, Math.floor(MOST_VALUES / table.columns.length)));
  // What names a row of the same table is set once all its rows are there.
  for await (const lines of batches(from, table, atOnce)) {
    digest.add(lines);
    await insert(
      to,
      table,
      lines.map((line) => without(line, table.ownReferences)),
    );
  }
  for (const column of table.ownReferences)
    for await (const lines of batches(from, table, atOnce))
      for (const line of lines)
        if (line[column] !== null)
          await sql`update ${sql.table(table.name)} set ${sql.ref(column)} = ${line[column]}
            where ${sql.join(
              table.key.map((name) => sql`${sql.ref(name)} = ${line[name]}`),
              sql` and `,
            )}`.execute(to);
  return digest.end();
}

function without(line: Line, columns: readonly string[]): Line {
  return { ...line, ...Object.fromEntries(columns.map((column) => [column, null])) };
}

async function insert(to: Trx, { name, columns }: TableShape, lines: readonly Line[]): Promise<void> {
  const values = lines.map((line) => sql`(${sql.join(columns.map((column) => sql`${line[column]}`))})`);
  await sql`insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column)))})
    values ${sql.join(values)}`.execute(to);
}

/** What is in a table, computed alike on every engine. */
export async function digestOf(db: Reader, table: TableShape): Promise<{ rows: number; checksum: string }> {
  const digest = createDigest(table);
  for await (const lines of batches(db, table, BATCH)) digest.add(lines);
  return digest.end();
}

function createDigest({ columns }: TableShape) {
  const sum = createHash('sha256');
  let rows = 0;
  return {
    add(lines: readonly Line[]) {
      rows += lines.length;
      // JSON tells numbers from texts, and where one value ends.
      for (const line of lines) sum.update(`${JSON.stringify(columns.map((column) => line[column]))}\n`);
    },
    end: () => ({ rows, checksum: sum.digest('hex') }),
  };
}

/** All rows in the order of their key, so many at a time, each page sought by the key of the last row before it. */
async function* batches(db: Reader, table: TableShape, size: number): AsyncGenerator<Line[]> {
  let after: Line | null = null;
  do {
    const lines: Line[] = await page(db, table, after, size);
    if (lines.length > 0) yield lines;
    after = lines.length < size ? null : lines.at(-1)!;
  } while (after);
}

async function page(
  db: Reader,
  { name, columns, key }: TableShape,
  after: Line | null,
  size: number,
): Promise<Line[]> {
  const keyColumns = sql.join(key.map((column) => sql.ref(column)));
  const sought = after
    ? sql`where (${keyColumns}) > (${sql.join(key.map((column) => sql`${after[column]}`))})`
    : sql``;
  const { rows } = await sql<Line>`
    select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(name)} ${sought}
    order by ${keyColumns} limit ${sql.lit(size)}`.execute(db);
  return rows;
}
