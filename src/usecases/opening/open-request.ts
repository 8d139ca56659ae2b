import { FINAL_STATUSES } from '../../approval/request.ts';
import { changeRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { isKnownRun, latestRequestOf, nextGeneration, takeOverKey } from '../../store/request-keys.ts';
import { REMOVED } from '../../store/request-removal.ts';
import { gatesHeldByOthers } from '../../store/waiting-requests.ts';
import { rememberWebhook, webhookSeen } from '../../store/webhook-messages.ts';
import { type Context, commit } from '../context.ts';
import { findNewGate } from '../gates/harness-gate.ts';
import { notifiedRequestOf, notifiedRequests } from '../gates/same-gate.ts';
import { amendRequest } from './amend-request.ts';
import { findEvent } from './find-workflow.ts';
import { type Arrival, contentOf, hashOfPosted, openNewRequest } from './open-new-request.ts';
import {
  type Opened,
  type OpeningToken,
  type PostedRequest,
  refuse,
  type WebhookMessage,
} from './posted-request.ts';

/** How often Harness is asked anew since a notification opened something meanwhile. */
const MOST_LOOKS = 3;

/**
 * Opens the approval request a pipeline asks for, or recognises it as a repeat or an amendment (R1, R2, R6, R7, R9,
 * R10), also of what a notification of Harness opened for the same gate. When it returns `opened`, the request and what
 * it owes are committed.
 */
export async function openRequest(
  context: Context,
  token: OpeningToken,
  posted: PostedRequest,
  message: WebhookMessage | null,
): Promise<Opened> {
  // As a rule nothing is known of the run: then there is nothing to compare with, and nothing to ask Harness.
  const first = await arriving(context, token, posted, message, async (trx, arrival) =>
    (await isKnownRun(trx, token.organizationId, posted.execution))
      ? null
      : openNewRequest(context, trx, { ...arrival, generation: 1, bound: null, byGate: false }),
  );
  if (first) return first;
  for (let looks = 1; ; looks += 1) {
    const opened = await openOnce(context, token, posted, message, looks === MOST_LOOKS);
    if (opened) return opened;
  }
}

/**
 * What becomes of a webhook, in one transaction: unless its id was used before, or the token and the pipeline may not ask
 * for the event, `open` says, and what it opened is remembered under the id (R1, R26). null = it leaves that open.
 */
function arriving(
  context: Context,
  token: OpeningToken,
  posted: PostedRequest,
  message: WebhookMessage | null,
  open: (trx: Trx, arrival: Arrival) => Promise<Opened | null>,
): Promise<Opened | null> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    if (message) {
      const seen = await webhookSeen(trx, token, message.id);
      if (seen?.bodyHash === REMOVED)
        return refuse(
          'conflict',
          `webhook-id ${message.id} opened ${seen.requestId}, which ended and was removed since (RETENTION_DAYS).`,
        );
      if (seen && seen.bodyHash !== message.bodyHash)
        return refuse('conflict', `webhook-id ${message.id} was already used with another body.`);
    }
    const event = await findEvent(trx, token, posted);
    if ('kind' in event) return event;
    const postedHash = hashOfPosted(context, event, posted);
    const opened = await open(trx, { token, posted, event, postedHash, now });
    if (message && opened && opened.kind !== 'refused')
      await rememberWebhook(trx, token, message, opened.id, now);
    return opened;
  });
}

/** null = a notification opened a request while Harness was asked. */
async function openOnce(
  context: Context,
  token: OpeningToken,
  posted: PostedRequest,
  message: WebhookMessage | null,
  isLast: boolean,
): Promise<Opened | null> {
  const { db } = context;
  const { organizationId } = token;
  const before = await latestRequestOf(db, organizationId, posted.execution);
  // Only Harness can tell a new round of a finished gate from a repeated post; asked before any transaction.
  const newGate =
    before && FINAL_STATUSES.includes(before.status) ? await findNewGate(context, before) : null;
  const isKnown = before !== null && !FINAL_STATUSES.includes(before.status);
  const notified =
    isKnown || newGate !== null ? null : await notifiedRequestOf(context, organizationId, posted.execution);
  return arriving(context, token, posted, message, async (trx, arrival) => {
    const latest = await latestRequestOf(trx, organizationId, posted.execution);
    const there = notified ? await notifiedRequests(trx, organizationId, posted.execution) : [];
    const same = there.find(({ id }) => id === notified?.same);
    // Another request may have taken the gate while Harness was asked.
    const isTaken = newGate !== null && (await gatesHeldByOthers(trx, before!)).has(newGate);
    if (isTaken && !isLast) return null;
    const isNew = (newGate !== null && !isTaken) || same !== undefined;
    const isLive = latest !== null && (latest.status === 'WAITING' || !isNew || latest.id !== before?.id);
    if (isLive) return meetAgain(context, trx, { ...arrival, latest });
    if (!isLast && there.some(({ id }) => !notified?.seen.has(id))) return null;
    if (same) return takeOver(context, trx, { ...arrival, latest: same });
    const generation = await nextGeneration(trx, organizationId, posted.execution);
    return openNewRequest(context, trx, { ...arrival, generation, bound: newGate, byGate: false });
  });
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

/**
 * A notification came first and opened the request of this very gate: what the pipeline posts is what is to be approved
 * from now on, and the key is the webhook's, so that its repeats find it.
 */
async function takeOver(
  context: Context,
  trx: Trx,
  arrival: Arrival & { latest: StoredRequest },
): Promise<Opened> {
  const met = await meetAgain(context, trx, arrival);
  if (met.kind === 'refused') return met;
  await takeOverKey(trx, arrival.latest, arrival.posted.execution);
  return { ...met, kind: 'repeated' };
}
