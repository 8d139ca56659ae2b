import { writeAudit } from '../../store/audit.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { removableRequests, removeOldMessages, removeRequest } from '../../store/request-removal.ts';
import { type Context, commit } from '../context.ts';

/** One run removes so many, each in a transaction of its own, so that nobody's press waits for it. */
const MOST_AT_ONCE = 50;
const SOON_MS = 1_000;
const LATER_MS = 60 * 60_000;

/**
 * Removes requests that ended longer ago than requests are kept, and old notices; never a line of the audit, where each
 * removal is written down. Runs again while there is more.
 */
export async function removeFinished(context: Context, row: LeasedRow): Promise<void> {
  const { db, clock, settings } = context;
  if (settings.retentionMs === null) return finish(db, row, { kind: 'done' });
  const unchangedSince = clock.now() - settings.retentionMs;
  const ids = await removableRequests(db, unchangedSince, MOST_AT_ONCE);
  for (const id of ids) await removeOne(context, id, unchangedSince);
  await commit(context, async (trx) => {
    const notices = await removeOldMessages(trx, unchangedSince, MOST_AT_ONCE);
    const isMore = ids.length === MOST_AT_ONCE || notices === MOST_AT_ONCE;
    await finish(trx, row, {
      kind: 'retry',
      at: clock.now() + (isMore ? SOON_MS : LATER_MS),
      error: 'looks again',
      countsAsAttempt: false,
    });
  });
}

function removeOne(context: Context, id: string, unchangedSince: number): Promise<void> {
  return commit(context, async (trx) => {
    const removed = await removeRequest(trx, id, unchangedSince);
    if (!removed) return;
    await writeAudit(trx, removed.organizationId, {
      at: context.clock.now(),
      actor: { personId: null, via: 'timer' },
      action: 'removed',
      subjectType: 'approval_request',
      subjectId: id,
      detail: { number: removed.number, eventId: removed.eventId, status: removed.status },
    });
  });
}
