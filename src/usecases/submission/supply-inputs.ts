import { checkInputs, type InputValues } from '../../approval/approver-input.ts';
import { authorize, exclusionOf } from '../../approval/authorize.ts';
import type { Refusal } from '../../approval/refusal.ts';
import { countingVotes } from '../../approval/requirement.ts';
import { lockRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import { oweAfresh } from '../../store/outbox.ts';
import { personById } from '../../store/people.ts';
import { changeSubmission } from '../../store/submissions.ts';
import { type Context, commit } from '../context.ts';
import { harnessInputs } from '../deciding/conclude.ts';
import { readRulingState } from '../deciding/ruling-state.ts';

/**
 * New values for an approval whose inputs Harness refused (R20): the same submission gets a new revision and is
 * sent again. Only somebody who approved may do it, and only while Harness waits for it.
 */
export function supplyInputs(
  context: Context,
  requestId: string,
  given: InputValues,
  actor: Actor,
): Promise<
  | { kind: 'accepted' }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'inputs_wrong'; problems: Readonly<Record<string, string>> }
> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const locked = await lockRequest(trx, requestId);
    const state = locked && (await readRulingState(trx, requestId, locked));
    if (!state) return { kind: 'refused', refusal: { code: 'unknown_request' } };
    const { request, slots, submission } = state;
    const person = actor.personId === null ? null : await personById(trx, actor.personId);
    const approvers = countingVotes({
      votes: state.votes,
      slots,
      contentVersion: request.contentVersion,
      people: state.people,
      exclusion: exclusionOf(request),
    }).filter((vote) => vote.action === 'APPROVE');
    const refusal =
      authorize(person, { kind: 'supply_inputs' }, request, slots) ??
      (approvers.some((vote) => vote.personId === actor.personId)
        ? null
        : ({ code: 'nothing_to_do', why: 'Only somebody who approved can correct the inputs.' } as const));
    if (refusal) {
      await writeAudit(trx, request.organizationId, {
        at: now,
        actor,
        action: 'refused',
        subjectType: 'approval_request',
        subjectId: requestId,
        detail: { wanted: 'supply_inputs', code: refusal.code },
      });
      return { kind: 'refused', refusal };
    }
    if (submission?.state !== 'needs_input')
      return {
        kind: 'refused',
        refusal: { code: 'nothing_to_do', why: 'Harness no longer asks for other inputs.' },
      };
    const checked = checkInputs(request.content.inputs, given, context.fullMatch);
    if (!checked.ok) return { kind: 'inputs_wrong', problems: checked.problems };
    const people = approvers.flatMap((vote) => state.people.get(vote.personId) ?? []);
    const inputs = harnessInputs(
      request.content.inputs.map((input) => input.name),
      checked.values,
      people,
    );
    await changeSubmission(trx, requestId, { inputs, state: 'queued', detail: null, inputProblems: {} }, now);
    await oweAfresh(
      trx,
      { kind: 'submit_approval', subjectId: requestId, organizationId: request.organizationId },
      now,
    );
    await oweAllCards(trx, request.organizationId, requestId, now);
    await writeAudit(trx, request.organizationId, {
      at: now,
      actor,
      action: 'inputs_corrected',
      subjectType: 'approval_request',
      subjectId: requestId,
      detail: { inputs: Object.keys(inputs) },
    });
    return { kind: 'accepted' };
  });
}
