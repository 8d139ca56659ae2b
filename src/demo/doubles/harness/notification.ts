import type { PostOutcome } from '../common/post.ts';
import type { TriggeredBy } from './types.ts';

/** What a notification rule may ask to hear of (schema of pipeline events). There is none for an abort. */
export const NOTIFICATION_EVENTS = [
  'AllEvents',
  'PipelineStart',
  'PipelineSuccess',
  'PipelineFailed',
  'PipelineEnd',
  'PipelinePaused',
  'StageSuccess',
  'StageFailed',
  'StageStart',
  'StepFailed',
  'TriggerFailed',
  'WaitingForUserAction',
  'PipelineResumed',
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** Where a webhook notification goes: custom headers, no signature. */
export interface NotificationTarget {
  url: string;
  headers?: Readonly<Record<string, string>>;
}

export interface NotificationRule extends NotificationTarget {
  /** Default: WaitingForUserAction, PipelineEnd, PipelineSuccess, PipelineFailed. */
  events?: readonly NotificationEvent[];
  /** Only for this pipeline; absent: for all. */
  pipelineIdentifier?: string;
}

/** §3.3. No callback id, approvers, inputs or message. Times in seconds; keys without a value are left out. */
export interface EventData {
  accountIdentifier: string;
  orgIdentifier: string;
  projectIdentifier: string;
  pipelineIdentifier: string;
  pipelineName: string;
  planExecutionId: string;
  executionUrl: string;
  pipelineUrl: string;
  eventType: string;
  nodeStatus: string;
  triggeredBy: { triggerType: string; name?: string; email?: string };
  moduleInfo: Record<string, never>;
  startTime: string;
  startTs: number;
  endTime?: string;
  endTs?: number;
  errorMessage?: string;
}

/** One POST of a notification, as it was sent and as it was answered. */
export interface SentNotification {
  eventType: string;
  planExecutionId: string;
  headers: Readonly<Record<string, string>>;
  /** Exactly what was posted. */
  body: string;
  at: number;
  /** Absent while under way. */
  outcome?: PostOutcome;
}

/** Who started the run, as a notification says it. */
export function triggeredByIn(triggeredBy: TriggeredBy | null): EventData['triggeredBy'] {
  if (triggeredBy === null) return { triggerType: 'NOOP' };
  const { triggerType = 'MANUAL', identifier, email } = triggeredBy;
  return { triggerType, name: identifier, ...(email !== undefined && { email }) };
}
