import { sql } from 'kysely';
import type { RequestStatus } from '../approval/request.ts';
import { SETTLED_SUBMISSIONS } from '../approval/submission.ts';
import type { Reader, Trx } from './database.ts';
import { forgetRequestTotals } from './request-totals.ts';
import { forgetSlots } from './slot-states.ts';

/** A finished request as it was removed. */
export interface RemovedRequest {
  id: string;
  number: number;
  organizationId: number;
  eventId: number;
  status: RequestStatus;
}

/** Submissions that wait for nobody: told, or given up. */
const ENDED = [...SETTLED_SUBMISSIONS, 'dead'] as const;

/** Ids of finished requests that nothing is owed for and that have not changed since, the longest unchanged first. */
export async function removableRequests(
  db: Reader,
  unchangedSince: number,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select r.id from approval_requests r
    where ${isRemovable(unchangedSince)} order by r.updated_at limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** True for a finished request (as r) that the world is owed nothing for. */
function isRemovable(unchangedSince: number) {
  return sql`r.status <> 'WAITING' and r.updated_at < ${unchangedSince}
    and not exists (select 1 from submissions s where s.request_id = r.id
      and (s.updated_at >= ${unchangedSince} or s.state not in (${sql.join(ENDED)})))
    and not exists (select 1 from outbox o where o.subject_id = r.id and o.state = 'due'
      and o.kind in ('resolve_approvers', 'check_harness', 'expire_request', 'submit_approval'))
    and not exists (select 1 from cards c join outbox o on o.subject_id = c.id
      and o.kind in ('sync_card', 'sync_thread') where c.request_id = r.id and o.state = 'due')`;
}

/**
 * Removes a request with all that hangs on it, and takes it out of the totals; null where it is not removable (any more).
 * A webhook-id stays, without what it was for: it is unique for ever (R26).
 */
export async function removeRequest(
  trx: Trx,
  id: string,
  unchangedSince: number,
): Promise<RemovedRequest | null> {
  const { rows } = await sql<{ id: string }>`select r.id from approval_requests r
    where r.id = ${id} and ${isRemovable(unchangedSince)}`.execute(trx);
  if (rows.length === 0) return null;
  const request = await trx
    .selectFrom('approval_requests')
    .select(['id', 'number', 'organization_id', 'event_id', 'status', 'created_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await forgetSlots(trx, id);
  await forgetRequestTotals(trx, request);
  await removeCards(trx, id);
  for (const table of ['questions', 'votes', 'slots', 'request_versions', 'submissions'] as const)
    await trx.deleteFrom(table).where('request_id', '=', id).execute();
  await trx
    .deleteFrom('outbox')
    .where('kind', 'in', ['resolve_approvers', 'check_harness', 'expire_request', 'submit_approval'])
    .where('subject_id', '=', id)
    .execute();
  await trx
    .updateTable('webhook_messages')
    .set({ body_hash: REMOVED })
    .where('request_id', '=', id)
    .execute();
  await trx.deleteFrom('approval_requests').where('id', '=', id).execute();
  return {
    id,
    number: request.number,
    organizationId: request.organization_id,
    eventId: request.event_id,
    status: request.status,
  };
}

/** What stands in a webhook's place once its request is removed. */
export const REMOVED = '';

async function removeCards(trx: Trx, requestId: string): Promise<void> {
  const cards = await trx.selectFrom('cards').select('id').where('request_id', '=', requestId).execute();
  for (const { id } of cards) {
    await trx.deleteFrom('card_replies').where('card_id', '=', id).execute();
    await trx
      .deleteFrom('outbox')
      .where('kind', 'in', ['sync_card', 'sync_thread'])
      .where('subject_id', '=', id)
      .execute();
    // A copy's row is named by the card and its message.
    await trx
      .deleteFrom('outbox')
      .where('kind', '=', 'remove_copy')
      .where('subject_id', '>', `${id} `)
      .where('subject_id', '<', `${id}!`)
      .execute();
  }
  await trx.deleteFrom('cards').where('request_id', '=', requestId).execute();
}

/** Removes up to `limit` of each: notices sent before then, and links that ended before then. */
export async function removeOldMessages(trx: Trx, before: number, limit: number): Promise<number> {
  const notices = await trx
    .selectFrom('notices')
    .select('id')
    .where('created_at', '<', before)
    .where('state', 'in', ['posted', 'unreachable'])
    .orderBy('created_at')
    .limit(limit)
    .execute();
  const ids = notices.map(({ id }) => id);
  if (ids.length > 0) {
    await trx.deleteFrom('outbox').where('kind', '=', 'post_notice').where('subject_id', 'in', ids).execute();
    await trx.deleteFrom('notices').where('id', 'in', ids).execute();
  }
  await trx.deleteFrom('install_links').where('expires_at', '<', before).execute();
  await trx.deleteFrom('connection_links').where('expires_at', '<', before).execute();
  return ids.length;
}
