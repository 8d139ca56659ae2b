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
  const [first] = slots;
  if (!first) return;
  const { organization_id, number, status, workflow_now } = first;
  const changed = new Map<SlotState, number[]>();
  const counted: CountedChange[] = [];
  for (const slot of slots) {
    let state: SlotState = status === 'WAITING' ? 'pending' : 'closed';
    if (slot.vote !== null) state = slot.vote === 'APPROVE' ? 'approved' : 'rejected';
    if (slot.person_id === null) state = 'vacant';
    const same = state === slot.state && workflow_now === slot.approval_workflow_id;
    if (same && status === slot.request_status) continue;
    changed.set(state, [...(changed.get(state) ?? []), slot.id]);
    if (!same)
      counted.push({ before: countedOf(slot), after: { state, approval_workflow_id: workflow_now } });
  }
  for (const [state, ids] of changed)
    await setSlots.all(
      trx,
      ids.map((id) => ({
        ...{ id, state, request_status: status, request_number: number },
        approval_workflow_id: workflow_now,
      })),
    );
  await keepTotalsOf(trx, organization_id, 'slots', counted);
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

/** With what their request is now, and what the one in each has voted on the present version. */
const slotsToRefresh = queryOnce((db, { requestId }: { requestId: string }) =>
  db
    .selectFrom('slots')
    .innerJoin('approval_requests', 'approval_requests.id', 'slots.request_id')
    .leftJoin('votes', (join) =>
      join
        .onRef('votes.request_id', '=', 'slots.request_id')
        .onRef('votes.content_version', '=', 'approval_requests.content_version')
        .onRef('votes.person_id', '=', 'slots.person_id')
        .on('votes.void_because', 'is', null),
    )
    .select(['slots.id', 'slots.organization_id', 'slots.person_id', 'slots.state', 'slots.request_status'])
    .select(['slots.approval_workflow_id', 'approval_requests.approval_workflow_id as workflow_now'])
    .select(['approval_requests.number', 'approval_requests.status', 'votes.action as vote'])
    .where('slots.request_id', '=', requestId),
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
