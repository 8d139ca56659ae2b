import { sql } from 'kysely';
import { queryOnce } from './compiled-queries.ts';
import type { Trx } from './database.ts';

/**
 * Harness has said its last word on this request: a look that waits is owed no more. One that is under way finds that
 * out itself, and one that what was restored waits for goes on (`restorations.ts`).
 */
export async function endLooks(trx: Trx, requestId: string): Promise<void> {
  await endLook.all(trx, { requestId });
}

const endLook = queryOnce((db, { requestId }: { requestId: string }) =>
  db
    .updateTable('outbox')
    .set((eb) => ({
      state: 'done',
      done_revision: eb.ref('wanted_revision'),
      attempts: 0,
      crashes: 0,
      last_error: null,
    }))
    .where('kind', '=', 'check_harness')
    .where('subject_id', '=', requestId)
    .where('state', '=', sql.lit('due' as const))
    .where('leased_until', '=', 0)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('approval_requests')
            .select('id')
            .where('id', '=', requestId)
            .where('unreconciled', '=', sql.lit(1)),
        ),
      ),
    ),
);
