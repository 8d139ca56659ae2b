import type { Slot } from '../../approval/approvers.ts';
import { authorize, type RequestAction } from '../../approval/authorize.ts';
import { selfOf } from '../../approval/person.ts';
import type { Refusal } from '../../approval/refusal.ts';
import type { ApprovalRequest } from '../../approval/request.ts';
import { changeRequest, lockRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { owe, oweAfresh } from '../../store/outbox.ts';
import { personById } from '../../store/people.ts';
import { confirmRestored } from '../../store/restorations.ts';
import { changeSubmission, withdrawSubmission } from '../../store/submissions.ts';
import { voidVotes } from '../../store/votes.ts';
import { type Context, commit } from '../context.ts';
import { readRulingState, type StoredRulingState } from './ruling-state.ts';

export const nothing = (why: string): Refusal => ({ code: 'nothing_to_do', why });

/** An admin's (or, for cancel, the requester's) act on one request, under its lock: authorized, audited, whole. */
export function repair(
  context: Context,
  requestId: string,
  actor: Actor,
  action: RequestAction,
  act: (trx: Trx, state: StoredRulingState, now: number) => Promise<Refusal | Record<string, unknown>>,
): Promise<Refusal | null> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const locked = await lockRequest(trx, requestId);
    const state = locked && (await readRulingState(trx, requestId, locked));
    if (!state) return { code: 'unknown_request' } as const;
    const { organizationId } = state.request;
    const person = actor.personId === null ? null : await personById(trx, actor.personId);
    const refusal = authorize(person, await ofSelves(trx, action), state.request, slotsOfSelves(state));
    const result = refusal ?? (await act(trx, state, now));
    const isRefusal = 'code' in result;
    await writeAudit(trx, organizationId, {
      at: now,
      actor,
      action: isRefusal ? 'refused' : action.kind,
      subjectType: 'approval_request',
      subjectId: requestId,
      detail: isRefusal ? { wanted: action.kind, code: result.code } : result,
    });
    if (isRefusal) return result as Refusal;
    await oweAllCards(trx, organizationId, requestId, now);
    return null;
  });
}

/** A place given to a machine is given to the person behind it (R16). */
async function ofSelves(trx: Trx, action: RequestAction): Promise<RequestAction> {
  if (action.kind !== 'reassign') return action;
  const to = await personById(trx, action.toPersonId);
  return to ? { ...action, toPersonId: selfOf(to) } : action;
}

/** The places by whom their holders act for. */
export function slotsOfSelves({ slots, people }: StoredRulingState): Slot[] {
  return slots.map((slot) => {
    const holder = slot.personId === null ? undefined : people.get(slot.personId);
    return holder ? { ...slot, personId: selfOf(holder) } : slot;
  });
}

/** Tries a submission that stopped once more. null = it is queued again. */
export function retrySubmission(context: Context, requestId: string, actor: Actor): Promise<Refusal | null> {
  return repair(context, requestId, actor, { kind: 'retry_submission' }, async (trx, state, now) => {
    const { request, submission } = state;
    if (!submission) return nothing('There is nothing to send: the request is not decided.');
    if (submission.state !== 'dead' && submission.state !== 'queued' && submission.state !== 'sending')
      return nothing(
        `There is nothing to retry: the submission is ${submission.state.replaceAll('_', ' ')}.`,
      );
    await confirmRestored(trx, requestId);
    await changeSubmission(trx, requestId, { state: 'queued', detail: null }, now);
    await oweAfresh(
      trx,
      { kind: 'submit_approval', subjectId: requestId, organizationId: request.organizationId },
      now,
    );
    return { from: submission.state };
  });
}

/** Why a request can no longer be closed here, whoever wants it; null = it can (R15). */
export function cancelling(request: ApprovalRequest, sendingStarted: boolean): Refusal | null {
  const { status, harness } = request;
  if (status !== 'WAITING' && !(status === 'APPROVED' && harness.status !== 'APPROVED'))
    return { code: 'already_closed', status, by: null };
  return sendingStarted ? { code: 'already_sent' } : null;
}

/** Whether this actor could cancel it now: changes nothing, but a refusal is audited like that of the act. */
export function checkCancel(context: Context, requestId: string, actor: Actor): Promise<Refusal | null> {
  return commit(context, async (trx) => {
    const state = await readRulingState(trx, requestId);
    if (!state) return { code: 'unknown_request' } as const;
    const { request, sendingStarted } = state;
    const person = actor.personId === null ? null : await personById(trx, actor.personId);
    const refusal =
      authorize(person, { kind: 'cancel' }, request, slotsOfSelves(state)) ??
      cancelling(request, sendingStarted);
    if (refusal)
      await writeAudit(trx, request.organizationId, {
        at: context.clock.now(),
        actor,
        action: 'refused',
        subjectType: 'approval_request',
        subjectId: requestId,
        detail: { wanted: 'cancel', code: refusal.code },
      });
    return refusal;
  });
}

/** Closes a request here; Harness is not told, and the cards say so (semantics.md, tables). */
export function cancelRequest(
  context: Context,
  requestId: string,
  reason: string,
  actor: Actor,
): Promise<Refusal | null> {
  return repair(
    context,
    requestId,
    actor,
    { kind: 'cancel' },
    async (trx, { request, sendingStarted, people }, now) => {
      const refusal = cancelling(request, sendingStarted);
      if (refusal) return refusal;
      await withdrawSubmission(trx, requestId);
      const name =
        actor.personId === null
          ? null
          : (people.get(actor.personId)?.name ?? (await personById(trx, actor.personId))?.name);
      const closedReason = `by ${name ?? 'an admin'}${reason.trim() ? `, ${reason.trim().slice(0, 300)}` : ''}`;
      await voidVotes(trx, requestId, 'the request was cancelled');
      await changeRequest(
        trx,
        requestId,
        { status: 'ABORTED', decision: null, problem: null, closedReason },
        now,
        request,
      );
      // The pipeline still waits; how that ends belongs on the cards.
      const { organizationId } = request;
      await owe(trx, { kind: 'check_harness', subjectId: requestId, organizationId, runAt: now }, now);
      return { reason };
    },
  );
}

/** Lets a held request go on: an admin has looked at why it was held. */
export function releaseRequest(context: Context, requestId: string, actor: Actor): Promise<Refusal | null> {
  return repair(context, requestId, actor, { kind: 'unfreeze' }, async (trx, { request }, now) => {
    const { problem } = request;
    if (request.status !== 'WAITING' || !problem) return nothing('This request is not on hold.');
    if (['no_approver', 'vacant_slot', 'missing_input', 'ambiguous_instance'].includes(problem.kind))
      return nothing(`Releasing does not help here: ${problem.detail}`);
    await changeRequest(
      trx,
      requestId,
      { problem: null, released: [...request.released, problem.kind] },
      now,
    );
    await oweAfresh(
      trx,
      { kind: 'resolve_approvers', subjectId: requestId, organizationId: request.organizationId },
      now,
    );
    return { problem: problem.kind };
  });
}
