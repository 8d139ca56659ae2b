import { SqliteAdapter, sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * Makes what was overwritten and deleted unreadable in the database's own files: SQLite writes its file anew and empties
 * its log. False where another process keeps it from that. PostgreSQL does as much by its own vacuum; true.
 */
export async function dropErasedBytes(db: Database): Promise<boolean> {
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return true;
  await sql`pragma secure_delete = on`.execute(db);
  await sql`vacuum`.execute(db);
  const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db);
  return rows[0]?.busy === 0;
}
