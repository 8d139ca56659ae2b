import { FINAL_STATUSES, type HarnessView } from '../../approval/request.ts';
import { isStopped, type Submission } from '../../approval/submission.ts';
import { changeRequest, lockRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { type Debt, owe } from '../../store/outbox.ts';
import { submissionOf } from '../../store/submissions.ts';
import type { Context } from '../context.ts';
import type { ExecutionSummary } from '../harness-ports.ts';
import { settledBy, type Turn } from '../submission/submission-turn.ts';
import { writeTurn } from '../submission/write-turn.ts';
import { closeSettledInHarness } from './close-settled.ts';
import { harnessView, runOutcome } from './harness-facts.ts';
import type { GateLook } from './harness-gate.ts';

/** Harness ends a run after 35 days at the latest. */
const LONGEST_RUN_MS = 35 * 24 * 60 * 60_000;

/** What a comparison came to: `open` = it is to be looked at again; `handed_over` = whoever is owed now looks itself. */
export type Compared = 'open' | 'over' | 'handed_over';

/** Whether a request needs no more looks: Harness has said its last word, or nobody waits for the gate any more. */
export function needsNoLook(context: Context, request: StoredRequest): boolean {
  return isOver(request) || isForgotten(context, request);
}

function isOver({ harness }: StoredRequest): boolean {
  return harness.status !== null && harness.status !== 'WAITING';
}

/** Nobody waits for the gate of a request that was closed here unseen. */
function isForgotten(context: Context, request: StoredRequest): boolean {
  const age = context.clock.now() - request.createdAt;
  const closedUnseen = request.status !== 'WAITING' && request.harness.instanceId === null;
  return age > (closedUnseen ? context.settings.notYetGraceMs : LONGEST_RUN_MS);
}

/**
 * Brings one request to what a look at Harness showed (R21): closes it where Harness settled the gate without us, owes
 * what the look gives reason for, shows what is new. `ended`: the run's end, where its gate is nowhere to be seen.
 */
export async function compareRequest(
  context: Context,
  trx: Trx,
  requestId: string,
  look: GateLook,
  ended: ExecutionSummary | null,
): Promise<Compared> {
  const locked = await lockRequest(trx, requestId);
  const now = context.clock.now();
  if (!locked || isOver(locked)) return 'over';
  if (isOfAnotherGate(locked, look)) return 'open';
  const owed = (kind: Debt['kind']) =>
    owe(trx, { kind, subjectId: locked.id, organizationId: locked.organizationId, runAt: now }, now);
  const submission = await submissionOf(trx, requestId);
  if (submission && !isStopped(submission)) {
    // Whoever tells Harness also learns what it holds.
    await owed('submit_approval');
    return 'handed_over';
  }
  if (submission) {
    // Nobody tells Harness until a person acts; meanwhile it may have been settled there.
    const turn = settledMeanwhile(locked, submission, look, ended, now);
    if (turn) await writeTurn(context, trx, locked.id, turn);
    return turn ? 'over' : 'open';
  }
  const { confirmed, candidates } = locked.harness;
  const isNews =
    look.gate.kind === 'bound' ? !confirmed : look.gate.kind === 'ambiguous' && candidates.length === 0;
  if (isNews && locked.status === 'WAITING') {
    await owed('resolve_approvers');
    return 'open';
  }
  const harness = ended ? endedView(locked, ended) : harnessView(locked, look);
  if (harness.status !== null && FINAL_STATUSES.includes(harness.status)) {
    await closeSettledInHarness(context, trx, locked, harness);
    return 'over';
  }
  if (showsMore(locked.harness, harness)) {
    await changeRequest(trx, locked.id, { harness }, now);
    await oweAllCards(trx, locked.organizationId, locked.id, now);
  }
  return 'open';
}

/** The request was bound while Harness was asked: the look is about another gate, or about none. */
function isOfAnotherGate({ harness }: StoredRequest, { gate, run }: GateLook): boolean {
  if (harness.instanceId === null) return false;
  if (gate.kind === 'bound') return gate.instance.id !== harness.instanceId;
  return run?.some(({ id }) => id === harness.instanceId) ?? false;
}

/** What a run's end says of a gate that nobody saw decided. */
export function endedView(request: StoredRequest, { status }: ExecutionSummary): HarnessView {
  return { ...request.harness, status: runOutcome(status), runEnded: status };
}

/** How Harness settled a gate that we had stopped telling; null while it waits. */
function settledMeanwhile(
  request: StoredRequest,
  submission: Submission,
  look: GateLook,
  ended: ExecutionSummary | null,
  now: number,
): Turn | null {
  if (ended)
    return {
      end: { kind: 'done' },
      change: { state: 'closed', detail: 'The run ended before Harness could be told.' },
      harness: { status: runOutcome(ended.status), runEnded: ended.status },
      event: 'closed',
    };
  if (look.gate.kind !== 'bound' || look.gate.instance.status === 'WAITING') return null;
  return settledBy(request, submission, look.gate.instance, { now, backOff: () => 0 });
}

/** Whether a card would say anything that it does not say yet. */
function showsMore(before: HarnessView, now: HarnessView): boolean {
  const shown = ({ deadline, gate, alsoWaitsFor, candidates, chosen }: HarnessView) =>
    JSON.stringify([deadline, gate, alsoWaitsFor, candidates, chosen]);
  return shown(before) !== shown(now);
}
