import type { Execution } from '../../approval/request.ts';
import type { ApprovalWorkflow } from '../../approval/workflow.ts';
import { type ApprovalPolicy, policyByIdOrSlug } from '../../store/approval-policies.ts';
import { workflowFor } from '../../store/approval-workflows.ts';
import type { Reader } from '../../store/database.ts';
import { listedEvent, type WorkflowEvent } from '../../store/events.ts';
import { peopleById, personIdByEmail } from '../../store/people.ts';
import { tokenById } from '../../store/tokens.ts';
import { choosePolicy } from './choose-policy.ts';
import { listsPipeline } from './listed-pipelines.ts';
import { type OpeningToken, type PostedRequest, type Refused, refuse } from './posted-request.ts';
import { outsidePipelines, outsideScope } from './token-scope.ts';

/** The event the webhook names, if this token and this pipeline may ask for it now (R1). */
export async function findEvent(
  db: Reader,
  token: OpeningToken,
  posted: Pick<PostedRequest, 'eventIdOrSlug' | 'execution'>,
): Promise<ListedEvent | Refused> {
  const found = await listedEvent(db, token.organizationId, posted.eventIdOrSlug);
  if (!found)
    return refuse(
      'unknown_event',
      `There is no event “${posted.eventIdOrSlug}”. Create it, or correct the webhook's address.`,
    );
  const { pipelines, ...event } = found;
  const outside = await scopeRefusal(db, token, event, posted.execution);
  if (outside !== null) return refuse('outside_scope', outside);
  const { execution } = posted;
  if (pipelines.length > 0 && !listsPipeline(pipelines, execution))
    return refuse(
      'pipeline_not_listed',
      `The event “${event.name}” does not list the pipeline ${execution.pipeline} of ${execution.account}/${execution.org}/${execution.project}. Add it to the event's pipelines.`,
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

/** Why this token may not speak of this pipeline's runs now, whatever the event (R1); null = it may. */
export async function pipelineRefusal(
  db: Reader,
  token: OpeningToken,
  execution: Execution,
): Promise<string | null> {
  if (token.id === null) return null;
  const current = await tokenById(db, token.organizationId, token.id);
  return current ? outsidePipelines(current, execution) : 'This token is no longer known here.';
}

export type ListedEvent = WorkflowEvent & { listsPipelines: boolean };

interface Found {
  policy: ApprovalPolicy;
  workflow: ApprovalWorkflow;
}

/** The one workflow that says who decides (R6), if it can come to an approval at all (R7). */
export async function findWorkflow(
  db: Reader,
  token: OpeningToken,
  event: ListedEvent,
  posted: PostedRequest,
): Promise<Found | Refused> {
  const policy = await postedPolicy(db, token, posted);
  if ('kind' in policy) return policy;
  const workflow = await workflowFor(db, policy.id, event.id);
  if (!workflow)
    return refuse(
      'no_workflow',
      `The approval policy “${policy.name}” (${policy.slug}) has no workflow for the event “${event.name}” (${event.slug}). Nothing is approved by default: create the workflow.`,
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

/** R6, and what the webhook must not ask for. */
async function postedPolicy(
  db: Reader,
  token: OpeningToken,
  posted: PostedRequest,
): Promise<ApprovalPolicy | Refused> {
  const { organizationId } = token;
  const requesterId = posted.triggeredByEmail
    ? await personIdByEmail(db, organizationId, posted.triggeredByEmail)
    : null;
  const requester = requesterId === null ? null : { id: requesterId };
  const usual = await choosePolicy(db, organizationId, { requester, permitted: null });
  const named = posted.approvalPolicy;
  if (named === null) return usual?.policy ?? NO_POLICY;
  const permitted = await policyByIdOrSlug(db, organizationId, 'id' in named ? String(named.id) : named.slug);
  if (!permitted)
    return refuse(
      'unknown_policy',
      'There is no such approval policy. Correct approvalPolicy, or leave it out.',
    );
  if (permitted.id !== usual?.policy.id && !token.mayChoosePolicy)
    return refuse(
      'policy_not_permitted',
      'This token may not choose an approval policy. Leave approvalPolicy out.',
    );
  const chosen = await choosePolicy(db, organizationId, { requester, permitted });
  return chosen?.policy ?? NO_POLICY;
}

const NO_POLICY = refuse(
  'no_workflow',
  'There is no default approval policy. Create one, or assign one to the requester.',
);

/** R7: nobody at all, known before the 202, is an error the pipeline sees. */
async function couldAskSomebody(db: Reader, workflow: ApprovalWorkflow): Promise<boolean> {
  if (workflow.dynamicApproverIds.length > 0) return true;
  const people = await peopleById(db, [...workflow.approverIds, ...workflow.fallbackApproverIds]);
  return [...people.values()].some((person) => person.standing === 'member');
}
