import { sql } from 'kysely';
import type { Reader } from './database.ts';
import type { SlotState } from './request-tables.ts';

/** Short lists for a Home: newest first, never more than `limit`, each from an index. */

export async function requestsAskedBy(db: Reader, personId: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('approval_requests')
    .select('id')
    .where('requester_id', '=', personId)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Requests in which somebody voted or was asked until they ended, as far as anything happened to them since then. */
export async function placesSettledSince(
  db: Reader,
  personId: number,
  since: number,
  limit: number,
): Promise<{ requestId: string; state: SlotState }[]> {
  const newest = db
    .selectFrom('slots')
    .select(['request_id', 'request_number', 'request_status', 'state'])
    .where('person_id', '=', personId)
    .orderBy('request_number', 'desc')
    .limit(limit)
    .as('newest');
  const rows = await db
    .selectFrom(newest)
    .innerJoin('approval_requests', 'approval_requests.number', 'newest.request_number')
    .select(['newest.request_id', 'newest.state'])
    .where((eb) =>
      eb.or([
        eb('newest.request_status', '!=', 'WAITING'),
        eb('newest.state', 'in', ['approved', 'rejected']),
      ]),
    )
    .where('approval_requests.updated_at', '>=', since)
    .orderBy('newest.request_number', 'desc')
    .execute();
  return rows.map((row) => ({ requestId: row.request_id, state: row.state as SlotState }));
}

/** Decisions that Harness did not take, and requests that are held: what an admin has to look at. */
export async function requestsInTrouble(
  db: Reader,
  organizationId: number,
  limit: number,
): Promise<string[]> {
  const undelivered = await db
    .selectFrom('submissions')
    .innerJoin('approval_requests', 'approval_requests.id', 'submissions.request_id')
    .select(['approval_requests.id', 'approval_requests.number'])
    .where('submissions.organization_id', '=', organizationId)
    .where('submissions.state', 'in', ['dead', 'ambiguous', 'needs_input'])
    .orderBy('approval_requests.number', 'desc')
    .limit(limit)
    .execute();
  const held = await db
    .selectFrom('approval_requests')
    .select(['id', 'number'])
    .where('organization_id', '=', organizationId)
    .where('status', '=', 'WAITING')
    .where('problem', 'is not', null)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  const newest = [...undelivered, ...held].sort((a, b) => b.number - a.number);
  return [...new Set(newest.map((row) => row.id))].slice(0, limit);
}

/** Approvers of waiting requests whom no card of theirs reached, on any platform. */
export async function approversNotReached(
  db: Reader,
  organizationId: number,
  limit: number,
): Promise<{ personId: number; why: string; requests: number }[]> {
  const rows = await db
    .selectFrom('cards')
    .select(['person_id', 'request_id', 'detail'])
    .where('organization_id', '=', organizationId)
    .where('request_status', '=', 'WAITING')
    .where('state', '=', sql.lit('unreachable' as const))
    .where('part', '=', 'approver')
    .where('person_id', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('cards as other')
            .select('other.id')
            .whereRef('other.person_id', '=', 'cards.person_id')
            .whereRef('other.request_id', '=', 'cards.request_id')
            .where('other.part', '=', 'approver')
            .where('other.state', '!=', 'unreachable'),
        ),
      ),
    )
    .orderBy('request_number', 'desc')
    .limit(limit)
    .execute();
  return [...Map.groupBy(rows, (row) => row.person_id!)].map(([personId, cards]) => ({
    personId,
    why: cards[0]!.detail ?? 'cannot be reached',
    requests: new Set(cards.map(({ request_id: id }) => id)).size,
  }));
}

export async function workflowIds(db: Reader, organizationId: number, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('approval_workflows')
    .select('id')
    .where('organization_id', '=', organizationId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}
