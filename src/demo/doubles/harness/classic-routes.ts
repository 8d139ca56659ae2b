import { reasonNotAuthorized, requireKnownVoter } from './authorization.ts';
import { classicInstance, executionDetail, pendingApproval } from './bodies.ts';
import { authenticate, type Call, queryValue, requireAccountDetail, requirePermission } from './call.ts';
import { HarnessRefusal, invalidRequest } from './refusal.ts';
import { requireHarnessApproval, requireInstance, vote } from './vote.ts';
import { parseVote } from './vote-request.ts';
import type { World } from './world.ts';

const LARGEST_PAGE = 100;

/** GET /approvals/{id} (§2.2). */
export function readInstance(world: World, call: Call, instanceId: string): unknown {
  const principal = authenticate(world, call);
  requireAccountDetail(call);
  return classicInstance(world, requireInstance(world, instanceId), principal);
}

/** POST /approvals/{id}/harness/activity (§2.2): no ambiguity, no RBAC check of its own. */
export function addActivity(world: World, call: Call, instanceId: string): unknown {
  const principal = authenticate(world, call);
  requireAccountDetail(call);
  const parsed = parseVote(call.body, 'approverInputs');
  if (parsed === null) throw invalidRequest('request body must not be null');
  const { action, approverInputs, comments } = parsed;
  if (action === null) throw invalidRequest('action must not be null');
  const request = { action, approverInputs, comments };
  return classicInstance(world, vote(world, instanceId, principal, request, 'activity'));
}

/** GET /approvals/{id}/harness/authorization (§2.2): may this token vote, and if not, why. */
export function readAuthorization(world: World, call: Call, instanceId: string): unknown {
  const principal = authenticate(world, call);
  requireAccountDetail(call);
  requireKnownVoter(principal, world.options.olderServer);
  const instance = requireHarnessApproval(world, instanceId);
  const execution = world.requireExecution(instance.planExecutionId);
  const reason = reasonNotAuthorized(principal, instance, execution);
  return { authorized: reason === null, reason };
}

/** GET /approvals (§2.2): the newest `size` waiting ones, then those this token may vote on. */
export function listPending(world: World, call: Call): unknown {
  const principal = authenticate(world, call);
  requireAccountDetail(call);
  requireKnownVoter(principal, world.options.olderServer);
  const asked = Number(queryValue(call, 'size') ?? 20);
  if (!(asked > 0)) throw invalidRequest('Size must be greater than 0');
  const pageSize = Math.min(asked, LARGEST_PAGE);
  const content = world
    .instances()
    .filter((instance) => instance.status === 'WAITING' && instance.type === 'HarnessApproval')
    .sort((a, b) => b.created - a.created)
    .slice(0, pageSize)
    .filter((instance) => {
      const execution = world.requireExecution(instance.planExecutionId);
      return reasonNotAuthorized(principal, instance, execution) === null;
    })
    .map((instance) => pendingApproval(world, instance));
  const count = content.length;
  return {
    totalItems: count,
    pageItemCount: count,
    pageSize,
    content,
    pageIndex: 0,
    empty: count === 0,
  };
}

/** GET /pipelines/execution/v2/{planExecutionId} (§2.3). */
export function readExecution(world: World, call: Call, planExecutionId: string): unknown {
  const principal = authenticate(world, call);
  requireAccountDetail(call);
  requirePermission(principal, 'core_pipeline_view');
  world.sweep();
  const execution = world.execution(planExecutionId);
  const fits =
    execution?.orgIdentifier === queryValue(call, 'orgIdentifier') &&
    execution.projectIdentifier === queryValue(call, 'projectIdentifier');
  if (fits) return executionDetail(execution);
  const text = `Plan Execution Summary does not exist or has been deleted for planExecutionId: ${planExecutionId}`;
  throw new HarnessRefusal(404, 'ENTITY_NOT_FOUND', text);
}
