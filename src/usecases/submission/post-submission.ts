import { type HarnessInstance, isOwed, type Submission } from '../../approval/submission.ts';
import { lockRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { finish, holdLease, type LeasedRow } from '../../store/outbox-claims.ts';
import { changeSubmission, submissionOf } from '../../store/submissions.ts';
import { harnessOf } from '../connections/harness-of.ts';
import { type Context, commit } from '../context.ts';
import { candidatesOf } from '../gates/harness-facts.ts';
import { lookAtGate } from '../gates/harness-gate.ts';
import {
  afterPost,
  later,
  orGiveUp,
  type Pauses,
  settledBy,
  settledElsewhere,
  stopped,
  type Turn,
} from './submission-turn.ts';

const POST_LEASE_MS = 60_000;

/**
 * Whether the POST counted last is still to be made: a person asked for another, Harness let none through, or the
 * worker died with it and the look since has shown no trace.
 */
export function isPostLeft(submission: Submission, row: LeasedRow): boolean {
  return submission.posts > 0 && (submission.state === 'queued' || row.crashes > 1);
}

/** A gate that an admin chose is known by its id alone: whatever the callback id says was not enough. */
export function byCallbackId({ content, harness }: StoredRequest): boolean {
  return content.execution.callbackId !== '' && !harness.chosen;
}

/**
 * One POST to the bound gate, written down before it is made, so that a crash in between is an unknown outcome and not a
 * lost one. `overtaken`: the decision changed meanwhile, and the claim is given back.
 */
export async function postSubmission(
  context: Context,
  row: LeasedRow,
  request: StoredRequest,
  submission: Submission,
  bound: HarnessInstance,
  pauses: Pauses,
): Promise<Turn | 'overtaken'> {
  const begun = await commit(context, async (trx) => {
    await holdLease(trx, row, context.clock.now() + POST_LEASE_MS);
    const locked = await lockRequest(trx, request.id);
    const current = await submissionOf(trx, request.id);
    // A rejection may have replaced an unsent approval, or an amendment withdrawn it (R10, R15).
    const same =
      current?.action === submission.action &&
      current.posts === submission.posts &&
      isOwed(current) &&
      locked?.contentHash === request.contentHash;
    if (same)
      await changeSubmission(
        trx,
        request.id,
        { state: 'sending', ...(!isPostLeft(submission, row) && { beginPost: true }) },
        pauses.now,
      );
    else
      await finish(trx, row, {
        kind: 'retry',
        at: pauses.now,
        error: 'the decision changed meanwhile',
        countsAsAttempt: false,
      });
    return same;
  });
  if (!begun) return 'overtaken';
  const { execution } = request.content;
  const outcome = { action: submission.action, inputs: submission.inputs, comments: submission.comments };
  const byCallback = byCallbackId(request);
  let answer = await harnessOf(context, request).submit(execution, {
    ...outcome,
    instanceId: byCallback ? null : bound.id,
  });
  // Several wait under one callback id; ours is known by its instance id (harness.md §2.2).
  if (answer.kind === 'ambiguous' && byCallback)
    answer = await harnessOf(context, request).submit(execution, { ...outcome, instanceId: bound.id });
  if (answer.kind === 'ambiguous')
    return {
      ...stopped(
        'ambiguous',
        'Several gates wait in this run and Harness cannot tell them apart. An admin has to choose one.',
      ),
      harness: { candidates: candidatesOf([bound], request.harness.skewMs) },
    };
  if (answer.kind === 'accepted') {
    if (answer.instance.id !== bound.id)
      return (
        settledElsewhere(request, submission, [answer.instance], pauses) ??
        stopped(
          'dead',
          `Harness took the decision for another gate (${answer.instance.id}). Look at the run in Harness.`,
        )
      );
    return (
      settledBy(request, submission, answer.instance, pauses) ??
      later(pauses, pauses.backOff(1), 'Harness answered without recording the decision')
    );
  }
  if (answer.kind === 'permanent') {
    // Older servers say the same for "you have already approved" and "you may not" (harness.md §1.5 E8, E9).
    const again = await lookAtGate(context, request, { summary: false });
    const settled =
      again.gate.kind === 'bound' ? settledBy(request, submission, again.gate.instance, pauses) : null;
    if (settled) return settled;
  }
  // Harness did not look at it: the POST counted is still to be made.
  if (answer.kind === 'throttled' || answer.kind === 'transient' || answer.kind === 'paused') {
    const turn = afterPost(answer, row.attempts, pauses);
    const queued: Turn = { ...turn, change: { ...turn.change, state: 'queued' } };
    return answer.kind === 'paused' ? queued : orGiveUp(queued, row, pauses);
  }
  return afterPost(answer, submission.posts + 1, pauses);
}
