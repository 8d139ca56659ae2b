import { sql } from 'kysely';
import type { World } from '../helpers/world.ts';

/** Tables whose rows may differ after a command that changed nothing, each with the reason. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  // Refusals are meant to be left there; what may be added is looked at line by line.
  'audit_events',
  'audit_chains',
  // How many lines the audit has: in all, and per day.
  'list_totals',
  'day_totals',
  // A refused press has its card drawn anew, and an opened Home is drawn: owing is no state of an approval.
  'outbox',
  // Who looked at their Home, and at which page of it.
  'homes',
  // The next ids; those of audit lines and Homes come from here, and all others show in their own tables.
  'counters',
]);
/**
 * When the directory last vouched for an account, when a token was last used, and the count of a request's locks:
 * a refusal is ruled on under the lock.
 */
const UNWATCHED: ReadonlySet<string> = new Set(['checked_at', 'last_used_at', 'revision']);

/** Rows by table and place, columns as text. */
export type Dump = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Every row of every table but bookkeeping and those left out. */
export async function dump(world: World, left: ReadonlySet<string> = new Set()): Promise<Dump> {
  const { db } = world.app.context;
  const tables = await sql<{ name: string }>`select name from sqlite_master
    where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%' order by name`.execute(db);
  const rows = new Map<string, ReadonlyMap<string, string>>();
  for (const { name } of tables.rows) {
    if (BOOKKEEPING.has(name) || left.has(name)) continue;
    const found = await sql<
      Record<string, unknown>
    >`select rowid as place, * from ${sql.table(name)}`.execute(db);
    for (const { place, ...row } of found.rows) rows.set(`${name} ${String(place)}`, watchedColumns(row));
  }
  return rows;
}

function watchedColumns(row: Record<string, unknown>): ReadonlyMap<string, string> {
  const columns = Object.entries(row).filter(([column]) => !UNWATCHED.has(column));
  return new Map(columns.map(([column, value]) => [column, JSON.stringify(value)]));
}

/** What became of the rows between two dumps, one line per row or column. */
export function differences(before: Dump, after: Dump): string[] {
  const places = new Set([...before.keys(), ...after.keys()]);
  return [...places].flatMap((place) => {
    const [was, is] = [before.get(place), after.get(place)];
    if (!was || !is)
      return [`${place} ${is ? 'is new' : 'is gone'}: ${[...(is ?? was ?? new Map()).values()].join(', ')}`];
    return [...is].flatMap(([column, value]) =>
      value === was.get(column) ? [] : [`${place}: ${column} was ${was.get(column)}, is ${value}`],
    );
  });
}

export interface AuditLine {
  id: number;
  action: string;
  person_id: number | null;
  via: string;
  subject_type: string;
}

/** The audit's lines after this one, oldest first. */
export async function auditAfter(world: World, id: number): Promise<AuditLine[]> {
  return world.app.context.db
    .selectFrom('audit_events')
    .select(['id', 'action', 'person_id', 'via', 'subject_type'])
    .where('id', '>', id)
    .orderBy('id')
    .execute();
}

/** Counts every row the one connection ever wrote, undone or not. */
export async function writes(world: World): Promise<number> {
  const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(world.app.context.db);
  return rows[0]!.n;
}

/** What a database that holds together answers. */
export async function integrity(world: World): Promise<unknown[]> {
  const { db } = world.app.context;
  const keys = await sql`pragma foreign_key_check`.execute(db);
  const whole = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  return [...keys.rows, ...whole.rows.map((row) => row.integrity_check)];
}
