import { constraintFailure, namesMatch } from './approver-inputs.ts';
import { reasonNotAuthorized, refusalText, requireKnownVoter } from './authorization.ts';
import { invalidRequest } from './refusal.ts';
import type { Activity, ApprovalStatus, ArrivedBy, Instance, VoteRequest, Voter } from './types.ts';
import type { World } from './world.ts';

/** The instance by id, or the refusal Harness gives for a strange id or another type. */
export function requireHarnessApproval(world: World, instanceId: string): Instance {
  const instance = requireInstance(world, instanceId);
  if (instance.type === 'HarnessApproval') return instance;
  throw invalidRequest(
    `operation not permitted for ${instance.type} type of approval step, it is supported only for Harness Approval Step`,
  );
}

export function requireInstance(world: World, instanceId: string): Instance {
  const instance = world.instance(instanceId);
  if (instance === undefined) throw invalidRequest(`Invalid approval instance id: ${instanceId}`);
  return instance;
}

/** Steps 8 to 11 of §1.2: authorize, commit in one go, auto-reject, close. Throws HarnessRefusal. */
export function vote(
  world: World,
  instanceId: string,
  voter: Voter,
  request: VoteRequest,
  via: ArrivedBy,
): Instance {
  const { olderServer } = world.options;
  requireKnownVoter(voter, olderServer);
  const instance = requireHarnessApproval(world, instanceId);
  const execution = world.requireExecution(instance.planExecutionId);
  const reason = reasonNotAuthorized(voter, instance, execution);
  if (reason !== null) throw invalidRequest(refusalText(reason, olderServer));
  commit(world, instance, voter, request, via);
  if (request.action === 'APPROVE' && instance.isAutoRejectEnabled) rejectOlder(world, instance, voter);
  return instance;
}

function commit(world: World, instance: Instance, voter: Voter, request: VoteRequest, via: ArrivedBy): void {
  const failure = commitFailure(world, instance, request);
  if (failure !== null) throw invalidRequest(`Unable to add Harness Approval Activity : ${failure}`);
  const { uuid, name, email } = voter;
  const activity: Activity = {
    user: { uuid, name, email },
    action: request.action,
    approverInputs: request.approverInputs.filter((input) => input !== null),
    comments: request.comments,
    approvedAt: world.now(),
  };
  instance.activities.push(activity);
  const resultingStatus = statusAfter(instance, request);
  world.recordEffect({
    ...activity,
    instanceId: instance.id,
    planExecutionId: instance.planExecutionId,
    via,
    resultingStatus,
  });
  world.setInstanceStatus(instance, resultingStatus);
}

function statusAfter(instance: Instance, request: VoteRequest): ApprovalStatus {
  if (request.action === 'REJECT') return 'REJECTED';
  return instance.activities.length >= instance.approvers.minimumCount ? 'APPROVED' : 'WAITING';
}

/** E3 to E6. The constraints are checked before the names; inputs of a REJECT are not checked at all. */
function commitFailure(world: World, instance: Instance, request: VoteRequest): string | null {
  if (instance.status === 'EXPIRED') return 'Harness approval instance has already expired';
  if (instance.status !== 'WAITING')
    return `Harness approval instance has already completed. Status: ${instance.status}`;
  if (instance.deadline <= world.now()) return 'Harness approval instance has already expired';
  if (request.action === 'REJECT') return null;
  const { approverInputs } = request;
  const failure = world.options.olderServer
    ? null
    : constraintFailure(instance.declaredInputs, approverInputs);
  if (failure !== null) return failure;
  return namesMatch(instance.declaredInputs, approverInputs) ? null : 'Invalid approver inputs';
}

/** Rejects older waiting runs of the same step, where this voter may (§3.1 isAutoRejectEnabled). */
function rejectOlder(world: World, approved: Instance, voter: Voter): void {
  const run = world.requireExecution(approved.planExecutionId);
  const comments = `Rejected due to approval of ${run.executionUrl}`;
  for (const older of world.instances()) {
    const olderRun = world.requireExecution(older.planExecutionId);
    const sameStep =
      older.approvalKey === approved.approvalKey &&
      olderRun.pipelineIdentifier === run.pipelineIdentifier &&
      olderRun.projectIdentifier === run.projectIdentifier &&
      olderRun.orgIdentifier === run.orgIdentifier;
    if (!sameStep || older.status !== 'WAITING' || !older.isAutoRejectEnabled) continue;
    if (older.created >= approved.created) continue;
    if (reasonNotAuthorized(voter, older, olderRun, true) !== null) continue;
    commit(world, older, voter, { action: 'REJECT', approverInputs: [], comments }, 'auto-reject');
  }
}
