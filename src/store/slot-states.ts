import type { Trx } from './database.ts';
import { type Counted, type CountedChange, keepTotalsOf } from './list-totals.ts';
import type { SlotState } from './request-tables.ts';

/**
 * Writes beside a request's slots what they have come to. Called by everything that changes slots, votes, the
 * request's status or its version, in the same transaction, so that lists of slots need no join and no count.
 */
export async function refreshSlots(trx: Trx, requestId: string): Promise<void> {
  const slots = await trx
    .selectFrom('slots')
    .select(['id', 'organization_id', 'person_id', 'state', 'request_status', 'approval_workflow_id'])
    .where('request_id', '=', requestId)
    .execute();
  const organizationId = slots[0]?.organization_id;
  if (organizationId === undefined) return;
  const request = await trx
    .selectFrom('approval_requests')
    .select(['number', 'status', 'content_version', 'approval_workflow_id'])
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const votes = await trx
    .selectFrom('votes')
    .select(['person_id', 'action'])
    .where('request_id', '=', requestId)
    .where('content_version', '=', request.content_version)
    .where('void_because', 'is', null)
    .execute();
  const { approval_workflow_id } = request;
  const changed = new Map<SlotState, number[]>();
  const counted: CountedChange[] = [];
  for (const slot of slots) {
    const vote = votes.find((one) => one.person_id === slot.person_id);
    let state: SlotState = request.status === 'WAITING' ? 'pending' : 'closed';
    if (vote) state = vote.action === 'APPROVE' ? 'approved' : 'rejected';
    if (slot.person_id === null) state = 'vacant';
    const same = state === slot.state && approval_workflow_id === slot.approval_workflow_id;
    if (same && request.status === slot.request_status) continue;
    changed.set(state, [...(changed.get(state) ?? []), slot.id]);
    if (!same) counted.push({ before: countedOf(slot), after: { state, approval_workflow_id } });
  }
  for (const [state, ids] of changed)
    await trx
      .updateTable('slots')
      .set({ state, request_status: request.status, request_number: request.number, approval_workflow_id })
      .where('id', 'in', ids)
      .execute();
  await keepTotalsOf(trx, organizationId, 'slots', counted);
}

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
