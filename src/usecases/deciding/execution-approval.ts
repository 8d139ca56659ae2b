import { exclusionOf } from '../../approval/authorize.ts';
import type { Person } from '../../approval/person.ts';
import { type RequestStatus, requirementOf } from '../../approval/request.ts';
import { countingVotes, decidingVotes, tally, type Vote } from '../../approval/requirement.ts';
import type { Submission } from '../../approval/submission.ts';
import { type ExecutionKey, requestsOfExecution } from '../../store/execution-requests.ts';
import { type ListedRequest, visibleRequests } from '../../store/list-requests.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import { seenBy } from '../requests/seen-by.ts';
import { readRulingState } from './ruling-state.ts';

export type { ExecutionKey };

/** A request as the one who votes from outside reads it. */
export interface ExecutionApproval {
  request: ListedRequest;
  /** How many votes it takes, and those that count now or that decided it. */
  needed: number;
  votes: readonly Vote[];
  people: ReadonlyMap<number, Person>;
  /** How far telling Harness has come; null before there is anything to tell. */
  delivery: Submission['state'] | null;
}

/** As of now; null when there is no such request. */
export async function readExecutionApproval(
  { db }: Pick<Context, 'db'>,
  request: ListedRequest,
): Promise<ExecutionApproval> {
  const { slots, votes, people, submission } = (await readRulingState(db, request.id, request))!;
  const { contentVersion } = request;
  const counting = request.decision
    ? decidingVotes({ votes, slots, contentVersion })
    : countingVotes({ votes, slots, contentVersion, people, exclusion: exclusionOf(request) });
  const { needed } = tally(requirementOf(request), slots, counting);
  return { request, needed, votes: counting, people, delivery: submission?.state ?? null };
}

/** How many requests of one run are listed. */
const MOST_LISTED = 50;

/** The requests of one run that this principal may see, the newest first (R26). `status` null = of all. */
export async function listExecution(
  context: Context,
  principal: Principal,
  key: ExecutionKey,
  status: RequestStatus | null,
): Promise<ExecutionApproval[]> {
  const { db } = context;
  const { organizationId } = principal;
  const found = await requestsOfExecution(db, organizationId, key, { status, limit: MOST_LISTED });
  const ids = found.map(({ id }) => id);
  const visible = await visibleRequests(db, organizationId, await seenBy(db, principal), ids);
  const seen = new Set(visible.map(({ id }) => id));
  const approvals: ExecutionApproval[] = [];
  for (const request of found)
    if (seen.has(request.id)) approvals.push(await readExecutionApproval(context, request));
  return approvals;
}

/** Whether the run belongs to another account than the one that was named; false for a run nobody knows. */
export async function isOfOtherAccount(
  { db }: Pick<Context, 'db'>,
  { organizationId }: Principal,
  key: ExecutionKey,
): Promise<boolean> {
  if (key.account === null) return false;
  const narrowed = { status: null, limit: 1 };
  const [own] = await requestsOfExecution(db, organizationId, { ...key, callbackId: null }, narrowed);
  if (own) return false;
  const any = { ...key, account: null, callbackId: null };
  return (await requestsOfExecution(db, organizationId, any, narrowed)).length > 0;
}
