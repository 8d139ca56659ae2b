import {
  type ApprovalRequest,
  type Decision,
  type GateCandidate,
  type HarnessView,
  type RequestContent,
  type RequestProblem,
  type RequestStatus,
  UNCONFIRMED,
} from '../approval/request.ts';
import { queryOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import { countNewRequest, recount } from './request-totals.ts';
import { insertVersion } from './request-versions.ts';
import type { NewRow, Row } from './schema.ts';
import { refreshSlots } from './slot-states.ts';

/** What was posted, as far as it is looked at again. */
export interface Posted {
  approvalPolicy: { id: number } | { slug: string } | null;
  mayChoosePolicy: boolean;
}

/** A request with what only the use cases need besides the rules. */
export interface StoredRequest extends ApprovalRequest {
  number: number;
  /** Which token opened it (R2, R10). */
  openedBy: string;
  /** The gate that a notification opened it for, by Harness's instance id; '' = a webhook opened it. */
  gate: string;
  postedHash: string;
  amendments: number;
  amendedAt: number | null;
  /** When the pipeline tried to change it after the decision, epoch ms (R10). */
  lateChangeAt: number | null;
  /** Problems an admin has looked at and let pass. */
  released: readonly RequestProblem[];
  /** People who lost their place here for good (R14). */
  revoked: readonly number[];
  /** Places an admin gave to somebody else, in that order; `from` null = a vacant one (R7). `group`: which it was. */
  reassigned: readonly { from: number | null; to: number; group?: string }[];
  /** The policy the webhook named, and whether its token may choose one (R6). */
  posted: Posted;
  /** Who was not asked, and why, as the card says it. */
  notAsked: readonly { who: string; why: string }[];
  /** Where what follows goes on in its trace; null where traces are off. */
  traceparent: string | null;
}

export function toRequest(row: Row<'approval_requests'>): StoredRequest {
  return {
    id: row.id,
    number: row.number,
    organizationId: row.organization_id,
    openedBy: row.opened_by,
    gate: row.gate,
    generation: row.generation,
    status: row.status,
    problem: row.problem ? { kind: row.problem as RequestProblem, detail: row.problem_detail ?? '' } : null,
    content: fromJson<RequestContent>(row.content),
    contentVersion: row.content_version,
    contentHash: row.content_hash,
    postedHash: row.posted_hash,
    amendments: row.amendments,
    amendedAt: row.amended_at,
    lateChangeAt: row.late_change_at,
    released: fromJson(row.released),
    revoked: fromJson(row.revoked),
    reassigned: fromJson(row.reassigned),
    posted: fromJson(row.posted),
    resolved: row.resolved === 1,
    notAsked: fromJson(row.not_asked),
    traceparent: row.traceparent,
    disallowRequester: row.disallow_requester === 1,
    excludedEmails: fromJson(row.excluded_emails),
    expiresAt: row.expires_at,
    decision: row.decision ? fromJson<Decision>(row.decision) : null,
    closedReason: row.closed_reason,
    harness: toHarnessView(row.harness),
    restoredFrom: row.restored_from,
    revision: row.revision,
    createdAt: row.created_at,
  };
}

/** What rows of earlier versions do not say is as before Harness was asked; their candidates were bare ids. */
function toHarnessView(json: string): HarnessView {
  const stored = fromJson<Partial<HarnessView>>(json);
  const candidates = (stored.candidates ?? []) as readonly (string | GateCandidate)[];
  return {
    ...UNCONFIRMED,
    ...stored,
    candidates: candidates.map((one) =>
      typeof one === 'string' ? { id: one, message: '', waitingSince: null, deadline: null } : one,
    ),
  };
}

export async function requestById(db: Reader, id: string): Promise<StoredRequest | null> {
  const row = await requestOfId.first(db, { id });
  return row ? toRequest(row) : null;
}

const requestOfId = queryOnce((db, { id }: { id: string }) =>
  db.selectFrom('approval_requests').selectAll().where('id', '=', id),
);

/**
 * Locks the request for the rest of the transaction and reads it. First statement of every ruling: on
 * PostgreSQL, reading first left requests stuck for ever (durability.md §1 rule 1).
 */
export async function lockRequest(trx: Trx, id: string): Promise<StoredRequest | null> {
  const row = await lockedRequest.first(trx, { id });
  return row ? toRequest(row) : null;
}

const lockedRequest = queryOnce((db, { id }: { id: string }) =>
  db
    .updateTable('approval_requests')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('id', '=', id)
    .returningAll(),
);

export interface NewRequest {
  id: string;
  organizationId: number;
  openedBy: string;
  generation: number;
  gate: string;
  content: RequestContent;
  contentHash: string;
  posted: Posted;
  postedHash: string;
  disallowRequester: boolean;
  expiresAt: number | null;
  harness: HarnessView;
  /** Where its trace begins; null as a rule. */
  traceparent?: string | null;
}

export async function insertRequest(trx: Trx, request: NewRequest, now: number): Promise<void> {
  const { content } = request;
  await addRequest.all(trx, {
    id: request.id,
    number: await nextId(trx, 'approval_requests'),
    organization_id: request.organizationId,
    opened_by: request.openedBy,
    account: content.execution.account,
    org: content.execution.org,
    project: content.execution.project,
    execution_id: content.execution.planExecutionId,
    callback_id: content.execution.callbackId,
    generation: request.generation,
    gate: request.gate,
    event_id: content.event.id,
    pipeline: content.execution.pipeline,
    approval_policy_id: content.approvalPolicy.id,
    approval_workflow_id: content.workflow.id,
    requester_id: content.requester.personId,
    status: 'WAITING',
    problem: null,
    problem_detail: null,
    posted: toJson(request.posted),
    posted_hash: request.postedHash,
    content: toJson(content),
    content_version: 1,
    content_hash: request.contentHash,
    amended_at: null,
    late_change_at: null,
    disallow_requester: request.disallowRequester ? 1 : 0,
    excluded_emails: '[]',
    expires_at: request.expiresAt,
    decision: null,
    closed_reason: null,
    harness: toJson(request.harness),
    traceparent: request.traceparent ?? null,
    created_at: now,
    updated_at: now,
  });
  await insertVersion(trx, request.organizationId, request.id, 1, content, request.contentHash, [], now);
  await countNewRequest(trx, request.organizationId, content.event.id, now);
}

const addRequest = queryOnce((db, row: NewRow<'approval_requests'>) =>
  db.insertInto('approval_requests').values(row),
);

export interface RequestChange {
  status?: RequestStatus;
  problem?: ApprovalRequest['problem'];
  resolved?: boolean;
  notAsked?: readonly { who: string; why: string }[];
  disallowRequester?: boolean;
  excludedEmails?: readonly string[];
  expiresAt?: number | null;
  decision?: Decision | null;
  closedReason?: string | null;
  harness?: HarnessView;
  postedHash?: string;
  posted?: Posted;
  amendments?: number;
  amendedAt?: number;
  lateChangeAt?: number;
  released?: readonly RequestProblem[];
  revoked?: readonly number[];
  reassigned?: StoredRequest['reassigned'];
}

/**
 * Writes the named members of a locked request; the rest keeps its value. `locked`: the request as it is now, for
 * a change of its status; read anew where it is not given.
 */
export async function changeRequest(
  trx: Trx,
  id: string,
  change: RequestChange,
  now: number,
  locked: StoredRequest | null = null,
): Promise<void> {
  const moved = change.status !== undefined && (await recount(trx, id, change.status, locked));
  const columns: Partial<Row<'approval_requests'>> = {
    updated_at: now,
    ...(change.status !== undefined && { status: change.status }),
    ...(change.problem !== undefined && {
      problem: change.problem?.kind ?? null,
      problem_detail: change.problem?.detail ?? null,
    }),
    ...(change.resolved !== undefined && { resolved: change.resolved ? 1 : 0 }),
    ...(change.notAsked !== undefined && { not_asked: toJson(change.notAsked) }),
    ...(change.disallowRequester !== undefined && {
      disallow_requester: change.disallowRequester ? 1 : 0,
    }),
    ...(change.excludedEmails !== undefined && { excluded_emails: toJson(change.excludedEmails) }),
    ...(change.expiresAt !== undefined && { expires_at: change.expiresAt }),
    ...(change.decision !== undefined && {
      decision: change.decision === null ? null : toJson(change.decision),
      decided_at: change.decision?.how === 'vote' ? change.decision.at : null,
    }),
    ...(change.closedReason !== undefined && { closed_reason: change.closedReason }),
    ...(change.harness !== undefined && { harness: toJson(change.harness) }),
    ...(change.postedHash !== undefined && { posted_hash: change.postedHash }),
    ...(change.posted !== undefined && { posted: toJson(change.posted) }),
    ...(change.amendments !== undefined && { amendments: change.amendments }),
    ...(change.amendedAt !== undefined && { amended_at: change.amendedAt }),
    ...(change.lateChangeAt !== undefined && { late_change_at: change.lateChangeAt }),
    ...(change.released !== undefined && { released: toJson(change.released) }),
    ...(change.revoked !== undefined && { revoked: toJson(change.revoked) }),
    ...(change.reassigned !== undefined && { reassigned: toJson(change.reassigned) }),
  };
  await setRequest.all(trx, { ...columns, id });
  if (moved) refreshSlots(trx, id);
}

const setRequest = queryOnce((db, { id, ...columns }: Partial<Row<'approval_requests'>> & { id: string }) =>
  db.updateTable('approval_requests').set(columns).where('id', '=', id),
);

/** Newest first; `status` narrows. */
export async function listRequests(
  db: Reader,
  organizationId: number,
  options: { status?: RequestStatus; limit: number },
): Promise<StoredRequest[]> {
  let query = db
    .selectFrom('approval_requests')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .orderBy('number', 'desc')
    .limit(options.limit);
  if (options.status) query = query.where('status', '=', options.status);
  return (await query.execute()).map(toRequest);
}
