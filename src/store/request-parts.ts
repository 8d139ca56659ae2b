import type { Vote } from '../approval/requirement.ts';
import type { Submission } from '../approval/submission.ts';
import { type StoredCard, toCard } from './cards.ts';
import type { Reader } from './database.ts';
import { toSubmission } from './submissions.ts';
import { toVote } from './votes.ts';

/** Every vote ever cast on these requests, oldest first. */
export async function votesOfRequests(
  db: Reader,
  requestIds: readonly string[],
): Promise<(Vote & { requestId: string })[]> {
  const rows = await db
    .selectFrom('votes')
    .selectAll()
    .where('request_id', 'in', requestIds)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ requestId: row.request_id, ...toVote(row) }));
}

/** The cards of these requests, oldest first. */
export async function cardsOfRequests(db: Reader, requestIds: readonly string[]): Promise<StoredCard[]> {
  const rows = await db
    .selectFrom('cards')
    .selectAll()
    .where('request_id', 'in', requestIds)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(toCard);
}

/** What is owed to Harness for these requests, by request. */
export async function submissionsOfRequests(
  db: Reader,
  requestIds: readonly string[],
): Promise<Map<string, Submission>> {
  const rows = await db.selectFrom('submissions').selectAll().where('request_id', 'in', requestIds).execute();
  return new Map(rows.map((row) => [row.request_id, toSubmission(row)]));
}
