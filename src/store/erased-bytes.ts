import { SqliteAdapter, sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * Makes what was overwritten and deleted unreadable in the database's own files: SQLite writes its file anew and empties
 * its log. False where another process keeps it from that. PostgreSQL does as much by its own vacuum; true.
 */
export async function dropErasedBytes(db: Database): Promise<boolean> {
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return true;
  await sql`pragma secure_delete = on`.execute(db);
  // The new file is put together on disk, not in memory, as sqlite.ts would have it: no memory need hold a database.
  await sql`pragma temp_store = file`.execute(db);
  await sql`vacuum`.execute(db);
  await sql`pragma temp_store = memory`.execute(db);
  const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db);
  return rows[0]?.busy === 0;
}
