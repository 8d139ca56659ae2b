import type { Vote } from '../approval/requirement.ts';
import { queryOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import { byId } from './row-order.ts';
import type { Row } from './schema.ts';
import { refreshSlots } from './slot-states.ts';

/** Every vote ever cast on a request, oldest first, whatever its version. */
export async function votesOf(db: Reader, requestId: string): Promise<Vote[]> {
  const rows = await votesOfRequest.all(db, { requestId });
  return rows.sort(byId).map(toVote);
}

const votesOfRequest = queryOnce((db, { requestId }: { requestId: string }) =>
  db.selectFrom('votes').selectAll().where('request_id', '=', requestId),
);

export function toVote(row: Row<'votes'>): Vote {
  return {
    id: row.id,
    personId: row.person_id,
    contentVersion: row.content_version,
    action: row.action,
    values: fromJson(row.inputs),
    comment: row.comment,
    link: row.link === null ? null : fromJson(row.link),
    via: row.via,
    at: row.created_at,
    voidBecause: row.void_because,
  };
}

/** Casts a vote, and returns it; the same person's vote on the same version gives way to it, and leaves it its id. */
export async function castVote(
  trx: Trx,
  organizationId: number,
  requestId: string,
  vote: Omit<Vote, 'id' | 'voidBecause'>,
): Promise<Vote> {
  const cast = await putVote.first(trx, {
    id: await nextId(trx, 'votes'),
    organization_id: organizationId,
    request_id: requestId,
    content_version: vote.contentVersion,
    person_id: vote.personId,
    action: vote.action,
    inputs: toJson(vote.values),
    comment: vote.comment,
    link: vote.link === null ? null : toJson(vote.link),
    via: vote.via,
    created_at: vote.at,
    void_because: null,
  });
  refreshSlots(trx, requestId);
  return { ...vote, id: cast!.id, voidBecause: null };
}

const putVote = queryOnce((db, vote: Row<'votes'>) => {
  const { action, inputs, comment, link, via, created_at, void_because } = vote;
  const columns = { action, inputs, comment, link, via, created_at, void_because };
  return db
    .insertInto('votes')
    .values(vote)
    .onConflict((oc) => oc.columns(['request_id', 'content_version', 'person_id']).doUpdateSet(columns))
    .returning('id');
});

/** Marks votes that no longer count; they stay for the audit. */
export async function voidVotes(
  trx: Trx,
  requestId: string,
  because: string,
  personId?: number,
): Promise<void> {
  let query = trx
    .updateTable('votes')
    .set({ void_because: because })
    .where('request_id', '=', requestId)
    .where('void_because', 'is', null);
  if (personId !== undefined) query = query.where('person_id', '=', personId);
  await query.execute();
  refreshSlots(trx, requestId);
}
