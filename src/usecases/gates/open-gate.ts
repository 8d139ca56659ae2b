import { clip, withoutTricks } from '../../approval/plain-text.ts';
import type { Execution } from '../../approval/request.ts';
import type { HarnessInstance } from '../../approval/submission.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { type FollowedExecution, noteRefused } from '../../store/followed-executions.ts';
import { eventIdOfPipeline } from '../../store/pipeline-events.ts';
import { nextGeneration } from '../../store/request-keys.ts';
import { tokenByName } from '../../store/tokens.ts';
import { requestsOfRun } from '../../store/waiting-requests.ts';
import { type Context, commit } from '../context.ts';
import type { ExecutionSummary } from '../harness-ports.ts';
import { findEvent } from '../opening/find-workflow.ts';
import { hashOfPosted, openNewRequest } from '../opening/open-new-request.ts';
import {
  type Opened,
  type OpeningToken,
  type PostedRequest,
  type Refused,
  refuse,
} from '../opening/posted-request.ts';
import { BOOTSTRAP } from '../opening/token-scope.ts';

const MESSAGE_LENGTH = 3_000;

/**
 * Opens the request of one gate that waits in a run: bound to it from the start, by the rules of a posted one (R1, R6,
 * R7), with Harness's own message and inputs. `not_yet`: a request that may be about this gate came since the run was
 * looked at; those that were there are `seen`.
 */
export function openGate(
  context: Context,
  followed: FollowedExecution,
  given: { summary: ExecutionSummary; instance: HarnessInstance; seen: ReadonlySet<string> },
): Promise<'opened' | 'held' | 'not_yet' | 'refused'> {
  const { instance, seen } = given;
  return commit(context, async (trx) => {
    const requests = await requestsOfRun(trx, followed.organizationId, followed);
    if (requests.some(({ harness }) => harness.instanceId === instance.id)) return 'held';
    const isNew = ({ id, status, harness }: StoredRequest) =>
      status === 'WAITING' && harness.instanceId === null && !seen.has(id);
    if (requests.some(isNew)) return 'not_yet';
    const opened = await open(context, trx, followed, given);
    const refused = opened.kind === 'refused' ? opened : null;
    await auditRefused(context, trx, followed, instance, refused);
    return refused ? 'refused' : 'opened';
  });
}

async function open(
  context: Context,
  trx: Trx,
  followed: FollowedExecution,
  { summary, instance }: { summary: ExecutionSummary; instance: HarnessInstance },
): Promise<Opened> {
  const { organizationId, account, org, project, planExecutionId, url } = followed;
  const token = await tokenOf(trx, followed);
  if ('kind' in token) return token;
  // What Harness itself says of the run, not what the notification said.
  const pipeline = summary.pipelineIdentifier;
  const execution: Execution = { account, org, project, pipeline, planExecutionId, callbackId: '', url };
  const eventId = followed.eventId ?? (await eventIdOfPipeline(trx, organizationId, execution));
  if (eventId === null)
    return refuse('unknown_event', `The pipeline ${pipeline} of ${org}/${project} is mapped to no event.`);
  const posted: PostedRequest = {
    eventIdOrSlug: String(eventId),
    execution,
    triggeredByEmail: null,
    message: clip(withoutTricks(instance.approvalMessage).trim(), MESSAGE_LENGTH),
    approvalPolicy: null,
    inputs: instance.inputs,
    facts: [],
    links: [],
    disallowRequester: false,
    expiry: null,
  };
  const event = await findEvent(trx, token, posted);
  if ('kind' in event) return event;
  const now = context.clock.now();
  return openNewRequest(context, trx, {
    token,
    posted,
    event,
    postedHash: hashOfPosted(context, event, posted),
    now,
    generation: await nextGeneration(trx, organizationId, execution),
    bound: instance.id,
    byGate: true,
  });
}

/** The token that the notification came with, as it is now (R14). */
async function tokenOf(
  db: Reader,
  { organizationId, token: name }: FollowedExecution,
): Promise<OpeningToken | Refused> {
  if (name === BOOTSTRAP) return { id: null, name, organizationId, mayChoosePolicy: false };
  const token = await tokenByName(db, organizationId, name);
  if (!token) return refuse('outside_scope', `The token “${name}” is no longer known here.`);
  return { id: token.id, name, organizationId, mayChoosePolicy: token.scope?.mayChoosePolicy ?? false };
}

/** Nobody hears a refusal by a notification's answer, which is gone: it is audited, once for each reason. */
async function auditRefused(
  context: Context,
  trx: Trx,
  followed: FollowedExecution,
  instance: HarnessInstance,
  refused: Refused | null,
): Promise<void> {
  const said = refused && `${instance.id}: ${refused.message}`;
  if (said === followed.refused) return;
  await noteRefused(trx, followed.id, said);
  if (!refused) return;
  const { planExecutionId, pipeline, organizationId, token } = followed;
  await writeAudit(trx, organizationId, {
    at: context.clock.now(),
    actor: { personId: null, via: 'harness' },
    action: 'gate_not_opened',
    subjectType: 'gate',
    subjectId: instance.id,
    detail: { execution: planExecutionId, pipeline, token, reason: refused.reason, why: refused.message },
  });
}
