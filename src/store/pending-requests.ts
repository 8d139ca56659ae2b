import type { Slot } from '../approval/approvers.ts';
import { isCheck } from '../approval/checks.ts';
import { type StoredRequest, toRequest } from './approval-requests.ts';
import type { Reader } from './database.ts';
import { fromJson } from './json.ts';

/** A place somebody holds in a request that waits, without a vote of theirs on the present version. */
export interface PendingPlace {
  request: StoredRequest;
  slot: Slot;
}

/** The statement behind `pendingPlacesOf`: the places by index, newest request first. */
export function pendingPlaces(db: Reader, personId: number, limit: number) {
  return db
    .selectFrom('slots')
    .select(['id', 'request_id', 'group_key', 'origins'])
    .where('person_id', '=', personId)
    .where('request_status', '=', 'WAITING')
    .where('state', '=', 'pending')
    .orderBy('request_number', 'desc')
    .limit(limit);
}

/** At most `limit` places that may wait for this person's vote, newest request first. */
export async function pendingPlacesOf(db: Reader, personId: number, limit: number): Promise<PendingPlace[]> {
  const slots = await pendingPlaces(db, personId, limit).execute();
  if (slots.length === 0) return [];
  const ids = slots.map((slot) => slot.request_id);
  const rows = await db.selectFrom('approval_requests').selectAll().where('id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, toRequest(row)]));
  return slots.flatMap((slot) => {
    const request = byId.get(slot.request_id);
    if (!request) return [];
    return {
      request,
      slot: {
        id: slot.id,
        groupKey: slot.group_key,
        personId,
        origins: fromJson<Slot['origins']>(slot.origins),
        vacantBecause: null,
      },
    };
  });
}

/** Those of these requests in which a check has not passed yet. */
export async function withOpenChecks(db: Reader, requestIds: readonly string[]): Promise<Set<string>> {
  if (requestIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('slots')
    .select(['request_id', 'group_key'])
    .where('request_id', 'in', requestIds)
    .where('state', '!=', 'approved')
    .execute();
  return new Set(rows.filter((row) => isCheck({ groupKey: row.group_key })).map((row) => row.request_id));
}
