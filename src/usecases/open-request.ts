import type { ApproverInput } from '../approval/approver-input.ts';
import {
  type Execution,
  type Fact,
  FINAL_STATUSES,
  type RequestContent,
  type RequestLink,
  type RequestStatus,
  UNCONFIRMED,
} from '../approval/request.ts';
import type { ApprovalWorkflow } from '../approval/workflow.ts';
import {
  type ApprovalPolicy,
  assignedPolicy,
  defaultPolicy,
  policyByIdOrSlug,
} from '../store/approval-policies.ts';
import {
  changeRequest,
  insertRequest,
  latestRequestOf,
  type StoredRequest,
} from '../store/approval-requests.ts';
import { workflowFor } from '../store/approval-workflows.ts';
import { writeAudit } from '../store/audit.ts';
import { oweAllCards } from '../store/cards.ts';
import type { Reader, Trx } from '../store/database.ts';
import { eventByIdOrSlug, pipelinesOfEvent, type WorkflowEvent } from '../store/events.ts';
import { owe } from '../store/outbox.ts';
import { peopleById, personByEmail } from '../store/people.ts';
import { tokenById } from '../store/tokens.ts';
import { rememberWebhook, webhookSeen } from '../store/webhook-messages.ts';
import { amendRequest } from './amend-request.ts';
import { type Context, commit } from './context.ts';
import { findNewGate } from './harness-gate.ts';
import { listsPipeline } from './listed-pipelines.ts';
import { outsideScope } from './token-scope.ts';

/** What a pipeline posted, checked and in our words. `null` lists mean: not said. */
export interface PostedRequest {
  eventIdOrSlug: string;
  execution: Execution;
  triggeredByEmail: string | null;
  message: string;
  approvalPolicy: { id: number } | { slug: string } | null;
  inputs: readonly ApproverInput[] | null;
  facts: readonly Fact[];
  links: readonly RequestLink[];
  disallowRequester: boolean;
  /** An epoch ms, or ms after the webhook's arrival; null = none. */
  expiry: { at: number } | { afterMs: number } | null;
}

/** The token that opens requests, and what it may (R1). */
export interface OpeningToken {
  /** null for the bootstrap WEBHOOK_TOKEN, which serves any event and pipeline. */
  id: number | null;
  /** Its name; kept with every request it opens. */
  name: string;
  organizationId: number;
  mayChoosePolicy: boolean;
}

/** Standard Webhooks' webhook-id with the hash of the body it came with (R26). */
export interface WebhookMessage {
  id: string;
  bodyHash: string;
}

export type Opened =
  | { kind: 'opened' | 'repeated' | 'amended'; id: string; status: RequestStatus }
  | { kind: 'refused'; reason: OpenRefusal; message: string };

export type OpenRefusal =
  | 'unknown_event'
  | 'pipeline_not_listed'
  | 'outside_scope'
  | 'policy_not_permitted'
  | 'unknown_policy'
  | 'no_workflow'
  | 'no_approver'
  | 'conflict'
  | 'expired_already';

/**
 * Opens the approval request a pipeline asks for, or recognises it as a repeat or an amendment (R1, R2, R6, R7, R9,
 * R10). When it returns `opened`, the request and what it owes are committed.
 */
export async function openRequest(
  context: Context,
  token: OpeningToken,
  posted: PostedRequest,
  message: WebhookMessage | null,
): Promise<Opened> {
  const { db, clock } = context;
  const before = await latestRequestOf(db, token.organizationId, posted.execution);
  // Only Harness can tell a new round of a finished gate from a repeated post; asked before any transaction.
  const newGate =
    before && FINAL_STATUSES.includes(before.status) ? await findNewGate(context, before) : null;
  return commit(context, async (trx): Promise<Opened> => {
    const now = clock.now();
    if (message) {
      const seen = await webhookSeen(trx, token, message.id);
      if (seen && seen.bodyHash !== message.bodyHash)
        return refuse('conflict', `webhook-id ${message.id} was already used with another body.`);
    }
    const event = await findEvent(trx, token, posted);
    if ('kind' in event) return event;
    const postedHash = hashOfPosted(context, event, posted);
    const latest = await latestRequestOf(trx, token.organizationId, posted.execution);
    const arrival = { token, posted, event, postedHash, now };
    const isLive =
      latest !== null && (latest.status === 'WAITING' || newGate === null || latest.id !== before?.id);
    const opened = isLive
      ? await meetAgain(context, trx, { ...arrival, latest })
      : await openNew(context, trx, { ...arrival, generation: (latest?.generation ?? 0) + 1, gate: newGate });
    if (message && opened.kind !== 'refused') await rememberWebhook(trx, token, message, opened.id, now);
    return opened;
  });
}

function refuse(reason: OpenRefusal, message: string): Opened & { kind: 'refused' } {
  return { kind: 'refused', reason, message };
}

async function findEvent(
  db: Reader,
  token: OpeningToken,
  posted: PostedRequest,
): Promise<ListedEvent | (Opened & { kind: 'refused' })> {
  const event = await eventByIdOrSlug(db, token.organizationId, posted.eventIdOrSlug);
  if (!event)
    return refuse(
      'unknown_event',
      `There is no event “${posted.eventIdOrSlug}”. Create it, or correct the webhook's address.`,
    );
  const outside = await scopeRefusal(db, token, event, posted.execution);
  if (outside !== null) return refuse('outside_scope', outside);
  const pipelines = await pipelinesOfEvent(db, event.id);
  const { execution } = posted;
  if (pipelines.length > 0 && !listsPipeline(pipelines, execution))
    return refuse(
      'pipeline_not_listed',
      `The event “${event.name}” does not list the pipeline ${execution.pipeline} of ${execution.org}/${execution.project}. Add it to the event's pipelines.`,
    );
  return { ...event, listsPipelines: pipelines.length > 0 };
}

/** The token's scope as it is now, not as it was when the webhook was let in (R1, R14). */
async function scopeRefusal(
  db: Reader,
  token: OpeningToken,
  event: WorkflowEvent,
  execution: Execution,
): Promise<string | null> {
  if (token.id === null) return null;
  const current = await tokenById(db, token.organizationId, token.id);
  return current ? outsideScope(current, event, execution) : 'This token is no longer known here.';
}

type ListedEvent = WorkflowEvent & { listsPipelines: boolean };

/** Everything the pipeline said but the expiry, which is no part of what is approved (R9). */
function hashOfPosted(context: Context, event: WorkflowEvent, posted: PostedRequest): string {
  const { expiry: _, eventIdOrSlug: __, ...said } = posted;
  return context.hash({ ...said, event: event.id });
}

interface Found {
  policy: ApprovalPolicy;
  workflow: ApprovalWorkflow;
}

async function findWorkflow(
  db: Reader,
  token: OpeningToken,
  event: ListedEvent,
  posted: PostedRequest,
): Promise<Found | (Opened & { kind: 'refused' })> {
  const policy = await choosePolicy(db, token, posted);
  if ('kind' in policy) return policy;
  const workflow = await workflowFor(db, policy.id, event.id);
  if (!workflow)
    return refuse(
      'no_workflow',
      `The approval policy “${policy.name}” has no workflow for the event “${event.name}”. Nothing is approved by default: create the workflow.`,
    );
  if (workflow.requirement === 'none' && !event.listsPipelines)
    return refuse(
      'pipeline_not_listed',
      `The workflow for “${event.name}” requires no approval, so the event must list the pipelines it may approve. Add them.`,
    );
  if (workflow.requirement !== 'none' && !(await couldAskSomebody(db, workflow)))
    return refuse(
      'no_approver',
      `Nobody in the workflow for “${event.name}” can approve: every approver is deactivated or missing. Add an approver.`,
    );
  return { policy, workflow };
}

/** R6: the requester's assignment, else the token's permitted choice, else the default. */
async function choosePolicy(
  db: Reader,
  token: OpeningToken,
  posted: PostedRequest,
): Promise<ApprovalPolicy | (Opened & { kind: 'refused' })> {
  const requester = posted.triggeredByEmail
    ? await personByEmail(db, token.organizationId, posted.triggeredByEmail)
    : null;
  const assigned = requester ? await assignedPolicy(db, requester.id) : null;
  const usual = assigned ?? (await defaultPolicy(db, token.organizationId));
  if (posted.approvalPolicy !== null) {
    const named = posted.approvalPolicy;
    const wanted = await policyByIdOrSlug(
      db,
      token.organizationId,
      'id' in named ? String(named.id) : named.slug,
    );
    if (!wanted)
      return refuse(
        'unknown_policy',
        'There is no such approval policy. Correct approvalPolicy, or leave it out.',
      );
    if (wanted.id !== usual?.id && !token.mayChoosePolicy)
      return refuse(
        'policy_not_permitted',
        'This token may not choose an approval policy. Leave approvalPolicy out.',
      );
    if (!assigned) return wanted;
  }
  return (
    usual ??
    refuse('no_workflow', 'There is no default approval policy. Create one, or assign one to the requester.')
  );
}

/** R7: nobody at all, known before the 202, is an error the pipeline sees. */
async function couldAskSomebody(db: Reader, workflow: ApprovalWorkflow): Promise<boolean> {
  if (workflow.dynamicApproverIds.length > 0) return true;
  const people = await peopleById(db, [...workflow.approverIds, ...workflow.fallbackApproverIds]);
  return [...people.values()].some((person) => person.standing === 'member');
}

function contentOf(
  posted: PostedRequest,
  event: WorkflowEvent,
  chosen: Pick<RequestContent, 'approvalPolicy' | 'workflow'>,
): RequestContent {
  return {
    event: { id: event.id, name: event.name },
    approvalPolicy: chosen.approvalPolicy,
    workflow: chosen.workflow,
    execution: posted.execution,
    requester: { personId: null, email: posted.triggeredByEmail ?? '', verified: false },
    message: posted.message,
    facts: posted.facts,
    links: posted.links,
    inputs: posted.inputs ?? [],
    offered: {},
  };
}

interface Arrival {
  token: OpeningToken;
  posted: PostedRequest;
  event: ListedEvent;
  postedHash: string;
  now: number;
}

/** The key is known: a repeat, an amendment, or a conflict (R2, R10). */
async function meetAgain(
  context: Context,
  trx: Trx,
  arrival: Arrival & { latest: StoredRequest },
): Promise<Opened> {
  const { latest, token, event, posted, postedHash, now } = arrival;
  if (latest.openedBy !== token.name)
    return refuse(
      'conflict',
      'This execution and callback id already belong to a request that another token opened.',
    );
  if (latest.content.event.id !== event.id)
    return refuse(
      'conflict',
      `This execution and callback id already belong to a request for the event “${latest.content.event.name}”.`,
    );
  if (JSON.stringify(latest.posted.approvalPolicy) !== JSON.stringify(posted.approvalPolicy))
    return refuse(
      'conflict',
      'This execution and callback id already belong to a request for another approval policy.',
    );
  if (latest.postedHash === postedHash) return { kind: 'repeated', id: latest.id, status: latest.status };
  if (latest.status !== 'WAITING') {
    await changeRequest(trx, latest.id, { lateChangeAt: now }, now);
    await oweAllCards(trx, latest.organizationId, latest.id, now);
    await writeAudit(trx, latest.organizationId, {
      at: now,
      actor: { personId: null, via: 'webhook' },
      action: 'amendment_refused',
      subjectType: 'approval_request',
      subjectId: latest.id,
      detail: { status: latest.status },
    });
    return refuse('conflict', `This request is already ${latest.status}; its content can no longer change.`);
  }
  // Edits of a workflow apply to new requests only (R14): an amended one keeps its snapshot.
  const content = contentOf(posted, event, latest.content);
  await amendRequest(context, trx, latest.id, {
    content,
    posted: { ...posted, mayChoosePolicy: token.mayChoosePolicy },
    postedHash,
    disallowRequester: posted.disallowRequester,
    now,
  });
  return { kind: 'amended', id: latest.id, status: 'WAITING' };
}

async function openNew(
  context: Context,
  trx: Trx,
  arrival: Arrival & { generation: number; gate: string | null },
): Promise<Opened> {
  const { token, posted, event, postedHash, now } = arrival;
  const found = await findWorkflow(trx, token, event, posted);
  if ('kind' in found) return found;
  const { policy, workflow } = found;
  const content = contentOf(posted, event, {
    approvalPolicy: { id: policy.id, name: policy.name },
    workflow,
  });
  const expiresAt = expiryOf(posted, now);
  if (expiresAt !== null && expiresAt <= now)
    return refuse('expired_already', 'expiresAt is in the past. Give a moment that is still to come.');
  const { organizationId } = token;
  const id = context.newId('apr_');
  await insertRequest(
    trx,
    {
      id,
      organizationId,
      openedBy: token.name,
      generation: arrival.generation,
      content,
      contentHash: context.hash(content),
      posted: { ...posted, mayChoosePolicy: token.mayChoosePolicy },
      postedHash,
      disallowRequester: content.workflow.disallowRequester || posted.disallowRequester,
      expiresAt,
      harness: { ...UNCONFIRMED, instanceId: arrival.gate },
    },
    now,
  );
  await owe(trx, { kind: 'resolve_approvers', subjectId: id, organizationId, runAt: now }, now);
  if (expiresAt !== null)
    await owe(trx, { kind: 'expire_request', subjectId: id, organizationId, runAt: expiresAt }, now);
  await writeAudit(trx, organizationId, {
    at: now,
    actor: { personId: null, via: 'webhook' },
    action: 'opened',
    subjectType: 'approval_request',
    subjectId: id,
    detail: { event: content.event.name, execution: content.execution, token: token.name },
  });
  context.log.info(
    { request: id, event: content.event.name, execution: content.execution.planExecutionId },
    'request opened',
  );
  return { kind: 'opened', id, status: 'WAITING' };
}

function expiryOf(posted: PostedRequest, now: number): number | null {
  if (posted.expiry === null) return null;
  return 'at' in posted.expiry ? posted.expiry.at : now + posted.expiry.afterMs;
}
