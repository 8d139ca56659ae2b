import { changeRequest, lockRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import { owe } from '../../store/outbox.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { voidVotes } from '../../store/votes.ts';
import { type Context, commit } from '../context.ts';
import { decideWithoutVotes } from './conclude.ts';

/** Ends a request whose own deadline passed (R22): closes it here, or rejects where the workflow says so. */
export function expireRequest(context: Context, row: LeasedRow): Promise<void> {
  return commit(context, async (trx) => {
    await finish(trx, row, { kind: 'done' });
    const request = await lockRequest(trx, row.subjectId);
    const now = context.clock.now();
    if (request?.status !== 'WAITING' || request.expiresAt === null) return;
    const { organizationId } = request;
    if (request.expiresAt > now)
      return owe(
        trx,
        {
          kind: 'expire_request',
          subjectId: request.id,
          organizationId,
          runAt: request.expiresAt,
          exactly: true,
        },
        now,
      );
    if (request.content.workflow.expiryAction === 'reject')
      return decideWithoutVotes(context, trx, request.id, 'REJECT', 'expired');
    await voidVotes(trx, request.id, 'the time to decide ran out');
    await changeRequest(
      trx,
      request.id,
      { status: 'EXPIRED', problem: null, closedReason: 'nobody decided in time' },
      now,
      request,
    );
    await oweAllCards(trx, organizationId, request.id, now);
    await writeAudit(trx, organizationId, {
      at: now,
      actor: { personId: null, via: 'timer' },
      action: 'expired',
      subjectType: 'approval_request',
      subjectId: request.id,
      detail: {},
    });
  });
}
