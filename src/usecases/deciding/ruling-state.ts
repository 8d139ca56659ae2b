import type { RulingState } from '../../approval/decide.ts';
import type { Submission } from '../../approval/submission.ts';
import { requestById, type StoredRequest } from '../../store/approval-requests.ts';
import type { Reader } from '../../store/database.ts';
import { peopleById } from '../../store/people.ts';
import { slotsOf } from '../../store/slots.ts';
import { submissionOf } from '../../store/submissions.ts';
import { votesOf } from '../../store/votes.ts';

export type StoredRulingState = RulingState & { request: StoredRequest; submission: Submission | null };

/**
 * Everything a ruling looks at. Read it in the transaction that holds the lock on the request; `locked` is the request
 * as the lock gave it.
 */
export async function readRulingState(
  db: Reader,
  requestId: string,
  locked?: StoredRequest,
): Promise<StoredRulingState | null> {
  const request = locked ?? (await requestById(db, requestId));
  if (!request) return null;
  const slots = await slotsOf(db, requestId);
  const votes = await votesOf(db, requestId);
  const submission = await submissionOf(db, requestId);
  const people = await peopleById(db, [
    ...slots.flatMap((slot) => slot.personId ?? []),
    ...votes.map((vote) => vote.personId),
  ]);
  return { request, slots, votes, people, submission, sendingStarted: (submission?.posts ?? 0) > 0 };
}
