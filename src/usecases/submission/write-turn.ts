import type { HarnessView } from '../../approval/request.ts';
import { isStopped } from '../../approval/submission.ts';
import { changeRequest, lockRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { endLooks } from '../../store/harness-looks.ts';
import { owe } from '../../store/outbox.ts';
import { changeSubmission, submissionOf } from '../../store/submissions.ts';
import { afterCommit, type Context } from '../context.ts';
import { tellAdmins } from '../notices/tell-admins.ts';
import type { Turn } from './submission-turn.ts';

const ALARMS: ReadonlySet<string> = new Set([
  'conflict',
  'dead',
  'ambiguous',
  'needs_input',
  'closed',
  'partial',
]);

/** Writes down what a look at Harness or an attempt to tell it came to, in the transaction that ends the claim. */
export async function writeTurn(context: Context, trx: Trx, requestId: string, turn: Turn): Promise<void> {
  const now = context.clock.now();
  const request = (await lockRequest(trx, requestId))!;
  const before = await submissionOf(trx, requestId);
  if (Object.keys(turn.change).length > 0) await changeSubmission(trx, requestId, turn.change, now);
  await writeHarness(trx, request, turn.harness, now);
  if (turn.change.state && isStopped({ state: turn.change.state }))
    // Until somebody acts, Harness may still settle it by itself.
    await owe(
      trx,
      {
        kind: 'check_harness',
        subjectId: requestId,
        organizationId: request.organizationId,
        runAt: now + context.settings.checkEveryMs,
      },
      now,
    );
  const visible =
    turn.event !== null || (turn.change.detail !== undefined && turn.change.detail !== before?.detail);
  if (visible) await oweAllCards(trx, request.organizationId, requestId, now);
  if (turn.event === null) return;
  if (ALARMS.has(turn.event)) await tellAdmins(context, trx, request);
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'harness' },
    action: `submission_${turn.event}`,
    subjectType: 'approval_request',
    subjectId: requestId,
    detail: { detail: turn.change.detail ?? null },
  });
  const { event } = turn;
  afterCommit(trx, () => context.observe.submission(event));
}

/** Harness's word is the request's status as soon as it is known (R21); our decision stays beside it. */
async function writeHarness(
  trx: Trx,
  request: StoredRequest,
  harness: Partial<HarnessView>,
  now: number,
): Promise<void> {
  if (Object.keys(harness).length === 0) return;
  const next = { ...request.harness, ...harness };
  const isOver = next.status !== null && next.status !== 'WAITING';
  const status = isOver ? { status: next.status! } : {};
  await changeRequest(trx, request.id, { harness: next, ...status }, now);
  if (isOver) await endLooks(trx, request.id);
}
