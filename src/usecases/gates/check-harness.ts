import type { HarnessView } from '../../approval/request.ts';
import { requestById, type StoredRequest } from '../../store/approval-requests.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { releaseReconciled } from '../../store/restorations.ts';
import { harnessOf } from '../connections/harness-of.ts';
import { type Context, commit } from '../context.ts';
import type { ExecutionSummary, HarnessTrouble } from '../harness-ports.ts';
import { compareRequest, needsNoLook } from './compare-request.ts';
import { harnessView } from './harness-facts.ts';
import { lookAtGate } from './harness-gate.ts';

/**
 * Compares an open request with Harness, so that a card never waits for what is long over (R21): a decision in
 * Harness's own UI, an abort, an expiry. Also finds a gate that appears late. Runs until Harness says the last word;
 * nobody waits for it, so its calls are patient ones.
 */
export async function checkHarness(context: Context, row: LeasedRow): Promise<void> {
  const request = await requestById(context.db, row.subjectId);
  if (!request || needsNoLook(context, request))
    return commit(context, async (trx) => {
      await finish(trx, row, { kind: 'done' });
      await releaseReconciled(trx, row.subjectId, context.clock.now());
    });
  const look = await lookAtGate(context, request, { summary: false, patient: true });
  if (look.trouble) return putOff(context, row, request, look.trouble);
  const ended = look.gate.kind === 'none' ? await endOfRun(context, request, { patient: true }) : null;
  await commit(context, async (trx) => {
    const compared = await compareRequest(context, trx, request.id, look, ended);
    await releaseReconciled(trx, request.id, context.clock.now());
    if (compared !== 'open') return finish(trx, row, { kind: 'done' });
    await finish(trx, row, {
      kind: 'retry',
      at: nextCheckAt(context, { ...request, harness: harnessView(request, look) }),
      error: 'still waiting',
      countsAsAttempt: false,
    });
  });
}

/** Harness did not show it. What Harness refuses to show for good is no reason to hold the cards that say so. */
function putOff(
  context: Context,
  row: LeasedRow,
  request: StoredRequest,
  trouble: HarnessTrouble,
): Promise<void> {
  const now = context.clock.now();
  return commit(context, async (trx) => {
    await finish(trx, row, {
      kind: 'retry',
      // Not its turn yet: it goes before all that were looked at since.
      at: trouble.kind === 'throttled' ? now + trouble.retryAfterMs : nextCheckAt(context, request),
      error: troubleError(trouble),
      ...(trouble.kind === 'paused' && { countsAsAttempt: false }),
    });
    if (trouble.kind === 'permanent') await releaseReconciled(trx, request.id, now);
  });
}

function troubleError(trouble: HarnessTrouble): string {
  if (trouble.kind === 'paused') return trouble.detail;
  return trouble.kind === 'permanent' ? trouble.message : 'Harness cannot be asked';
}

/** The run's summary if it has ended for good; null while it goes on, and when Harness cannot say. */
export async function endOfRun(
  context: Context,
  request: StoredRequest,
  asking: { patient: boolean },
): Promise<ExecutionSummary | null> {
  const read = await harnessOf(context, request).readExecution(request.content.execution, asking);
  return read.kind === 'ok' && read.value?.final ? read.value : null;
}

/** With what else waits in its run a card is complete: a look that nobody waits for, but soon. */
const FIRST_LOOK_MS = 5_000;

/**
 * With jitter; at Harness's deadline if that is sooner; soon while the gate, or its run as a whole, has not been seen.
 * Epoch ms.
 */
export function nextCheckAt(
  context: Pick<Context, 'clock' | 'random' | 'settings'>,
  request: Pick<StoredRequest, 'createdAt' | 'harness'>,
): number {
  const now = context.clock.now();
  const age = now - request.createdAt;
  const { deadline, skewMs } = request.harness;
  const usual = now + pauseBetweenLooks(context, request.harness, age) * (0.75 + context.random() / 2);
  const afterDeadline = deadline === null ? Number.POSITIVE_INFINITY : deadline - skewMs + 2_000;
  return Math.ceil(afterDeadline > now ? Math.min(usual, afterDeadline) : usual);
}

function pauseBetweenLooks(
  { settings }: Pick<Context, 'settings'>,
  { instanceId, gate }: HarnessView,
  age: number,
): number {
  if (age >= settings.notYetGraceMs) return settings.checkEveryMs;
  if (instanceId === null) return Math.max(2_000, Math.min(15_000, age / 2));
  return gate === null ? Math.min(FIRST_LOOK_MS, settings.checkEveryMs) : settings.checkEveryMs;
}
