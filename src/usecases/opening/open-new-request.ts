import { type RequestContent, UNCONFIRMED } from '../../approval/request.ts';
import { insertRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import type { WorkflowEvent } from '../../store/events.ts';
import { owe } from '../../store/outbox.ts';
import { countWaiting, countWaitingOfToken } from '../../store/waiting-requests.ts';
import type { Context } from '../context.ts';
import { findWorkflow, type ListedEvent } from './find-workflow.ts';
import {
  type Opened,
  type OpeningToken,
  type PostedRequest,
  type Refused,
  refuse,
} from './posted-request.ts';

/** What a request is opened from, whoever told of it. */
export interface Arrival {
  token: OpeningToken;
  posted: PostedRequest;
  event: ListedEvent;
  postedHash: string;
  now: number;
}

/** Everything that was said but the expiry, which is no part of what is approved (R9). */
export function hashOfPosted(context: Context, event: WorkflowEvent, posted: PostedRequest): string {
  const { expiry: _, eventIdOrSlug: __, ...said } = posted;
  return context.hash({ ...said, event: event.id });
}

export function contentOf(
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

/**
 * Opens a request, if policy and workflow let it (R6, R7), and owes what follows. `bound`: the gate it is about, by
 * Harness's instance id, where that is known; `byGate`: it is opened for that gate alone, since Harness told of it;
 * `generation`: the one that comes next under its key.
 */
export async function openNewRequest(
  context: Context,
  trx: Trx,
  arrival: Arrival & { generation: number; bound: string | null; byGate: boolean },
): Promise<Opened> {
  const { token, posted, event, postedHash, now, generation, bound, byGate } = arrival;
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
  const full = await fullRefusal(trx, token);
  if (full) return full;
  const id = context.newId('apr_');
  context.observe.about({ request: id, execution: content.execution.planExecutionId });
  await insertRequest(
    trx,
    {
      id,
      organizationId,
      openedBy: token.name,
      generation,
      gate: byGate && bound !== null ? bound : '',
      content,
      contentHash: context.hash(content),
      posted: { ...posted, mayChoosePolicy: token.mayChoosePolicy },
      postedHash,
      disallowRequester: content.workflow.disallowRequester || posted.disallowRequester,
      expiresAt,
      harness: { ...UNCONFIRMED, instanceId: bound },
      traceparent: context.observe.traceparent(),
    },
    now,
  );
  await owe(trx, { kind: 'resolve_approvers', subjectId: id, organizationId, runAt: now }, now);
  if (expiresAt !== null)
    await owe(trx, { kind: 'expire_request', subjectId: id, organizationId, runAt: expiresAt }, now);
  await writeAudit(trx, organizationId, {
    at: now,
    actor: { personId: null, via: byGate ? 'harness' : 'webhook' },
    action: 'opened',
    subjectType: 'approval_request',
    subjectId: id,
    detail: { event: content.event.name, execution: content.execution, token: token.name },
  });
  return { kind: 'opened', id, status: 'WAITING' };
}

/** Requests that wait in one organization at most, and those of one token: it cannot keep out the others. */
const MOST_WAITING = 10_000;
const MOST_WAITING_OF_TOKEN = MOST_WAITING / 2;

async function fullRefusal(trx: Trx, { organizationId, name }: OpeningToken): Promise<Refused | null> {
  const waiting = await countWaiting(trx, organizationId);
  if (waiting >= MOST_WAITING)
    return refuse(
      'too_many_waiting',
      `${MOST_WAITING} requests of this organization wait already. Decide or cancel some, then post again.`,
    );
  if (waiting < MOST_WAITING_OF_TOKEN) return null;
  if ((await countWaitingOfToken(trx, organizationId, name)) < MOST_WAITING_OF_TOKEN) return null;
  return refuse(
    'too_many_waiting',
    `${MOST_WAITING_OF_TOKEN} requests that this token opened wait already. Decide or cancel some, then post again.`,
  );
}

function expiryOf(posted: PostedRequest, now: number): number | null {
  if (posted.expiry === null) return null;
  return 'at' in posted.expiry ? posted.expiry.at : now + posted.expiry.afterMs;
}
