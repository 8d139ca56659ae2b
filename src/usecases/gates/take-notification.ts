import type { Execution } from '../../approval/request.ts';
import { FINAL_STATUSES } from '../../approval/request.ts';
import type { Reader } from '../../store/database.ts';
import { followExecutionSoon } from '../../store/followed-executions.ts';
import { eventIdOfPipeline } from '../../store/pipeline-events.ts';
import { requestsOfRun } from '../../store/waiting-requests.ts';
import { rememberWebhook, webhookSeen } from '../../store/webhook-messages.ts';
import { type Context, commit } from '../context.ts';
import { findEvent, pipelineRefusal } from '../opening/find-workflow.ts';
import { type OpeningToken, type Refused, refuse, type WebhookMessage } from '../opening/posted-request.ts';

/** A notification of Harness, its identifiers checked. */
export interface Notified {
  /** Harness's word for what happened. */
  eventType: string;
  execution: Execution;
  /** The event that the webhook's address names; null = the pipeline's mapping says it. */
  eventIdOrSlug: string | null;
}

export type TakenNotification = { kind: 'accepted' } | { kind: 'ignored'; reason: string } | Refused;

const ENDS = /^(Pipeline(End|Success|Failed|Aborted)|Stage(End|Success|Failed|Aborted))$/;

/**
 * Takes a notification: durably owes a look at its run, one row however often Harness tells, or says why it means
 * nothing here. Nothing that it says is believed beyond that (R1: the token's scope is checked here and again when a
 * request is opened).
 */
export async function takeNotification(
  context: Context,
  token: OpeningToken,
  notified: Notified,
  message: WebhookMessage | null,
): Promise<TakenNotification> {
  const { eventType, execution } = notified;
  const isWaiting = eventType === 'WaitingForUserAction';
  if (!isWaiting && !ENDS.test(eventType))
    return { kind: 'ignored', reason: `${eventType} is nothing that a request follows from.` };
  return commit(context, async (trx): Promise<TakenNotification> => {
    const now = context.clock.now();
    const { organizationId } = token;
    if (message) {
      const seen = await webhookSeen(trx, token, message.id);
      if (seen && seen.bodyHash !== message.bodyHash)
        return refuse('conflict', `webhook-id ${message.id} was already used with another body.`);
    }
    const outside = await pipelineRefusal(trx, token, execution);
    if (outside !== null) return refuse('outside_scope', outside);
    const event = isWaiting ? await eventOf(trx, token, notified) : null;
    if (event && 'kind' in event) return event;
    const isOpen = (await requestsOfRun(trx, organizationId, execution)).some(
      ({ harness }) => harness.status === null || !FINAL_STATUSES.includes(harness.status),
    );
    if (!event && !isOpen)
      return {
        kind: 'ignored',
        reason: isWaiting
          ? `The pipeline ${execution.pipeline} of ${execution.org}/${execution.project} is mapped to no event: map it with PUT /api/v2/pipeline_events or “/approvals pipelines map”.`
          : 'No request of this run is open.',
      };
    const { account, org, project, planExecutionId, pipeline, url } = execution;
    const id = await followExecutionSoon(trx, {
      id: context.newId('run_'),
      organizationId,
      ...{ account, org, project, planExecutionId, pipeline, url },
      token: token.name,
      eventId: notified.eventIdOrSlug !== null && event ? event.id : null,
      why: isWaiting ? 'waiting' : 'ended',
      at: now,
    });
    if (message) await rememberWebhook(trx, token, message, id, now);
    return { kind: 'accepted' };
  });
}

/** The event that a gate of this pipeline is, if token and event let this pipeline ask; null = none is known. */
async function eventOf(
  db: Reader,
  token: OpeningToken,
  { execution, eventIdOrSlug }: Notified,
): Promise<Awaited<ReturnType<typeof findEvent>> | null> {
  if (eventIdOrSlug !== null) return findEvent(db, token, { eventIdOrSlug, execution });
  const mapped = await eventIdOfPipeline(db, token.organizationId, execution);
  if (mapped === null) return null;
  const event = await findEvent(db, token, { eventIdOrSlug: String(mapped), execution });
  // An archived event is no fault of the pipeline.
  return 'kind' in event && event.reason === 'unknown_event' ? null : event;
}
