import { v1Instance } from './bodies.ts';
import { authenticate, type Call, queryValue, requireAccountHeader, requirePermission } from './call.ts';
import { invalidRequest } from './refusal.ts';
import {
  APPROVAL_STATUSES,
  APPROVAL_TYPES,
  type ApprovalStatus,
  type ApprovalType,
  type Execution,
  type Instance,
} from './types.ts';
import { vote } from './vote.ts';
import { parseVote, requireVote } from './vote-request.ts';
import type { World } from './world.ts';

/** The path parameters of `/orgs/:org/projects/:project/approvals/execution/:id`. */
export interface ExecutionPath {
  org: string;
  project: string;
  planExecutionId: string;
}

/** POST: the checks of §1.2 in their order; answers the bare instance. */
export function submitVote(world: World, call: Call, path: ExecutionPath): unknown {
  const principal = authenticate(world, call);
  const parsed = parseVote(call.body, 'approver_inputs');
  requirePermission(principal, 'core_pipeline_execute');
  requireAccountHeader(call);
  requireExecutionIn(world, path);
  if (parsed !== null && parsed.action === null)
    throw invalidRequest('action in request body should be one of [APPROVE, REJECT]');
  const instance = onlyWaitingInstance(world, path.planExecutionId, call.query.get('callback_id'));
  const { action, approverInputs, comments } = requireVote(parsed);
  const request = { action: action ?? 'REJECT', approverInputs, comments };
  return v1Instance(world, vote(world, instance.id, principal, request, 'v1'));
}

/** GET: §2.1. The older server does not know callback_id here and lists every instance. */
export function listInstances(world: World, call: Call, path: ExecutionPath): unknown {
  const principal = authenticate(world, call);
  requirePermission(principal, 'core_pipeline_view');
  requireAccountHeader(call);
  const type = enumFilter<ApprovalType>(call, 'approval_type', APPROVAL_TYPES);
  const status = enumFilter<ApprovalStatus>(call, 'approval_status', APPROVAL_STATUSES);
  const execution = requireExecutionIn(world, path);
  const { olderServer } = world.options;
  const runs = [execution.planExecutionId, olderServer ? null : execution.retryOf];
  const callbackId = olderServer ? null : queryValue(call, 'callback_id');
  const nodeExecutionId = queryValue(call, 'node_execution_id');
  return world
    .instances()
    .filter((instance) => runs.includes(instance.planExecutionId))
    .filter((instance) => type === null || instance.type === type)
    .filter((instance) => status === null || instance.status === status)
    .filter((instance) => callbackId === null || instance.callbackId === callbackId)
    .filter((instance) => nodeExecutionId === null || instance.nodeExecutionId === nodeExecutionId)
    .map((instance) => v1Instance(world, instance));
}

/** E1 and E2. The text says "null" for an absent callback id and nothing for an empty one. */
function onlyWaitingInstance(world: World, planExecutionId: string, callbackId: string | null): Instance {
  const waiting = world
    .instances()
    .filter((instance) => instance.planExecutionId === planExecutionId)
    .filter((instance) => instance.status === 'WAITING' && instance.type === 'HarnessApproval')
    .filter((instance) => !callbackId || instance.callbackId === callbackId);
  const [first, second] = waiting;
  const where = `Harness Approval Instance waiting for pipeline execution id: ${planExecutionId} and callback id: ${callbackId}`;
  if (first === undefined) throw invalidRequest(`Found no ${where}`);
  if (second !== undefined) throw invalidRequest(`Found more than 1 ${where}`);
  return first;
}

/** E11. Account, org and project must all fit, as the older server checks. */
function requireExecutionIn(world: World, path: ExecutionPath): Execution {
  const execution = world.execution(path.planExecutionId);
  if (execution?.orgIdentifier === path.org && execution.projectIdentifier === path.project) return execution;
  throw invalidRequest(
    `execution_id param value provided doesn't belong to Account: ${world.options.accountId}, Org: ${path.org}, Project: ${path.project} or the pipeline has been deleted`,
  );
}

function enumFilter<Value extends string>(call: Call, name: string, allowed: readonly Value[]): Value | null {
  const given = call.query.get(name);
  if (given === null) return null;
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  throw invalidRequest(`${name} param value should be one of [${allowed.join(', ')}]`);
}
