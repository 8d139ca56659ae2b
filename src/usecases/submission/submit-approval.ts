import type { HarnessView } from '../../approval/request.ts';
import type { HarnessInstance } from '../../approval/submission.ts';
import { SETTLED_SUBMISSIONS, type Submission } from '../../approval/submission.ts';
import {
  changeRequest,
  lockRequest,
  requestById,
  type StoredRequest,
} from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/cards.ts';
import type { Trx } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { finish, holdLease, type LeasedRow } from '../../store/outbox-claims.ts';
import { changeSubmission, submissionOf } from '../../store/submissions.ts';
import { harnessOf } from '../connections/harness-of.ts';
import { afterCommit, type Context, commit } from '../context.ts';
import { goneChoice } from '../gates/choose-gate.ts';
import { candidatesOf, runOutcome } from '../gates/harness-facts.ts';
import { lookAtGate } from '../gates/harness-gate.ts';
import { tellAdmins } from '../notices/tell-admins.ts';
import { openerBarred } from '../opening/token-scope.ts';
import {
  afterPost,
  afterTrouble,
  later,
  type Pauses,
  settledBy,
  settledElsewhere,
  stopped,
  type Turn,
} from './submission-turn.ts';

/** More POSTs than this would only annoy Harness (harness.md §5). */
const MOST_POSTS = 6;
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000;
const POST_LEASE_MS = 60_000;
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

function isOwed(submission: Submission): boolean {
  return !SETTLED_SUBMISSIONS.includes(submission.state) && !isStopped(submission);
}

/** It needs a person before anything more is sent. */
export function isStopped({ state }: Pick<Submission, 'state'>): boolean {
  return state === 'needs_input' || state === 'ambiguous' || state === 'dead';
}

/**
 * Whether the POST counted last is still to be made: a person asked for another, Harness let none through, or the
 * worker died with it and the look since has shown no trace.
 */
function isPostLeft(submission: Submission, row: LeasedRow): boolean {
  return submission.posts > 0 && (submission.state === 'queued' || row.crashes > 1);
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
  return post(context, row, request, submission, instance, pauses);
}

/**
 * A day after it fell due nothing is tried once more. Asked about what just failed: whoever slept for a day, as a bot
 * whose machine was off, still tells a Harness that answers, or that asks to wait.
 */
function orGiveUp(turn: Turn, row: LeasedRow, { now }: Pauses): Turn {
  const { end } = turn;
  if (end.kind !== 'retry' || end.countsAsAttempt === false || now - row.firstDueAt <= GIVE_UP_AFTER_MS)
    return turn;
  return stopped('dead', 'Harness could not be told for 24 hours. Look at the gate in Harness, then retry.');
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

/** A gate that an admin chose is known by its id alone: whatever the callback id says was not enough. */
function byCallbackId({ content, harness }: StoredRequest): boolean {
  return content.execution.callbackId !== '' && !harness.chosen;
}

/** One POST, written down before it is made, so that a crash in between is an unknown outcome and not a lost one. */
async function post(
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

const ALARMS: ReadonlySet<string> = new Set([
  'conflict',
  'dead',
  'ambiguous',
  'needs_input',
  'closed',
  'partial',
]);

/** Writes down what a look at Harness or an attempt to tell it came to, in the transaction that ends the claim. */
export async function writeTurn(context: Context, trx: Trx, requestId: string, turn: Turn): Promise<void> {
  const now = context.clock.now();
  const request = (await lockRequest(trx, requestId))!;
  const before = await submissionOf(trx, requestId);
  if (Object.keys(turn.change).length > 0) await changeSubmission(trx, requestId, turn.change, now);
  await writeHarness(trx, request, turn.harness, now);
  if (turn.change.state && isStopped({ state: turn.change.state }))
    // Until somebody acts, Harness may still settle it by itself.
    await owe(
      trx,
      {
        kind: 'check_harness',
        subjectId: requestId,
        organizationId: request.organizationId,
        runAt: now + context.settings.checkEveryMs,
      },
      now,
    );
  const visible =
    turn.event !== null || (turn.change.detail !== undefined && turn.change.detail !== before?.detail);
  if (visible) await oweAllCards(trx, request.organizationId, requestId, now);
  if (turn.event === null) return;
  if (ALARMS.has(turn.event)) await tellAdmins(context, trx, request);
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'harness' },
    action: `submission_${turn.event}`,
    subjectType: 'approval_request',
    subjectId: requestId,
    detail: { detail: turn.change.detail ?? null },
  });
  const { event } = turn;
  afterCommit(trx, () => context.observe.submission(event));
}

/** Harness's word is the request's status as soon as it is known (R21); our decision stays beside it. */
async function writeHarness(
  trx: Trx,
  request: StoredRequest,
  harness: Partial<HarnessView>,
  now: number,
): Promise<void> {
  if (Object.keys(harness).length === 0) return;
  const next = { ...request.harness, ...harness };
  const status = next.status !== null && next.status !== 'WAITING' ? { status: next.status } : {};
  await changeRequest(trx, request.id, { harness: next, ...status }, now);
}
