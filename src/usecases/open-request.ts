import { FINAL_STATUSES, type RequestContent, UNCONFIRMED } from '../approval/request.ts';
import {
  changeRequest,
  insertRequest,
  latestRequestOf,
  type StoredRequest,
} from '../store/approval-requests.ts';
import { writeAudit } from '../store/audit.ts';
import { oweAllCards } from '../store/cards.ts';
import type { Trx } from '../store/database.ts';
import type { WorkflowEvent } from '../store/events.ts';
import { owe } from '../store/outbox.ts';
import { rememberWebhook, webhookSeen } from '../store/webhook-messages.ts';
import { amendRequest } from './amend-request.ts';
import { type Context, commit } from './context.ts';
import { findEvent, findWorkflow, type ListedEvent } from './find-workflow.ts';
import { findNewGate } from './harness-gate.ts';
import {
  type Opened,
  type OpeningToken,
  type PostedRequest,
  refuse,
  type WebhookMessage,
} from './posted-request.ts';

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

/** Everything the pipeline said but the expiry, which is no part of what is approved (R9). */
function hashOfPosted(context: Context, event: WorkflowEvent, posted: PostedRequest): string {
  const { expiry: _, eventIdOrSlug: __, ...said } = posted;
  return context.hash({ ...said, event: event.id });
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
