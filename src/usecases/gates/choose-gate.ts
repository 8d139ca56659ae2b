import { isWaitingGate } from '../../approval/binding.ts';
import type { Refusal } from '../../approval/refusal.ts';
import type { ApprovalRequest, GateCandidate, HarnessView } from '../../approval/request.ts';
import type { Submission } from '../../approval/submission.ts';
import { changeRequest, requestById, type StoredRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { followAgain } from '../../store/followed-executions.ts';
import { oweAfresh } from '../../store/outbox.ts';
import { personById } from '../../store/people.ts';
import { changeSubmission } from '../../store/submissions.ts';
import { harnessOf } from '../connections/harness-of.ts';
import type { Context } from '../context.ts';
import { nothing, repair } from '../deciding/repair-request.ts';
import { tellAdmins } from '../notices/tell-admins.ts';
import { deciderOf } from './harness-facts.ts';
import { type GateLook, wholeRun } from './harness-gate.ts';

/** Whether an admin has to say which of several gates a request is about. */
export function awaitsChoice(
  request: ApprovalRequest,
  submission: Pick<Submission, 'state'> | null,
): boolean {
  if (request.harness.status !== null && request.harness.status !== 'WAITING') return false;
  const isHeld = request.status === 'WAITING' && request.problem?.kind === 'ambiguous_instance';
  return isHeld || submission?.state === 'ambiguous';
}

/** Why there is no choice to make, in words. */
export function noChoice({ harness }: Pick<ApprovalRequest, 'harness'>): Refusal {
  return nothing(
    harness.chosen
      ? `${harness.chosen.by} has chosen the gate of this request already; nothing was changed.`
      : 'This request is not waiting for a choice of gate.',
  );
}

/**
 * Binds a request to one of the gates Harness shows: an admin's choice, never a guess (R18), and never in their own
 * request (R16). The first choice wins. That the gate still waits is seen right after: see `takeBackChoice`.
 */
export function chooseInstance(
  context: Context,
  requestId: string,
  instanceId: string,
  actor: Actor,
): Promise<Refusal | null> {
  return repair(context, requestId, actor, { kind: 'choose_instance' }, async (trx, state, now) => {
    const { request, submission } = state;
    if (!awaitsChoice(request, submission)) return noChoice(request);
    const { candidates } = request.harness;
    const chosen = candidates.find((one) => one.id === instanceId);
    if (!chosen)
      return nothing(
        `Harness shows no such gate for this request. Choose one of: ${candidates.map(({ id }) => id).join(', ')}.`,
      );
    const admin = actor.personId === null ? null : await personById(trx, actor.personId);
    const harness: HarnessView = {
      ...request.harness,
      instanceId,
      chosen: { by: admin?.name ?? 'An admin', seen: false },
    };
    await changeRequest(trx, requestId, { harness, problem: null }, now);
    const { organizationId } = request;
    // What the chosen gate asks for, and of whom, is settled before anything is sent (R4).
    await oweAfresh(trx, { kind: 'resolve_approvers', subjectId: requestId, organizationId }, now);
    if (submission?.state === 'ambiguous') {
      await changeSubmission(trx, requestId, { state: 'queued', detail: null }, now);
      await oweAfresh(trx, { kind: 'submit_approval', subjectId: requestId, organizationId }, now);
    }
    await followAgain(trx, organizationId, request.content.execution, now);
    return { instanceId, message: chosen.message };
  });
}

/**
 * Whether a gate among a request's candidates still waits, as Harness shows it now; null when Harness cannot be asked.
 * For whoever has the time to ask before choosing.
 */
export async function stillWaiting(
  context: Context,
  requestId: string,
  instanceId: string,
): Promise<boolean | null> {
  const request = await requestById(context.db, requestId);
  if (!request) return null;
  const listed = await harnessOf(context, request).listInstances(wholeRun(request.content.execution));
  if (listed.kind !== 'ok') return null;
  return listed.value.some((one) => one.id === instanceId && isWaitingGate(one));
}

/** What is left to choose from where the chosen gate turned out to be gone; null = the choice holds. */
export interface GoneChoice {
  sentence: string;
  left: readonly GateCandidate[];
}

/**
 * Whether a gate that was just chosen no longer waits while another that could be meant does: then nothing is decided
 * by what became of the chosen one.
 */
export function goneChoice({ harness }: StoredRequest, look: GateLook): GoneChoice | null {
  const { chosen, instanceId, candidates } = harness;
  if (!chosen || chosen.seen || look.trouble || !look.run) return null;
  const gate = look.gate.kind === 'bound' ? look.gate.instance : null;
  if (gate?.status === 'WAITING') return null;
  const waiting = new Set(look.run.filter(isWaitingGate).map(({ id }) => id));
  const left = candidates.filter(({ id }) => id !== instanceId && waiting.has(id));
  if (left.length === 0) return null;
  const by = gate ? deciderOf(gate) : null;
  const how = gate ? ` (${gate.status.toLowerCase()}${by ? ` by ${by}` : ''})` : '';
  return {
    sentence: `The gate that ${chosen.by} chose no longer waits in Harness${how}. An admin has to choose again.`,
    left,
  };
}

/** The choice is to be made again: said on the cards, and to admins. */
export async function takeBackChoice(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  { sentence, left }: GoneChoice,
): Promise<void> {
  const now = context.clock.now();
  const harness: HarnessView = { ...request.harness, instanceId: null, chosen: null, candidates: left };
  await changeRequest(
    trx,
    request.id,
    {
      harness,
      ...(request.status === 'WAITING' && {
        problem: { kind: 'ambiguous_instance' as const, detail: sentence },
      }),
    },
    now,
  );
  await tellAdmins(context, trx, request);
  await oweAllCards(trx, request.organizationId, request.id, now);
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'harness' },
    action: 'choice_taken_back',
    subjectType: 'approval_request',
    subjectId: request.id,
    detail: { instanceId: request.harness.instanceId },
  });
}
