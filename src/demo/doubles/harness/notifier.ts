import { post } from '../common/post.ts';
import {
  type EventData,
  type NotificationEvent,
  type NotificationRule,
  type NotificationTarget,
  type SentNotification,
  triggeredByIn,
} from './notification.ts';
import type { Execution, ExecutionStatus } from './types.ts';
import type { World } from './world.ts';

const TIMEOUT_MS = 10_000;
const USUAL_EVENTS: readonly NotificationEvent[] = [
  'WaitingForUserAction',
  'PipelineEnd',
  'PipelineSuccess',
  'PipelineFailed',
];
const BROKEN: ReadonlySet<ExecutionStatus> = new Set(['Failed', 'ApprovalRejected', 'Expired']);

/**
 * Harness's webhook notifications (§3.3): by rule when a run starts, waits for somebody, or ends, and on
 * demand. One POST each, never repeated, and nobody in Harness reads the answer.
 */
export class Notifier {
  readonly sent: SentNotification[] = [];
  readonly #world: World;
  readonly #rules = new Set<NotificationRule>();
  readonly #started = new Set<string>();
  readonly #waited = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(world: World) {
    this.#world = world;
    world.changes.subscribe(({ kind, id }) => {
      if (kind === 'execution') this.#executionChanged(id);
      if (kind === 'instance') this.#instanceChanged(id);
    });
  }

  /** The function returned removes the rule. */
  addRule(rule: NotificationRule): () => void {
    this.#rules.add(rule);
    return () => void this.#rules.delete(rule);
  }

  /** Posts one notification; `changes` replaces keys of eventData, undefined leaves one out. */
  async notify(
    planExecutionId: string,
    eventType: string,
    target: NotificationTarget,
    changes: Readonly<Record<string, unknown>> = {},
  ): Promise<SentNotification> {
    const execution = this.#world.requireExecution(planExecutionId);
    const eventData = { ...this.#eventData(execution, eventType), ...changes };
    const headers = { 'content-type': 'application/json; charset=utf-8', ...target.headers };
    const body = JSON.stringify({ eventData });
    const notification: SentNotification = {
      eventType,
      planExecutionId,
      headers,
      body,
      at: this.#world.now(),
    };
    this.sent.push(notification);
    const posting = post(target.url, body, headers, TIMEOUT_MS);
    this.#underWay.add(posting);
    notification.outcome = await posting;
    this.#underWay.delete(posting);
    return notification;
  }

  /** Fulfilled once no POST is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #executionChanged(id: string): void {
    const execution = this.#world.requireExecution(id);
    if (firstTime(this.#started, id)) this.#happened(execution, 'PipelineStart');
    if (execution.endTs === null || !firstTime(this.#ended, id)) return;
    if (execution.status === 'Success') this.#happened(execution, 'PipelineSuccess');
    if (BROKEN.has(execution.status)) this.#happened(execution, 'PipelineFailed');
    this.#happened(execution, 'PipelineEnd');
  }

  #instanceChanged(id: string): void {
    const instance = this.#world.instance(id);
    if (instance?.status !== 'WAITING' || !firstTime(this.#waited, id)) return;
    this.#happened(this.#world.requireExecution(instance.planExecutionId), 'WaitingForUserAction');
  }

  #happened(execution: Execution, event: NotificationEvent): void {
    for (const rule of this.#rules) {
      const { events = USUAL_EVENTS, pipelineIdentifier = execution.pipelineIdentifier } = rule;
      const wanted = events.includes(event) || events.includes('AllEvents');
      if (!wanted || pipelineIdentifier !== execution.pipelineIdentifier) continue;
      void this.notify(execution.planExecutionId, event, rule);
    }
  }

  #eventData(execution: Execution, eventType: string): EventData {
    const { executionUrl, status } = execution;
    // Newer servers put the present where a run has not ended, so `endTs` does not say that it has.
    const end = execution.endTs ?? this.#world.now();
    return {
      accountIdentifier: execution.accountId,
      orgIdentifier: execution.orgIdentifier,
      projectIdentifier: execution.projectIdentifier,
      pipelineIdentifier: execution.pipelineIdentifier,
      pipelineName: execution.pipelineName,
      planExecutionId: execution.planExecutionId,
      executionUrl,
      pipelineUrl: executionUrl.replace(/\/executions\/.*$/, '/pipeline-studio'),
      eventType,
      nodeStatus: nodeStatus(status),
      triggeredBy: triggeredByIn(execution.triggeredBy),
      moduleInfo: {},
      startTime: javaDate(execution.startTs),
      startTs: Math.floor(execution.startTs / 1000),
      ...(eventType !== 'PipelineStart' && { endTime: javaDate(end), endTs: Math.floor(end / 1000) }),
      ...(eventType === 'PipelineFailed' &&
        status === 'ApprovalRejected' && { errorMessage: 'Approval Step has been Rejected' }),
    };
  }
}

function firstTime(known: Set<string>, id: string): boolean {
  if (known.has(id)) return false;
  known.add(id);
  return true;
}

function nodeStatus(status: ExecutionStatus): string {
  if (status === 'Running' || status === 'ApprovalWaiting') return 'started';
  return status === 'Success' ? 'completed' : 'failed';
}

/** `Tue Aug 20 08:14:46 GMT 2024`. */
function javaDate(at: number): string {
  const [weekday = '', date, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${weekday.replace(',', '')} ${month} ${date} ${time} GMT ${year}`;
}
