import { isOwed, type Submission } from '../../approval/submission.ts';
import { requestById, type StoredRequest } from '../../store/approval-requests.ts';
import { owe } from '../../store/outbox.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { submissionOf } from '../../store/submissions.ts';
import { harnessOf } from '../connections/harness-of.ts';
import { type Context, commit } from '../context.ts';
import { goneChoice } from '../gates/choose-gate.ts';
import { candidatesOf, runOutcome } from '../gates/harness-facts.ts';
import { lookAtGate } from '../gates/harness-gate.ts';
import { openerBarred } from '../opening/token-scope.ts';
import { byCallbackId, isPostLeft, postSubmission } from './post-submission.ts';
import {
  afterTrouble,
  later,
  orGiveUp,
  type Pauses,
  settledBy,
  settledElsewhere,
  stopped,
  type Turn,
} from './submission-turn.ts';
import { writeTurn } from './write-turn.ts';

/** More POSTs than this would only annoy Harness (harness.md §5). */
const MOST_POSTS = 6;
/** Harness not showing the gate yet: 2, 4, 8, then every 15 s (harness.md §5, NOT_YET). */
const NOT_YET_MS = [2_000, 4_000, 8_000, 15_000];
const LONG_NOT_YET_MS = 60_000;

/**
 * Tells Harness the outcome, once in effect (harness.md §5). Every run looks before it posts: what Harness
 * already holds settles the debt, and only a gate that waits without our marker gets a POST, to the bound
 * instance alone (R18). The attempt is written down before the call is made.
 */
export async function submitApproval(context: Context, row: LeasedRow): Promise<void> {
  const request = await requestById(context.db, row.subjectId);
  const submission = await submissionOf(context.db, row.subjectId);
  if (!request || !submission || !isOwed(submission)) return finish(context.db, row, { kind: 'done' });
  const pauses: Pauses = {
    now: context.clock.now(),
    backOff: (attempt) => Math.ceil(context.random() * Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 5))),
  };
  const turn = await takeTurn(context, row, request, submission, pauses);
  if (turn === 'overtaken') return;
  await commit(context, async (trx) => {
    const current = await submissionOf(trx, request.id);
    // Replaced or withdrawn while Harness was asked (R15): what came of it is about something else.
    if (current?.action !== submission.action || current.comments !== submission.comments)
      return finish(trx, row, {
        kind: 'retry',
        at: pauses.now,
        error: 'the decision changed meanwhile',
        countsAsAttempt: false,
      });
    await finish(trx, row, turn.end);
    await writeTurn(context, trx, request.id, turn);
  });
}

async function takeTurn(
  context: Context,
  row: LeasedRow,
  request: StoredRequest,
  submission: Submission,
  pauses: Pauses,
): Promise<Turn | 'overtaken'> {
  const look = await lookAtGate(context, request, { summary: false });
  if (look.trouble?.kind === 'paused') return afterTrouble(look.trouble, row.attempts, pauses);
  if (look.trouble) return orGiveUp(afterTrouble(look.trouble, row.attempts, pauses), row, pauses);
  if (look.gate.kind === 'ambiguous')
    return {
      ...stopped(
        'ambiguous',
        `Harness shows ${look.gate.candidates.length} gates that could be meant. An admin has to choose one.`,
      ),
      harness: { candidates: candidatesOf(look.gate.candidates, look.skewMs) },
    };
  const gone = goneChoice(request, look);
  if (gone)
    return {
      ...stopped('ambiguous', gone.sentence),
      harness: { instanceId: null, chosen: null, candidates: gone.left },
    };
  if (look.gate.kind === 'none') return orGiveUp(await notYet(context, row, request, pauses), row, pauses);
  const { instance } = look.gate;
  const { instanceId, status } = request.harness;
  const isNew = status === null && submission.posts === 0 && instance.status === 'WAITING';
  if (instanceId === null || isNew) {
    // It just appeared, or was chosen just now: what it asks for, and of whom, is settled before anything is sent (R4).
    await commit(context, (trx) =>
      owe(
        trx,
        {
          kind: 'resolve_approvers',
          subjectId: request.id,
          organizationId: request.organizationId,
          runAt: pauses.now,
        },
        pauses.now,
      ),
    );
    return later(pauses, Math.min(5_000, 500 * 2 ** (row.attempts - 1)), 'the gate just appeared');
  }
  const settled =
    (byCallbackId(request) && submission.posts > 0
      ? settledElsewhere(request, submission, look.run ?? [], pauses)
      : null) ?? settledBy(request, submission, instance, pauses);
  if (settled) return settled;
  if (submission.posts >= MOST_POSTS && !isPostLeft(submission, row))
    return stopped(
      'dead',
      `Harness did not record the decision in ${MOST_POSTS} attempts. Look at the gate in Harness, then retry.`,
    );
  const unsure = submission.action === 'APPROVE' ? leftByBackup(request) : null;
  if (unsure) return stopped('dead', unsure);
  // A rejection is always sent: it only stops the run.
  const barred = submission.action === 'APPROVE' ? await openerBarred(context.db, request) : null;
  if (barred) return stopped('dead', `${barred} The approval was not sent: decide the gate in Harness.`);
  return postSubmission(context, row, request, submission, instance, pauses);
}

/** An approval that a backup says is still to be sent: since then it may have been withdrawn or rejected. */
function leftByBackup({ restoredFrom, decision }: StoredRequest): string | null {
  if (typeof restoredFrom !== 'number' || decision === null || decision.at > restoredFrom) return null;
  const when = new Date(restoredFrom).toISOString().slice(0, 16).replace('T', ' ');
  return `The database was restored from a backup of ${when} UTC, in which this approval was not sent yet. It may have been withdrawn since. If it still stands, retry.`;
}

async function notYet(
  context: Context,
  row: LeasedRow,
  request: StoredRequest,
  pauses: Pauses,
): Promise<Turn> {
  const read = await harnessOf(context, request).readExecution(request.content.execution);
  if (read.kind === 'ok' && read.value?.final)
    return {
      end: { kind: 'done' },
      change: {
        state: 'closed',
        detail: `The run ended (${read.value.status}) before Harness could be told.`,
      },
      harness: { status: runOutcome(read.value.status), runEnded: read.value.status },
      event: 'closed',
    };
  if (pauses.now - request.createdAt < context.settings.notYetGraceMs)
    return later(
      pauses,
      NOT_YET_MS[Math.min(row.attempts, NOT_YET_MS.length) - 1] ?? LONG_NOT_YET_MS,
      'Harness does not show the gate yet',
      'Harness has not reached the gate yet.',
    );
  return later(
    pauses,
    LONG_NOT_YET_MS,
    'Harness shows no gate',
    'Harness shows no gate that waits for this run. Look at the step in Harness.',
  );
}
