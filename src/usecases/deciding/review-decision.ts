import { exclusionOf } from '../../approval/authorize.ts';
import { INELIGIBLE_WORDS, ineligible } from '../../approval/person.ts';
import { requirementOf } from '../../approval/request.ts';
import { countingVotes, tally } from '../../approval/requirement.ts';
import { changeRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { withdrawSubmission } from '../../store/submissions.ts';
import { voidVotes } from '../../store/votes.ts';
import type { Context } from '../context.ts';
import { decideWithoutVotes } from './conclude.ts';
import { readRulingState } from './ruling-state.ts';

/**
 * Where nothing is required and nothing holds it, it is decided here. A decision that waits to be sent is taken
 * back when its votes no longer carry it: the content changed, the gate shuts a voter out, or it is held now (R4, R13).
 * `held`: nobody is asked for now; `proven`: Harness's own summary shows which pipeline runs (R1); `changed`: the
 * content is not the one it was about; `before`: the request as it was settled, under its lock.
 */
export async function reviewDecision(
  context: Context,
  trx: Trx,
  before: Pick<StoredRequest, 'id' | 'decision' | 'content'>,
  { held, proven, changed }: { held: boolean; proven: boolean; changed: boolean },
): Promise<void> {
  if (before.decision === null && before.content.workflow.requirement !== 'none') return;
  const requestId = before.id;
  const now = context.clock.now();
  const state = (await readRulingState(trx, requestId))!;
  const { request, slots, people } = state;
  const exclusion = exclusionOf(request);
  if (request.decision === null) {
    const needsNobody = requirementOf(request) === 'none' && request.problem === null;
    if (needsNobody && proven && request.status === 'WAITING')
      await decideWithoutVotes(context, trx, requestId, 'APPROVE', 'no_approval_required');
    return;
  }
  const counting = countingVotes({
    votes: state.votes,
    slots,
    contentVersion: request.contentVersion,
    people,
    exclusion,
  });
  const { verdict } = tally(requirementOf(request), slots, counting);
  const { action, how } = request.decision;
  const stands =
    how === 'expired' || (action === 'APPROVE' ? verdict === 'approved' && !held : verdict === 'rejected');
  if (stands) {
    // No vote made it, so none was void: it is about the new content, with the inputs Harness declares.
    if (changed && how !== 'vote') await decideWithoutVotes(context, trx, requestId, action, how);
    return;
  }
  await withdrawSubmission(trx, requestId);
  for (const vote of state.votes) {
    const person = people.get(vote.personId);
    const why = person ? ineligible(person, exclusion) : 'not_found';
    if (why && vote.voidBecause === null)
      await voidVotes(
        trx,
        requestId,
        `${person?.name ?? 'the voter'} ${INELIGIBLE_WORDS[why]}`,
        vote.personId,
      );
  }
  await changeRequest(trx, requestId, { status: 'WAITING', decision: null }, now);
  const { organizationId, expiresAt } = request;
  await oweAllCards(trx, organizationId, requestId, now);
  if (expiresAt !== null)
    await owe(
      trx,
      { kind: 'expire_request', subjectId: requestId, organizationId, runAt: expiresAt, exactly: true },
      now,
    );
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'harness' },
    action: 'decision_withdrawn',
    subjectType: 'approval_request',
    subjectId: requestId,
    detail: { action, problem: request.problem?.kind ?? null },
  });
}
