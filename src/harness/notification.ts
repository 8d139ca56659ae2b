import { z } from 'zod';
import type { Execution } from '../approval/request.ts';
import { identifier } from './webhook-fields.ts';

/** What Harness says by a notification (harness.md §3.3). Worth no more than "look at this run now". */
export interface HarnessNotification {
  /** As Harness calls it: WaitingForUserAction, PipelineEnd … */
  eventType: string;
  run: Omit<Execution, 'url' | 'callbackId'>;
  /** As sent: see executionUrlOn (R25). */
  executionUrl: string | null;
}

export type NotificationParsed =
  | { ok: true; notification: HarnessNotification }
  /** A notification about something that has no run, such as a trigger that failed. */
  | { ok: true; notification: null; eventType: string }
  | { ok: false; message: string; field?: string };

const Envelope = z.object({ eventData: z.record(z.string(), z.unknown()) });

const said = z
  .string()
  .max(2_000)
  .nullish()
  .catch(null)
  .transform((text) => text ?? null);

const Run = z.object({
  accountIdentifier: identifier('id', 'the account'),
  orgIdentifier: identifier('name', 'the organization'),
  projectIdentifier: identifier('name', 'the project'),
  pipelineIdentifier: identifier('name', 'the pipeline'),
  planExecutionId: identifier('id', 'the execution'),
  executionUrl: said,
});

/** Whether a webhook's body is one of Harness's own notifications: `{"eventData":{…}}`. */
export function isNotification(json: unknown): boolean {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && 'eventData' in json;
}

/** Reads a notification loosely: keys we do not know are fine, and so is the absence of those we do not need. */
export function parseNotification(json: unknown): NotificationParsed {
  const envelope = Envelope.safeParse(json);
  if (!envelope.success)
    return {
      ok: false,
      field: 'eventData',
      message: 'eventData must be an object, as Harness’s own notifications hold it.',
    };
  const { eventData } = envelope.data;
  const { eventType } = eventData;
  if (typeof eventType !== 'string' || !/^[A-Za-z]{1,60}$/.test(eventType))
    return { ok: false, field: 'eventData.eventType', message: 'eventData.eventType is missing or no word.' };
  if (eventData.planExecutionId === undefined || eventData.planExecutionId === null)
    return { ok: true, notification: null, eventType };
  const parsed = Run.safeParse(eventData);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const field = `eventData.${first!.path.join('.')}`;
    return { ok: false, field, message: `${field} ${first!.message}.` };
  }
  const { data } = parsed;
  return {
    ok: true,
    notification: {
      eventType,
      executionUrl: data.executionUrl,
      run: {
        account: data.accountIdentifier,
        org: data.orgIdentifier,
        project: data.projectIdentifier,
        pipeline: data.pipelineIdentifier,
        planExecutionId: data.planExecutionId,
      },
    },
  };
}
