import { randomBytes } from 'node:crypto';
import { declareInput } from './approver-inputs.ts';
import { EVERY_ACCOUNT_USER, serviceAccountReference } from './authorization.ts';
import { ChangeFeed } from './change-feed.ts';
import { People } from './people.ts';
import type {
  Activity,
  ActivityRecord,
  ApprovalStatus,
  Approvers,
  Execution,
  ExecutionStatus,
  Instance,
  NewApproval,
  NewExecution,
  RecordedUser,
} from './types.ts';

const ONE_DAY_MS = 86_400_000;
const AUTO_APPROVAL_LEAD_MS = 15 * 60_000;
/** Who stands beside an automatic approval (§3.1). */
const HARNESS_ITSELF: RecordedUser = { uuid: 'Harness', name: 'Harness', email: 'Harness' };

export interface WorldOptions {
  accountId: string;
  now: () => number;
  olderServer: boolean;
  expirySweepLagMs: number;
}

/** Everything the pretended Harness account holds: runs, approval instances, people, and every vote. */
export class World {
  readonly options: WorldOptions;
  readonly people = new People();
  readonly changes = new ChangeFeed();
  readonly effects: ActivityRecord[] = [];
  /** Where run links point; the server sets it once it listens. */
  baseUrl = 'http://127.0.0.1';
  readonly #executions = new Map<string, Execution>();
  readonly #instances = new Map<string, Instance>();
  #runs = 0;

  constructor(options: WorldOptions) {
    this.options = options;
  }

  now(): number {
    return this.options.now();
  }

  executions(): Execution[] {
    this.sweep();
    return [...this.#executions.values()];
  }

  instances(): Instance[] {
    this.sweep();
    return [...this.#instances.values()];
  }

  execution(planExecutionId: string): Execution | undefined {
    return this.#executions.get(planExecutionId);
  }

  instance(id: string): Instance | undefined {
    this.sweep();
    return this.#instances.get(id);
  }

  requireExecution(planExecutionId: string): Execution {
    const execution = this.#executions.get(planExecutionId);
    if (execution === undefined) throw new Error(`Harness double: no execution ${planExecutionId}`);
    return execution;
  }

  startExecution(given: NewExecution): Execution {
    const { accountId } = this.options;
    const planExecutionId = given.planExecutionId ?? newId();
    const { orgIdentifier, projectIdentifier, pipelineIdentifier } = given;
    this.#runs += 1;
    const execution: Execution = {
      planExecutionId,
      accountId,
      orgIdentifier,
      projectIdentifier,
      pipelineIdentifier,
      pipelineName: given.pipelineName ?? pipelineIdentifier,
      runSequence: given.runSequence ?? this.#runs,
      status: 'Running',
      triggeredBy: given.triggeredBy ?? null,
      startTs: this.now(),
      endTs: null,
      retryOf: given.retryOf ?? null,
      executionUrl: `${this.baseUrl}/ng/#/account/${accountId}/cd/orgs/${orgIdentifier}/projects/${projectIdentifier}/pipelines/${pipelineIdentifier}/executions/${planExecutionId}/pipeline`,
    };
    this.#executions.set(planExecutionId, execution);
    this.#changed('execution', planExecutionId);
    return execution;
  }

  reachApproval(planExecutionId: string, given: NewApproval): Instance {
    const execution = this.requireExecution(planExecutionId);
    const created = this.now();
    const { autoApproval } = given;
    if (autoApproval !== undefined && autoApproval.at - created <= AUTO_APPROVAL_LEAD_MS)
      throw new Error('Harness double: an automatic approval must be more than 15 minutes ahead');
    const instance: Instance = {
      id: given.instanceId ?? newId(),
      planExecutionId,
      nodeExecutionId: given.nodeExecutionId ?? newId(),
      type: given.type ?? 'HarnessApproval',
      status: 'WAITING',
      callbackId: given.callbackId ?? null,
      approvalKey: `${given.stageIdentifier ?? 'stage'}#${given.stepIdentifier ?? 'approval'}`,
      approvalMessage: given.approvalMessage,
      includePipelineExecutionHistory: true,
      approvers: { ...this.#defaultApprovers(), ...given.approvers },
      declaredInputs: (given.approverInputs ?? []).map(declareInput),
      activities: [],
      isAutoRejectEnabled: given.isAutoRejectEnabled ?? false,
      autoApproval:
        autoApproval === undefined ? null : { at: autoApproval.at, comments: autoApproval.comments ?? null },
      created,
      updated: created,
      deadline: created + (given.timeoutMs ?? ONE_DAY_MS),
      errorMessage: null,
    };
    this.#instances.set(instance.id, instance);
    this.#changed('instance', instance.id);
    this.#settle(execution);
    return instance;
  }

  /** The run goes on to its end; refuses nothing, as Harness's engine decides it. */
  finishExecution(planExecutionId: string, status: 'Success' | 'Failed'): void {
    this.#end(this.requireExecution(planExecutionId), status);
  }

  /** Somebody aborts the run: waiting instances become ABORTED. */
  abort(planExecutionId: string): void {
    this.sweep();
    const execution = this.requireExecution(planExecutionId);
    this.#end(execution, 'Aborted');
    for (const instance of this.#of(execution))
      if (instance.status === 'WAITING') this.setInstanceStatus(instance, 'ABORTED');
  }

  /** Gives an instance its new status and lets the run follow. */
  setInstanceStatus(instance: Instance, status: ApprovalStatus, at = this.now()): void {
    instance.status = status;
    instance.updated = at;
    this.#changed('instance', instance.id);
    this.#settle(this.requireExecution(instance.planExecutionId));
  }

  recordEffect(effect: ActivityRecord): void {
    this.effects.push(effect);
    this.#changed('activity', effect.instanceId);
  }

  /** Jira, ServiceNow, a script or the engine ends a waiting instance; no vote stands beside it. */
  conclude(instanceId: string, status: 'APPROVED' | 'REJECTED' | 'FAILED', errorMessage?: string): void {
    const instance = this.instance(instanceId);
    if (instance?.status !== 'WAITING')
      throw new Error(`Harness double: instance ${instanceId} does not wait`);
    instance.errorMessage = errorMessage ?? null;
    this.setInstanceStatus(instance, status);
  }

  /** Does what the clock has passed; runs before every look at the instances. */
  sweep(): void {
    const now = this.now();
    const limit = now - this.options.expirySweepLagMs;
    for (const instance of this.#instances.values()) {
      if (instance.status !== 'WAITING') continue;
      const { autoApproval, deadline } = instance;
      if (autoApproval !== null && autoApproval.at <= Math.min(now, deadline)) this.#autoApprove(instance);
      else if (deadline <= limit) this.setInstanceStatus(instance, 'EXPIRED', deadline);
    }
  }

  #autoApprove(instance: Instance): void {
    const { at, comments } = instance.autoApproval!;
    const activity: Activity = {
      user: HARNESS_ITSELF,
      action: 'APPROVE',
      approverInputs: [],
      comments,
      approvedAt: at,
    };
    instance.activities.push(activity);
    const { id: instanceId, planExecutionId } = instance;
    this.recordEffect({
      ...activity,
      instanceId,
      planExecutionId,
      via: 'auto-approval',
      resultingStatus: 'APPROVED',
    });
    this.setInstanceStatus(instance, 'APPROVED', at);
  }

  #of(execution: Execution): Instance[] {
    return [...this.#instances.values()].filter(
      (instance) => instance.planExecutionId === execution.planExecutionId,
    );
  }

  #settle(execution: Execution): void {
    if (execution.endTs !== null) return;
    const statuses = new Set(this.#of(execution).map((instance) => instance.status));
    if (statuses.has('WAITING')) this.#setStatus(execution, 'ApprovalWaiting');
    else if (statuses.has('REJECTED')) this.#end(execution, 'ApprovalRejected');
    else if (statuses.has('FAILED')) this.#end(execution, 'Failed');
    else if (statuses.has('EXPIRED')) this.#end(execution, 'Expired');
    else this.#setStatus(execution, 'Running');
  }

  #end(execution: Execution, status: ExecutionStatus): void {
    execution.endTs = this.now();
    this.#setStatus(execution, status);
  }

  #setStatus(execution: Execution, status: ExecutionStatus): void {
    if (execution.status === status) return;
    execution.status = status;
    this.#changed('execution', execution.planExecutionId);
  }

  #defaultApprovers(): Approvers {
    return {
      userGroups: [EVERY_ACCOUNT_USER],
      serviceAccounts: this.people.principalsOfKind('SERVICE_ACCOUNT').map(serviceAccountReference),
      minimumCount: 1,
      disallowPipelineExecutor: false,
      disallowedUserEmails: [],
    };
  }

  #changed(kind: 'execution' | 'instance' | 'activity', id: string): void {
    this.changes.publish({ kind, id, at: this.now() });
  }
}

/** 22 URL-safe characters, as Harness's own ids. */
export function newId(): string {
  return randomBytes(16).toString('base64url');
}
