import { sql } from 'kysely';
import type { Reader } from './database.ts';
import { KEY_COLUMN } from './harness-connections.ts';

/** A column that holds encrypted values, and the column that names its row. */
export interface EncryptedColumn {
  table: string;
  key: string;
  column: string;
}

/** Every column that holds encrypted values: what a new key has to reach. */
export const ENCRYPTED_COLUMNS: readonly EncryptedColumn[] = [
  { table: 'slack_installations', key: 'team_id', column: 'bot_token' },
  { table: 'slack_installations', key: 'team_id', column: 'refresh_token' },
  KEY_COLUMN,
];

/** What an encrypted value is bound to: its table, row and column. */
export function placeOf({ table, column }: Pick<EncryptedColumn, 'table' | 'column'>, key: string): string {
  return `${table}:${key}:${column}`;
}

/** At most `limit` values of the column that do not begin with `prefix`, of rows after `after`, by row. */
export async function valuesUnlike(
  db: Reader,
  { table, key, column }: EncryptedColumn,
  prefix: string,
  after: string,
  limit: number,
): Promise<{ key: string; value: string }[]> {
  const value = sql.ref(column);
  const row = rowName(key);
  const { rows } = await sql<{ key: string; value: string }>`
    select ${row} as key, ${value} as value from ${sql.table(table)}
    where ${value} is not null and substr(${value}, 1, ${prefix.length}) <> ${prefix} and ${row} > ${after}
    order by ${row} limit ${limit}`.execute(db);
  return rows;
}

/** How many values of the column begin with the same `length` characters: those under one key. */
export async function countByBeginning(
  db: Reader,
  { table, column }: EncryptedColumn,
  length: number,
): Promise<{ beginning: string; count: number }[]> {
  const value = sql.ref(column);
  const { rows } = await sql<{ beginning: string; count: number }>`
    select substr(${value}, 1, ${sql.lit(length)}) as beginning, count(*) as count from ${sql.table(table)}
    where ${value} is not null group by substr(${value}, 1, ${sql.lit(length)})`.execute(db);
  return rows.map(({ beginning, count }) => ({ beginning, count: Number(count) }));
}

/** Replaces one encrypted value by the same under another key, unless it has changed since it was read. */
export async function replaceValue(
  db: Reader,
  { table, key, column }: EncryptedColumn,
  row: string,
  from: string,
  to: string,
): Promise<void> {
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${to}
    where ${rowName(key)} = ${row} and ${sql.ref(column)} = ${from}`.execute(db);
}

/** Rows go by decimal ids or by text. */
function rowName(key: string) {
  return sql<string>`cast(${sql.ref(key)} as text)`;
}
