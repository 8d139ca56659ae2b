import { type HarnessView, shortHash } from '../../approval/request.ts';
import {
  deliveryMarker,
  type HarnessInstance,
  reconcile,
  type Submission,
  type SubmissionState,
} from '../../approval/submission.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import type { Finish, LeasedRow } from '../../store/outbox-claims.ts';
import type { SubmissionChange } from '../../store/submissions.ts';
import { decidedHow, deciderOf } from '../gates/harness-facts.ts';
import type { HarnessTrouble, SubmitAnswer } from '../harness-ports.ts';
import { isLongOwed } from '../long-owed.ts';

/** What one look at Harness, or one attempt to tell it, came to. */
export interface Turn {
  end: Finish;
  change: SubmissionChange;
  harness: Partial<HarnessView>;
  /** For log and audit; null = nothing worth a line. */
  event: SubmissionState | null;
}

/** When to try again: the wait in ms for the n-th failure in a row. */
export interface Pauses {
  /** 1·2ⁿ s, full jitter, at most 60 s (harness.md §5). */
  backOff(attempt: number): number;
  now: number;
}

/** How often a paused connection is looked at, should nobody say that it goes on. */
const PAUSED_LOOK_MS = 60_000;
/** How often a partial delivery is looked at. */
const PARTIAL_EVERY_MS = 60_000;

/** What Harness holds, if it settles the debt; null when the gate still waits for us. */
export function settledBy(
  request: StoredRequest,
  submission: Submission,
  instance: HarnessInstance,
  pauses: Pauses,
): Turn | null {
  const found = reconcile(instance, { action: submission.action, marker: markerOf(request, submission) });
  if (found.kind === 'owed') return null;
  const harness = {
    instanceId: instance.id,
    status: instance.status,
    deadline: instance.deadline,
    decidedBy: deciderOf(instance),
    decidedHow: decidedHow(instance),
  };
  const settled = (state: SubmissionState, detail: string | null): Turn => ({
    end: { kind: 'done' },
    change: { state, detail },
    harness,
    event: state,
  });
  switch (found.kind) {
    case 'partial':
      return {
        end: {
          kind: 'retry',
          at: pauses.now + PARTIAL_EVERY_MS,
          error: 'Harness wants more approvals',
          countsAsAttempt: false,
        },
        change: {
          state: 'partial',
          detail: `Harness took it and wants ${found.missing} more: the step's minimumCount is above 1. Set it to 1, or approve in Harness as well.`,
        },
        harness,
        event: submission.state === 'partial' ? null : 'partial',
      };
    case 'conflict':
      return settled('conflict', `Decided otherwise in Harness by ${found.by}.`);
    case 'closed':
      return settled('closed', `The gate was ${found.status.toLowerCase()} before Harness could be told.`);
    default:
      return settled(found.kind, null);
  }
}

/**
 * Where Harness recorded our decision on another gate than the bound one: it knows which gate the callback id is, and
 * older servers do not tell when they are asked for it (harness.md §2.1). null = on none of these.
 */
export function settledElsewhere(
  request: StoredRequest,
  submission: Submission,
  instances: readonly HarnessInstance[],
  pauses: Pauses,
): Turn | null {
  const marker = markerOf(request, submission);
  const other = instances.find(
    ({ id, activities }) =>
      id !== request.harness.instanceId &&
      activities.some(({ action, comments }) => action === submission.action && comments.includes(marker)),
  );
  const turn = other && settledBy(request, submission, other, pauses);
  // What is known of the other gate's place in the run is not of this one.
  return turn ? { ...turn, harness: { ...turn.harness, gate: null } } : null;
}

/** The proof of delivery is what was sent (R19): the content may have been filled in or confirmed since. */
function markerOf(request: StoredRequest, submission: Submission): string {
  const sent = /^\[Countersign (\S+ \S+)\]/.exec(submission.comments)?.[1];
  return sent?.startsWith(`${request.id} `)
    ? sent
    : deliveryMarker(request.id, shortHash(request.contentHash));
}

/** An end that needs a person; the card says why and offers a retry. */
export function stopped(state: 'dead' | 'ambiguous', detail: string): Turn {
  return { end: { kind: 'done' }, change: { state, detail }, harness: {}, event: state };
}

/** Try again later; `detail` is shown on the card, null leaves the card as it is. */
export function later(pauses: Pauses, waitMs: number, error: string, detail: string | null = null): Turn {
  return {
    end: { kind: 'retry', at: pauses.now + waitMs, error },
    change: detail === null ? {} : { detail },
    harness: {},
    event: null,
  };
}

/**
 * A day after it fell due nothing is tried once more. Asked about what just failed: whoever slept for a day still tells a
 * Harness that answers, or that asks to wait.
 */
export function orGiveUp(turn: Turn, row: LeasedRow, { now }: Pauses): Turn {
  const { end } = turn;
  if (end.kind !== 'retry' || end.countsAsAttempt === false || !isLongOwed(row, now)) return turn;
  return stopped('dead', 'Harness could not be told for 24 hours. Look at the gate in Harness, then retry.');
}

/** Trouble of any call, by the table of harness.md §5. */
export function afterTrouble(trouble: HarnessTrouble, attempt: number, pauses: Pauses): Turn {
  if (trouble.kind === 'permanent') return stopped('dead', trouble.message);
  if (trouble.kind === 'paused') {
    // Nobody's failure: it goes on at once when the connection does.
    const turn = later(pauses, PAUSED_LOOK_MS, trouble.detail, trouble.detail);
    return { ...turn, end: { ...turn.end, countsAsAttempt: false } as Finish };
  }
  if (trouble.kind === 'throttled') {
    const turn = later(pauses, trouble.retryAfterMs, 'Harness asks us to wait', 'Harness asks us to wait.');
    return { ...turn, end: { ...turn.end, countsAsAttempt: false } as Finish };
  }
  return later(pauses, pauses.backOff(attempt), trouble.detail, 'Harness cannot be reached; trying again.');
}

/** The answer to a POST that settles nothing by itself. `accepted` and `ambiguous` are the caller's. */
export function afterPost(
  answer: Exclude<SubmitAnswer, { kind: 'accepted' | 'ambiguous' }>,
  attempt: number,
  pauses: Pauses,
): Turn {
  switch (answer.kind) {
    case 'expired':
      // Past its deadline nobody decides it any more, though Harness may list it as waiting for a while.
      return {
        end: { kind: 'done' },
        change: { state: 'closed', detail: 'The gate was expired before Harness could be told.' },
        harness: { status: 'EXPIRED' },
        event: 'closed',
      };
    case 'not_waiting':
      // The next look tells which: decided, expired, or gone.
      return later(pauses, Math.min(1_000, pauses.backOff(attempt)), 'Harness says the gate no longer waits');
    case 'reconcile':
      return later(pauses, pauses.backOff(attempt), answer.detail, 'Harness gave no clear answer; checking.');
    case 'transient':
      return later(pauses, pauses.backOff(attempt), answer.detail, answer.detail);
    case 'inputs':
      return {
        end: { kind: 'done' },
        change: { state: 'needs_input', detail: inputsDetail(answer), inputProblems: answer.problems },
        harness: {},
        event: 'needs_input',
      };
    default:
      return afterTrouble(answer, attempt, pauses);
  }
}

function inputsDetail(answer: { problems: Readonly<Record<string, string>>; message: string }): string {
  const named = Object.entries(answer.problems).map(([name, problem]) => `${name}: ${problem}`);
  return named.length > 0 ? named.join('; ') : answer.message;
}
