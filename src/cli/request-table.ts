import type { App } from '../app.ts';
import type { RequestProblem, RequestStatus } from '../approval/request.ts';
import type { SubmissionState } from '../approval/submission.ts';
import { listRequests, type StoredRequest } from '../store/approval-requests.ts';
import { peopleById } from '../store/people.ts';
import { submissionOf } from '../store/submissions.ts';
import { cell, duration, table } from './plain-table.ts';

/** What keeps a request waiting, in a few words. */
export const PROBLEM_WORDS: Readonly<Record<RequestProblem, string>> = {
  no_approver: 'nobody can approve',
  vacant_slot: 'a place has nobody',
  requester_differs: 'who asked is disputed',
  unverified_requester: 'who asked is unknown',
  no_workflow: 'no workflow',
  pipeline_not_listed: 'pipeline not listed',
  missing_input: 'an input is missing',
  amended_too_often: 'changed too often',
  ambiguous_instance: 'several gates could be meant',
};

/** Where telling Harness stopped and needs somebody. */
const STOPPED: Partial<Record<SubmissionState, string>> = {
  dead: 'not delivered to Harness',
  ambiguous: 'several gates could be meant',
  needs_input: 'Harness refused the inputs',
  conflict: 'Harness holds another outcome',
};

/** The newest requests as a table, one line each. */
export async function requestTable(
  { context, organizationId }: App,
  options: { status: RequestStatus | null; limit: number },
): Promise<string[]> {
  const { db, clock } = context;
  const requests = await listRequests(db, organizationId, {
    limit: options.limit,
    ...(options.status && { status: options.status }),
  });
  if (requests.length === 0)
    return [options.status ? `No request is ${options.status}.` : 'No requests yet.'];
  const people = await peopleById(
    db,
    requests.flatMap((request) => request.content.requester.personId ?? []),
  );
  const rows = [['ID', 'STATUS', 'WHAT', 'WHERE', 'ASKED BY', 'AGE', 'TROUBLE']];
  for (const request of requests) {
    const { content } = request;
    const { personId, email } = content.requester;
    const name = personId === null ? null : people.get(personId)?.name;
    rows.push([
      request.id,
      request.status,
      cell(content.event.name, 28),
      cell(`${content.execution.project} / ${content.execution.pipeline}`, 36),
      cell(name || request.harness.triggeredBy || email || 'unknown', 24),
      duration(clock.now() - request.createdAt),
      await troubleOf(context.db, request),
    ]);
  }
  return table(rows);
}

async function troubleOf(db: App['context']['db'], request: StoredRequest): Promise<string> {
  if (request.problem) return PROBLEM_WORDS[request.problem.kind];
  const submission = await submissionOf(db, request.id);
  return (submission && STOPPED[submission.state]) ?? '';
}
