import type { InputValues } from '../approval/approver-input.ts';
import type { DecisionAction } from '../approval/request.ts';
import type { Submission, SubmissionState } from '../approval/submission.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import type { Row } from './schema.ts';

export async function submissionOf(db: Reader, requestId: string): Promise<Submission | null> {
  const row = await db
    .selectFrom('submissions')
    .selectAll()
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  return row ? toSubmission(row) : null;
}

export function toSubmission(row: Row<'submissions'>): Submission {
  return {
    requestId: row.request_id,
    action: row.action,
    inputs: fromJson(row.inputs),
    comments: row.comments,
    state: row.state,
    posts: row.posts,
    detail: row.detail,
    inputProblems: fromJson(row.input_problems),
    createdAt: row.created_at,
  };
}

/**
 * Owes Harness an outcome: at most one row per request, ever. A second call replaces the first only while no
 * attempt has begun (R15); false = one has, and nothing was changed.
 */
export async function freezeSubmission(
  trx: Trx,
  submission: {
    requestId: string;
    organizationId: number;
    action: DecisionAction;
    inputs: InputValues;
    comments: string;
  },
  now: number,
): Promise<boolean> {
  const frozen = {
    action: submission.action,
    inputs: toJson(submission.inputs),
    comments: submission.comments,
    state: 'queued' as const,
    detail: null,
    updated_at: now,
  };
  const row = await trx
    .insertInto('submissions')
    .values({
      request_id: submission.requestId,
      organization_id: submission.organizationId,
      created_at: now,
      ...frozen,
    })
    .onConflict((oc) => oc.column('request_id').doUpdateSet(frozen).where('submissions.posts', '=', 0))
    .returning('request_id')
    .executeTakeFirst();
  return row !== undefined;
}

export interface SubmissionChange {
  state?: SubmissionState;
  detail?: string | null;
  /** Counts one more POST, before it is made. */
  beginPost?: true;
  inputProblems?: Readonly<Record<string, string>>;
  /** Only from needs_input, by a person (R20). */
  inputs?: InputValues;
  comments?: string;
}

export async function changeSubmission(
  trx: Trx,
  requestId: string,
  change: SubmissionChange,
  now: number,
): Promise<void> {
  await trx
    .updateTable('submissions')
    .set((eb) => ({
      updated_at: now,
      ...(change.state !== undefined && { state: change.state }),
      ...(change.detail !== undefined && { detail: change.detail }),
      ...(change.beginPost && { posts: eb('posts', '+', 1) }),
      ...(change.inputProblems !== undefined && { input_problems: toJson(change.inputProblems) }),
      ...(change.inputs !== undefined && {
        inputs: toJson(change.inputs),
        revision: eb('revision', '+', 1),
      }),
      ...(change.comments !== undefined && { comments: change.comments }),
    }))
    .where('request_id', '=', requestId)
    .execute();
}

/** Drops a submission that no attempt has begun for; false = one has. */
export async function withdrawSubmission(trx: Trx, requestId: string): Promise<boolean> {
  const submission = await submissionOf(trx, requestId);
  if (!submission) return true;
  if (submission.posts > 0) return false;
  await trx.deleteFrom('submissions').where('request_id', '=', requestId).execute();
  return true;
}
