import type { InputValues } from './approver-input.ts';
import type { DecisionAction, RequestStatus } from './request.ts';

/**
 * How far telling Harness has come. `partial`: Harness took our vote and wants more of its own (minimumCount > 1).
 * `closed`: the gate expired or the run ended before we could tell. The rest by semantics.md, tables.
 */
export type SubmissionState =
  | 'queued'
  | 'sending'
  | 'delivered'
  | 'partial'
  | 'delivered_by_other'
  | 'conflict'
  | 'superseded'
  | 'closed'
  | 'needs_input'
  | 'ambiguous'
  | 'dead';

/** What we owe Harness for one request: at most one, ever. The action is frozen once an attempt has begun. */
export interface Submission {
  requestId: string;
  action: DecisionAction;
  /** Every declared name; {} when the step declares none, and for REJECT. */
  inputs: InputValues;
  comments: string;
  state: SubmissionState;
  /** POSTs begun. */
  posts: number;
  /** For people: why it is not delivered. */
  detail: string | null;
  /** Input name → what Harness said of it, in needs_input. */
  inputProblems: Readonly<Record<string, string>>;
  /** First time an attempt found Harness not ready, epoch ms. */
  createdAt: number;
}

export const SETTLED_SUBMISSIONS: readonly SubmissionState[] = [
  'delivered',
  'delivered_by_other',
  'conflict',
  'superseded',
  'closed',
];

/** Whether Harness is still to be told, and nobody is needed for it. */
export function isOwed(submission: Submission): boolean {
  return !SETTLED_SUBMISSIONS.includes(submission.state) && !isStopped(submission);
}

/** It needs a person before anything more is sent. */
export function isStopped({ state }: Pick<Submission, 'state'>): boolean {
  return state === 'needs_input' || state === 'ambiguous' || state === 'dead';
}

/** One recorded act on a Harness approval instance (harness.md §1.3). */
export interface HarnessActivity {
  user: { name: string; email: string };
  action: DecisionAction;
  comments: string;
  at: number;
}

/** A Harness approval instance, as the approval API shows it. Times are epoch ms on Harness's clock. */
export interface HarnessInstance {
  id: string;
  type: string;
  status: RequestStatus;
  deadline: number | null;
  createdAt: number;
  approvalMessage: string;
  minimumCount: number;
  disallowPipelineExecutor: boolean;
  disallowedUserEmails: readonly string[];
  userGroups: readonly string[];
  serviceAccounts: readonly string[];
  autoRejectEnabled: boolean;
  activities: readonly HarnessActivity[];
  inputs: readonly {
    name: string;
    defaultValue: string;
    required: boolean;
    description: string | null;
    regex: string | null;
    allowedValues: readonly string[] | null;
    selectOneFrom: readonly string[] | null;
    selectManyFrom: readonly string[] | null;
  }[];
}

/** What Harness itself writes when an approval rejects older runs (harness.md §3.1). */
const SUPERSEDED = /^Rejected due to approval of https?:\/\/\S+$/;

/**
 * Whether Harness rejected the gate because a newer run was approved. A step that rejects no older runs is not taken at
 * its words: a person may have written them.
 */
export function isSuperseded({
  status,
  activities,
  autoRejectEnabled,
}: Pick<HarnessInstance, 'status' | 'activities' | 'autoRejectEnabled'>): boolean {
  const last = activities.at(-1);
  return (
    status === 'REJECTED' &&
    autoRejectEnabled &&
    last?.action === 'REJECT' &&
    SUPERSEDED.test(last.comments.trim())
  );
}

/** Text that only our submission for this request and content carries (R19). */
export function deliveryMarker(requestId: string, hash: string): string {
  return `${requestId} ${hash}`;
}

/** What a look at the bound instance says about our submission. */
export type Reconciled =
  | { kind: 'delivered' }
  | { kind: 'partial'; missing: number }
  | { kind: 'delivered_by_other'; by: string }
  | { kind: 'conflict'; by: string }
  | { kind: 'superseded'; by: string }
  | { kind: 'closed'; status: 'EXPIRED' | 'ABORTED' | 'FAILED' }
  | { kind: 'owed' };

/**
 * Compares what Harness holds with what we wanted it to hold (harness.md §5 RECONCILE, R19).
 * `owed` = the gate waits and our marker is not there.
 */
export function reconcile(
  instance: Pick<HarnessInstance, 'status' | 'activities' | 'minimumCount' | 'autoRejectEnabled'>,
  wanted: { action: DecisionAction; marker: string },
): Reconciled {
  const ours = instance.activities.find(
    (activity) => activity.action === wanted.action && activity.comments.includes(wanted.marker),
  );
  const last = instance.activities.at(-1);
  const by = last ? last.user.name || last.user.email : 'somebody';
  switch (instance.status) {
    case 'WAITING':
      if (!ours) return { kind: 'owed' };
      return { kind: 'partial', missing: Math.max(1, instance.minimumCount - instance.activities.length) };
    case 'APPROVED':
    case 'REJECTED': {
      const same = instance.status === (wanted.action === 'APPROVE' ? 'APPROVED' : 'REJECTED');
      if (ours && same) return { kind: 'delivered' };
      if (isSuperseded(instance)) return { kind: 'superseded', by };
      return same ? { kind: 'delivered_by_other', by } : { kind: 'conflict', by };
    }
    default:
      return { kind: 'closed', status: instance.status };
  }
}
