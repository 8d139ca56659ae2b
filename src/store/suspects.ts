import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Deaths in a row that are put down to bad luck. */
export const UNLUCKY_CRASHES = 6;
const LONGEST_CRASH_PAUSE_MS = 60 * 60_000;
const MOST_AT_ONCE = 100;

/**
 * Whatever was claimed when the worker died again and again, and whose claims ended by now, waits longer each time, by
 * chance: so a row that kills its worker soon runs apart from the innocent ones that were claimed beside it, and they
 * do not die of its crashes. Until then none of them is claimed.
 */
export async function pauseSuspects(db: Database, now: number, random: () => number): Promise<void> {
  const suspects = await db
    .selectFrom('outbox')
    .select(['kind', 'subject_id', 'crashes', 'lease'])
    .where('leased_until', '>', sql.lit(0))
    .where('leased_until', '<=', now)
    .where('crashes', '>=', UNLUCKY_CRASHES)
    .orderBy('leased_until')
    .limit(MOST_AT_ONCE)
    .execute();
  for (const row of suspects) {
    const longest = Math.min(LONGEST_CRASH_PAUSE_MS, 1_000 * 2 ** (row.crashes - UNLUCKY_CRASHES));
    await db
      .updateTable('outbox')
      .set({ leased_until: 0, run_at: Math.ceil(now + random() * longest) })
      .where('kind', '=', row.kind)
      .where('subject_id', '=', row.subject_id)
      .where('lease', '=', row.lease)
      .where('leased_until', '<=', now)
      .execute();
  }
}
