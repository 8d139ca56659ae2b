import { APPROVED_BY, type InputValues, offeredValues } from '../../approval/approver-input.ts';
import { exclusionOf } from '../../approval/authorize.ts';
import { holdsCheck } from '../../approval/checks.ts';
import { harnessEmail, submissionComments } from '../../approval/comment.ts';
import { calledName } from '../../approval/person.ts';
import { forHarness } from '../../approval/plain-text.ts';
import type { Decision, DecisionAction } from '../../approval/request.ts';
import { countingVotes } from '../../approval/requirement.ts';
import { changeRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { continueTrace } from '../../store/request-traces.ts';
import { freezeSubmission } from '../../store/submissions.ts';
import { afterCommit, type Context } from '../context.ts';
import { readRulingState, type StoredRulingState } from './ruling-state.ts';

/** Until then "telling Harness" is not worth an update of everybody's card. */
const HARNESS_USUALLY_ANSWERS_WITHIN_MS = 1_500;

const NOBODY = {
  vote: 'by the approvers',
  no_approval_required: 'automatically: the workflow requires no approval',
  expired: 'automatically: the time to decide ran out',
} as const;

/**
 * Makes a decision final here and owes it to Harness, in the caller's transaction, with the request locked:
 * outcome, frozen submission, audit line and debts are one commit. A decision that replaces an unsent one
 * re-freezes the same submission row (R15). `state` was read under the lock, with every vote that was cast since.
 */
export async function conclude(
  context: Context,
  trx: Trx,
  state: StoredRulingState,
  decision: Decision,
  actor: Actor,
): Promise<void> {
  const now = context.clock.now();
  const { id: requestId, organizationId } = state.request;
  await changeRequest(
    trx,
    requestId,
    {
      status: decision.action === 'APPROVE' ? 'APPROVED' : 'REJECTED',
      decision,
      problem: null,
    },
    now,
    state.request,
  );
  const { inputs, comments } = outcomeOf(state, decision);
  const frozen = await freezeSubmission(
    trx,
    { requestId, organizationId, action: decision.action, inputs, comments },
    now,
  );
  if (!frozen) throw new Error(`request ${requestId}: a send attempt has begun, the decision cannot change`);
  await owe(
    trx,
    { kind: 'submit_approval', subjectId: requestId, organizationId, runAt: now, exactly: true },
    now,
  );
  await oweAllCards(trx, organizationId, requestId, now, {
    first: decision.personId,
    othersAfterMs: HARNESS_USUALLY_ANSWERS_WITHIN_MS,
  });
  await writeAudit(trx, organizationId, {
    at: now,
    actor,
    action: 'decided',
    subjectType: 'approval_request',
    subjectId: requestId,
    detail: { action: decision.action, how: decision.how, inputs: Object.keys(inputs) },
  });
  const traceparent = context.observe.traceparent();
  if (traceparent !== null) await continueTrace(trx, requestId, traceparent);
  const { createdAt } = state.request;
  afterCommit(trx, () => context.observe.decided(decision.action, decision.how, now - createdAt));
}

/** What Harness is to be told: every declared input for an approval, none for a rejection, and the comment (R12). */
function outcomeOf(
  { request, slots, votes, people }: StoredRulingState,
  decision: Decision,
): { inputs: InputValues; comments: string } {
  const counting = countingVotes({
    votes,
    slots,
    contentVersion: request.contentVersion,
    people,
    exclusion: exclusionOf(request),
  }).filter((vote) => vote.action === decision.action);
  const signatories = counting.map((vote) => ({
    personId: vote.personId,
    name: people.has(vote.personId) ? calledName(people.get(vote.personId)!) : 'somebody',
    email: people.get(vote.personId)?.email ?? null,
    comment: vote.comment,
  }));
  const comments = submissionComments({
    requestId: request.id,
    contentHash: request.contentHash,
    action: decision.action,
    signatories,
    nobody: NOBODY[decision.how],
  });
  if (decision.action === 'REJECT') return { inputs: {}, comments };
  // Under any the decider's values count; under all everybody agreed on the same ones (R11).
  // People decide after the checks: theirs are the values that a check did not give.
  const voters = counting.filter((vote) => !holdsCheck(vote.personId, slots));
  const deciding = voters.length > 0 ? voters : counting;
  const decider = deciding.find((vote) => vote.personId === decision.personId) ?? deciding.at(-1);
  const values = decider?.values ?? offeredValues(request.content.inputs, request.content.offered);
  return {
    inputs: harnessInputs(
      request.content.inputs.map((input) => input.name),
      values,
      signatories,
    ),
    comments,
  };
}

/** Exactly the declared names, all of them, as strings (harness.md §3.1); `approved_by` is the bot's to fill. */
export function harnessInputs(
  declared: readonly string[],
  values: InputValues,
  signatories: readonly { email: string | null }[],
): InputValues {
  const emails = signatories.flatMap((person) => harnessEmail(person.email) ?? []);
  return Object.fromEntries(
    declared.map((name) => [name, name === APPROVED_BY ? emails.join(',') : forHarness(values[name] ?? '')]),
  );
}

/** A decision no vote made: nothing is required, or the time ran out. The request is locked. */
export async function decideWithoutVotes(
  context: Context,
  trx: Trx,
  requestId: string,
  action: DecisionAction,
  how: 'no_approval_required' | 'expired',
): Promise<void> {
  await conclude(
    context,
    trx,
    (await readRulingState(trx, requestId))!,
    { action, personId: null, how, at: context.clock.now() },
    { personId: null, via: 'timer' },
  );
}
