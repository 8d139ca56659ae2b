import type { HarnessView } from '../../approval/request.ts';
import { changeRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { voidVotes } from '../../store/votes.ts';
import type { Context } from '../context.ts';

/** Closes a locked request whose gate Harness settled without us (R21): its word stands, pending votes are void. */
export async function closeSettledInHarness(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  harness: HarnessView,
): Promise<void> {
  const now = context.clock.now();
  const how = settledWords(harness);
  await voidVotes(trx, request.id, how);
  await changeRequest(
    trx,
    request.id,
    { status: harness.status!, harness, problem: null, closedReason: `settled in Harness: ${how}` },
    now,
  );
  await oweAllCards(trx, request.organizationId, request.id, now);
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'harness' },
    action: 'decided_outside',
    subjectType: 'approval_request',
    subjectId: request.id,
    detail: { status: harness.status, by: harness.decidedBy, how },
  });
}

/** How the gate came to its end, as the reason why votes here are void. */
function settledWords({ status, decidedBy, decidedHow, runEnded }: HarnessView): string {
  if (decidedHow === 'superseded') return 'Harness rejected it: a newer run was approved';
  if (decidedHow === 'auto_approval') return 'the step’s automatic approval came first';
  const by = decidedBy === null ? '' : ` by ${decidedBy}`;
  switch (status) {
    case 'APPROVED':
      return `it was approved in Harness itself${by}`;
    case 'REJECTED':
      return `it was rejected in Harness itself${by}`;
    case 'EXPIRED':
      return runEnded === null ? 'the gate expired in Harness' : 'the run expired in Harness';
    case 'FAILED':
      return 'the run failed in Harness';
    default:
      return runEnded === null || runEnded === 'Aborted'
        ? 'the run was aborted in Harness'
        : `the run ended in Harness (${runEnded})`;
  }
}
