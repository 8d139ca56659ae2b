import type { HarnessView } from '../approval/request.ts';
import { FINAL_STATUSES } from '../approval/request.ts';
import type { Submission } from '../approval/submission.ts';
import { changeRequest, lockRequest, requestById, type StoredRequest } from '../store/approval-requests.ts';
import { oweAllCards } from '../store/cards.ts';
import type { Trx } from '../store/database.ts';
import { finish, type LeasedRow, owe } from '../store/outbox.ts';
import { submissionOf } from '../store/submissions.ts';
import { closeSettledInHarness } from './close-settled.ts';
import { type Context, commit } from './context.ts';
import { harnessView, runOutcome } from './harness-facts.ts';
import { type GateLook, lookAtGate } from './harness-gate.ts';
import { harnessOf } from './harness-of.ts';
import type { HarnessTrouble } from './ports.ts';
import { settledBy, type Turn } from './submission-turn.ts';
import { isStopped, writeTurn } from './submit-approval.ts';

/** Harness ends a run after 35 days at the latest. */
const LONGEST_RUN_MS = 35 * 24 * 60 * 60_000;

/**
 * Compares an open request with Harness, so that a card never waits for what is long over (R21): a decision in
 * Harness's own UI, an abort, an expiry. Also finds a gate that appears late. Runs until Harness says the last word.
 */
export async function checkHarness(context: Context, row: LeasedRow): Promise<void> {
  const request = await requestById(context.db, row.subjectId);
  if (!request || isOver(request) || isForgotten(context, request))
    return finish(context.db, row, { kind: 'done' });
  const look = await lookAtGate(context, request, { summary: false });
  if (look.trouble)
    return finish(context.db, row, {
      kind: 'retry',
      at: nextCheckAt(context, request),
      error: troubleError(look.trouble),
      ...(look.trouble.kind === 'paused' && { countsAsAttempt: false }),
    });
  const ended = look.gate.kind === 'none' ? await endOfRun(context, request) : null;
  await commit(context, async (trx) => {
    const locked = await lockRequest(trx, request.id);
    const now = context.clock.now();
    const submission = await submissionOf(trx, request.id);
    if (submission && !isStopped(submission)) {
      // Whoever tells Harness also learns what it holds.
      const { organizationId } = request;
      await finish(trx, row, { kind: 'done' });
      await owe(trx, { kind: 'submit_approval', subjectId: request.id, organizationId, runAt: now }, now);
      return;
    }
    const again = {
      kind: 'retry' as const,
      at: nextCheckAt(context, request),
      error: 'still waiting',
      countsAsAttempt: false,
    };
    if (!locked || isOver(locked)) return finish(trx, row, { kind: 'done' });
    if (submission) {
      // Nobody tells Harness until a person acts; meanwhile it may have been settled there.
      const turn = settledMeanwhile(locked, submission, look, ended, now);
      await finish(trx, row, turn ? { kind: 'done' } : again);
      if (turn) await writeTurn(context, trx, locked.id, turn);
      return;
    }
    if (look.gate.kind === 'bound' && !locked.harness.confirmed && locked.status === 'WAITING') {
      await finish(trx, row, again);
      await owe(
        trx,
        {
          kind: 'resolve_approvers',
          subjectId: locked.id,
          organizationId: locked.organizationId,
          runAt: now,
        },
        now,
      );
      return;
    }
    const harness = ended ? { ...locked.harness, status: ended } : harnessView(locked, look);
    const over = harness.status !== null && FINAL_STATUSES.includes(harness.status);
    await finish(trx, row, over ? { kind: 'done' } : again);
    if (over) await closeSettledInHarness(context, trx, locked, harness);
    else if (harness.deadline !== locked.harness.deadline) await showAgain(trx, locked, harness, now);
  });
}

function troubleError(trouble: HarnessTrouble): string {
  if (trouble.kind === 'paused') return trouble.detail;
  return trouble.kind === 'permanent' ? trouble.message : 'Harness cannot be asked';
}

function isOver(request: StoredRequest): boolean {
  const { status } = request.harness;
  return status !== null && status !== 'WAITING';
}

/** Nobody waits for the gate of a request that was closed here unseen. */
function isForgotten(context: Context, request: StoredRequest): boolean {
  const age = context.clock.now() - request.createdAt;
  const closedUnseen = request.status !== 'WAITING' && request.harness.instanceId === null;
  return age > (closedUnseen ? context.settings.notYetGraceMs : LONGEST_RUN_MS);
}

/** How Harness settled a gate that we had stopped telling; null while it waits. */
function settledMeanwhile(
  request: StoredRequest,
  submission: Submission,
  look: GateLook,
  ended: HarnessView['status'],
  now: number,
): Turn | null {
  if (ended)
    return {
      end: { kind: 'done' },
      change: { state: 'closed', detail: 'The run ended before Harness could be told.' },
      harness: { status: ended },
      event: 'closed',
    };
  if (look.gate.kind !== 'bound' || look.gate.instance.status === 'WAITING') return null;
  return settledBy(request, submission, look.gate.instance, { now, backOff: () => 0 });
}

async function endOfRun(context: Context, request: StoredRequest): Promise<HarnessView['status']> {
  const read = await harnessOf(context, request).readExecution(request.content.execution);
  return read.kind === 'ok' && read.value?.final ? runOutcome(read.value.status) : null;
}

/** With jitter; at Harness's deadline if that is sooner; soon while the gate has not been seen. Epoch ms. */
export function nextCheckAt(
  context: Pick<Context, 'clock' | 'random' | 'settings'>,
  request: Pick<StoredRequest, 'createdAt' | 'harness'>,
): number {
  const now = context.clock.now();
  const age = now - request.createdAt;
  const { instanceId, deadline, skewMs } = request.harness;
  const every =
    instanceId === null && age < context.settings.notYetGraceMs
      ? Math.max(2_000, Math.min(15_000, age / 2))
      : context.settings.checkEveryMs;
  const usual = now + every * (0.75 + context.random() / 2);
  const afterDeadline = deadline === null ? Number.POSITIVE_INFINITY : deadline - skewMs + 2_000;
  return Math.ceil(afterDeadline > now ? Math.min(usual, afterDeadline) : usual);
}

async function showAgain(trx: Trx, request: StoredRequest, harness: HarnessView, now: number): Promise<void> {
  await changeRequest(trx, request.id, { harness }, now);
  await oweAllCards(trx, request.organizationId, request.id, now);
}
