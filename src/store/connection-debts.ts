import { sql } from 'kysely';
import type { Reader, Trx } from './database.ts';
import { HELD } from './outbox.ts';

type Place = { organizationId: number; account: string };

const ASKING = ['submit_approval', 'resolve_approvers', 'check_harness'] as const;

/** Requests of this account whose gate Harness has not settled. */
function openThere(db: Reader, { organizationId, account }: Place) {
  return db
    .selectFrom('outbox')
    .innerJoin('approval_requests', 'approval_requests.id', 'outbox.subject_id')
    .where('outbox.state', '=', sql.lit('due' as const))
    .where('approval_requests.organization_id', '=', organizationId)
    .where('approval_requests.account', '=', account);
}

/**
 * Whatever waits for this account is tried at once, and its day to be told in begins anew; but for what is held until
 * Harness was looked at.
 */
export async function wakeWaiting(trx: Trx, place: Place, now: number): Promise<void> {
  const due = trx
    .updateTable('outbox')
    .set((eb) => ({
      run_at: eb.case().when('run_at', '<', now).then(eb.ref('run_at')).else(now).end(),
      ...{ paused_until: 0, attempts: 0, first_due_at: now },
    }))
    .where('state', '=', sql.lit('due' as const))
    .where('paused_until', '<', HELD);
  await due
    .where('kind', 'in', ASKING)
    .where(
      'subject_id',
      'in',
      openThere(trx, place).where('outbox.kind', 'in', ASKING).select('outbox.subject_id'),
    )
    .execute();
  await due
    .where('kind', '=', 'follow_execution')
    .where('subject_id', 'in', (eb) =>
      eb
        .selectFrom('followed_executions')
        .select('followed_executions.id')
        .where('organization_id', '=', place.organizationId)
        .where('account', '=', place.account),
    )
    .execute();
}

/** How many decisions wait to be told there, and how many requests are followed there in all. */
export async function waitingThere(
  db: Reader,
  place: Place,
): Promise<{ decisions: number; requests: number }> {
  const row = await openThere(db, place)
    .where('outbox.kind', 'in', ASKING)
    .select([
      sql<number>`count(distinct case when outbox.kind = 'submit_approval' then outbox.subject_id end)`.as(
        'decisions',
      ),
      sql<number>`count(distinct outbox.subject_id)`.as('requests'),
    ])
    .executeTakeFirstOrThrow();
  return { decisions: Number(row.decisions), requests: Number(row.requests) };
}
