import type { InputValues } from '../approval/approver-input.ts';
import type { DecisionAction } from '../approval/request.ts';
import type { Submission, SubmissionState } from '../approval/submission.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import type { Row } from './schema.ts';

export async function submissionOf(db: Reader, requestId: string): Promise<Submission | null> {
  const row = await submissionOfRequest.first(db, { requestId });
  return row ? toSubmission(row) : null;
}

const submissionOfRequest = queryOnce((db, { requestId }: { requestId: string }) =>
  db.selectFrom('submissions').selectAll().where('request_id', '=', requestId),
);

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
  const row = await freeze.first(trx, {
    request_id: submission.requestId,
    organization_id: submission.organizationId,
    created_at: now,
    action: submission.action,
    inputs: toJson(submission.inputs),
    comments: submission.comments,
    updated_at: now,
  });
  return row !== undefined;
}

type Frozen = Pick<Row<'submissions'>, 'action' | 'inputs' | 'comments' | 'updated_at'>;
type NewSubmission = Pick<Row<'submissions'>, 'request_id' | 'organization_id' | 'created_at'> & Frozen;

const freeze = queryOnce((db, { request_id, organization_id, created_at, ...given }: NewSubmission) => {
  const frozen = { ...given, state: 'queued' as const, detail: null };
  return db
    .insertInto('submissions')
    .values({ request_id, organization_id, created_at, ...frozen })
    .onConflict((oc) => oc.column('request_id').doUpdateSet(frozen).where('submissions.posts', '=', 0))
    .returning('request_id');
});

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
  const columns: Partial<Row<'submissions'>> = {
    updated_at: now,
    ...(change.state !== undefined && { state: change.state }),
    ...(change.detail !== undefined && { detail: change.detail }),
    ...(change.inputProblems !== undefined && { input_problems: toJson(change.inputProblems) }),
    ...(change.inputs !== undefined && { inputs: toJson(change.inputs) }),
    ...(change.comments !== undefined && { comments: change.comments }),
  };
  await setSubmission.all(trx, {
    ...columns,
    ...{ request_id: requestId, newPosts: change.beginPost ? 1 : 0, newRevisions: change.inputs ? 1 : 0 },
  });
}

type SubmissionColumns = Partial<Row<'submissions'>> & { newPosts: number; newRevisions: number };

const setSubmission = queryOnce(
  (db, { request_id, newPosts, newRevisions, ...columns }: SubmissionColumns & { request_id: string }) =>
    db
      .updateTable('submissions')
      .set((eb) => ({
        ...columns,
        posts: eb('posts', '+', newPosts),
        revision: eb('revision', '+', newRevisions),
      }))
      .where('request_id', '=', request_id),
);

/** Drops a submission that no attempt has begun for; false = one has. */
export async function withdrawSubmission(trx: Trx, requestId: string): Promise<boolean> {
  const submission = await submissionOf(trx, requestId);
  if (!submission) return true;
  if (submission.posts > 0) return false;
  await trx.deleteFrom('submissions').where('request_id', '=', requestId).execute();
  return true;
}
