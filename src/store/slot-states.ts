import { queryOnce, rowsOnce } from './compiled-queries.ts';
import type { Trx } from './database.ts';
import { type Counted, type CountedChange, keepTotalsOf } from './list-totals.ts';
import type { SlotState } from './request-tables.ts';
import type { Row } from './schema.ts';
import { onceAtEnd } from './transaction-end.ts';

/**
 * Has what a request's slots have come to written beside them, once, at the transaction's end. Called by everything that
 * changes slots, votes, the request's status or its version, so that lists of slots need no join and no count.
 */
export function refreshSlots(trx: Trx, requestId: string): void {
  onceAtEnd(trx, `slots of ${requestId}`, () => refreshNow(trx, requestId));
}

async function refreshNow(trx: Trx, requestId: string): Promise<void> {
  const slots = await slotsToRefresh.all(trx, { requestId });
  const organizationId = slots[0]?.organization_id;
  if (organizationId === undefined) return;
  const request = (await requestOfSlots.first(trx, { requestId }))!;
  const { number, status, content_version, approval_workflow_id } = request;
  const votes = await standingVotes.all(trx, { requestId, content_version });
  const changed = new Map<SlotState, number[]>();
  const counted: CountedChange[] = [];
  for (const slot of slots) {
    const vote = votes.find((one) => one.person_id === slot.person_id);
    let state: SlotState = status === 'WAITING' ? 'pending' : 'closed';
    if (vote) state = vote.action === 'APPROVE' ? 'approved' : 'rejected';
    if (slot.person_id === null) state = 'vacant';
    const same = state === slot.state && approval_workflow_id === slot.approval_workflow_id;
    if (same && status === slot.request_status) continue;
    changed.set(state, [...(changed.get(state) ?? []), slot.id]);
    if (!same) counted.push({ before: countedOf(slot), after: { state, approval_workflow_id } });
  }
  for (const [state, ids] of changed)
    await setSlots.all(
      trx,
      ids.map((id) => ({ id, state, request_status: status, request_number: number, approval_workflow_id })),
    );
  await keepTotalsOf(trx, organizationId, 'slots', counted);
}

type Refreshed = Pick<
  Row<'slots'>,
  'id' | 'state' | 'request_status' | 'request_number' | 'approval_workflow_id'
>;

/** All of them alike. */
const setSlots = rowsOnce((db, slots: readonly Refreshed[]) => {
  const { id: _, ...columns } = slots[0]!;
  return db
    .updateTable('slots')
    .set(columns)
    .where(
      'id',
      'in',
      slots.map(({ id }) => id),
    );
});

const slotsToRefresh = queryOnce((db, { requestId }: { requestId: string }) =>
  db
    .selectFrom('slots')
    .select(['id', 'organization_id', 'person_id', 'state', 'request_status', 'approval_workflow_id'])
    .where('request_id', '=', requestId),
);

const requestOfSlots = queryOnce((db, { requestId }: { requestId: string }) =>
  db
    .selectFrom('approval_requests')
    .select(['number', 'status', 'content_version', 'approval_workflow_id'])
    .where('id', '=', requestId),
);

const standingVotes = queryOnce((db, given: { requestId: string; content_version: number }) =>
  db
    .selectFrom('votes')
    .select(['person_id', 'action'])
    .where('request_id', '=', given.requestId)
    .where('content_version', '=', given.content_version)
    .where('void_because', 'is', null),
);

/** Takes a request's slots out of the totals, before they are deleted. */
export async function forgetSlots(trx: Trx, requestId: string): Promise<void> {
  const slots = await trx
    .selectFrom('slots')
    .select(['organization_id', 'state', 'approval_workflow_id'])
    .where('request_id', '=', requestId)
    .execute();
  const organizationId = slots[0]?.organization_id;
  if (organizationId === undefined) return;
  const gone = slots.map((slot) => ({ before: countedOf(slot), after: null }));
  await keepTotalsOf(trx, organizationId, 'slots', gone);
}

/** What lists of slots are counted by; null until it was looked at. */
function countedOf(slot: { state: SlotState | ''; approval_workflow_id: number }): Counted | null {
  const { state, approval_workflow_id } = slot;
  return state === '' ? null : { state, approval_workflow_id };
}
