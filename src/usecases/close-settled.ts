import type { HarnessView } from '../approval/request.ts';
import { changeRequest, type StoredRequest } from '../store/approval-requests.ts';
import { writeAudit } from '../store/audit.ts';
import { oweAllCards } from '../store/cards.ts';
import type { Trx } from '../store/database.ts';
import { voidVotes } from '../store/votes.ts';
import type { Context } from './context.ts';

/** Closes a locked request whose gate Harness settled without us (R21): its word stands, pending votes are void. */
export async function closeSettledInHarness(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  harness: HarnessView,
): Promise<void> {
  const now = context.clock.now();
  await voidVotes(trx, request.id, 'Harness settled the gate first');
  await changeRequest(
    trx,
    request.id,
    { status: harness.status!, harness, problem: null, closedReason: 'settled in Harness' },
    now,
  );
  await oweAllCards(trx, request.organizationId, request.id, now);
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'harness' },
    action: 'decided_outside',
    subjectType: 'approval_request',
    subjectId: request.id,
    detail: { status: harness.status, by: harness.decidedBy },
  });
  context.log.info(
    { request: request.id, status: harness.status, by: harness.decidedBy },
    'settled in Harness',
  );
}
