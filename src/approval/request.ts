import type { ApproverInput, InputValues } from './approver-input.ts';
import type { ApprovalRequirement, ApprovalWorkflow } from './workflow.ts';

/** Harness's own words for an approval (harness.md §1.3). */
export type RequestStatus = 'WAITING' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'ABORTED' | 'FAILED';

export type DecisionAction = 'APPROVE' | 'REJECT';

/** The pipeline run, and the gate in it, that waits for an answer. */
export interface Execution {
  account: string;
  org: string;
  project: string;
  pipeline: string;
  planExecutionId: string;
  /** '' when the pipeline gave none. */
  callbackId: string;
  /** On the configured Harness host, else null (R25). */
  url: string | null;
}

export interface Fact {
  name: string;
  value: string;
}

export interface RequestLink {
  title: string;
  url: string;
}

/** Trouble that keeps a request WAITING; the status stays Harness's word. */
export type RequestProblem =
  | 'no_approver'
  | 'vacant_slot'
  | 'requester_differs'
  | 'unverified_requester'
  | 'no_workflow'
  | 'pipeline_not_listed'
  | 'missing_input'
  | 'amended_too_often'
  | 'ambiguous_instance';

/**
 * What is being approved; its canonical JSON is hashed into the content hash (R9).
 * Expiry and unknown keys are no part of it.
 */
export interface RequestContent {
  event: { id: number; name: string };
  approvalPolicy: { id: number; name: string };
  workflow: ApprovalWorkflow;
  execution: Execution;
  /** E-mail of who started the run, '' when unknown. */
  requester: { personId: number | null; email: string; verified: boolean };
  message: string;
  facts: readonly Fact[];
  links: readonly RequestLink[];
  inputs: readonly ApproverInput[];
  /** Values offered to the next approver under *all* (R11); {} = the declared defaults. */
  offered: InputValues;
}

/** One of several gates that a request may be about, as an admin tells them apart. Times are epoch ms, on our clock. */
export interface GateCandidate {
  /** Harness's instance id. */
  id: string;
  /** The step's approval message; '' when it has none, or when that was not noted. */
  message: string;
  /** null = not noted. */
  waitingSince: number | null;
  deadline: number | null;
}

/** What Harness itself says of the gate. `confirmed` is false until its instance was seen. */
export interface HarnessView {
  confirmed: boolean;
  instanceId: string | null;
  /** The gates between which an admin has to choose; empty as a rule (R18). */
  candidates: readonly GateCandidate[];
  /** Who chose the gate among several; `seen`: it was found waiting since. null = nobody had to. */
  chosen: { by: string; seen: boolean } | null;
  /** The gate among all Harness approvals of its run, in the order they came up; null = not known. */
  gate: { message: string; place: number; of: number } | null;
  /** Approvals of other kinds for which the run waits as well (JiraApproval …): not ours to decide. */
  alsoWaitsFor: readonly string[];
  /** When the gate was last seen there, epoch ms on our clock; null = never, or before this was noted. */
  lookedAt: number | null;
  status: RequestStatus | null;
  /** Epoch ms, on Harness's clock. */
  deadline: number | null;
  /** Harness's clock minus ours, ms, from its Date header (R22). */
  skewMs: number;
  decidedBy: string | null;
  /** Where no person decided: by the step's own timer, or because a newer run was approved (R19). */
  decidedHow: 'auto_approval' | 'superseded' | null;
  /** How the run ended, in Harness's word, where that closed a gate that nobody decided. */
  runEnded: string | null;
  triggeredBy: string | null;
  pipelineName: string | null;
  runSequence: number | null;
  /** Who besides the bot may decide the gate in Harness, in words; null = nobody (R23). */
  othersMayDecide: string | null;
  /** Harness rejects older waiting runs on an approval. */
  autoReject: boolean;
}

/** Before Harness was asked. */
export const UNCONFIRMED: HarnessView = {
  confirmed: false,
  instanceId: null,
  candidates: [],
  chosen: null,
  gate: null,
  alsoWaitsFor: [],
  lookedAt: null,
  status: null,
  deadline: null,
  skewMs: 0,
  decidedBy: null,
  decidedHow: null,
  runEnded: null,
  triggeredBy: null,
  pipelineName: null,
  runSequence: null,
  othersMayDecide: null,
  autoReject: false,
};

export interface ApprovalRequest {
  id: string;
  organizationId: number;
  generation: number;
  status: RequestStatus;
  problem: { kind: RequestProblem; detail: string } | null;
  content: RequestContent;
  contentVersion: number;
  contentHash: string;
  /** True once approvers are known and cards may go out. */
  resolved: boolean;
  disallowRequester: boolean;
  excludedEmails: readonly string[];
  /** Ours, epoch ms; null = none (R22). */
  expiresAt: number | null;
  decision: Decision | null;
  closedReason: string | null;
  harness: HarnessView;
  /** It comes from a backup of then, epoch ms: votes given since are not known. */
  restoredFrom?: number | null;
  /** Other readers learn from it that something changed. */
  revision: number;
  createdAt: number;
}

/** The outcome as decided here; whether Harness heard it is the submission's matter (R21). */
export interface Decision {
  action: DecisionAction;
  /** Who tipped it; null for requirement none and for a deadline. */
  personId: number | null;
  how: 'vote' | 'no_approval_required' | 'expired';
  at: number;
}

export function requirementOf(request: ApprovalRequest): ApprovalRequirement {
  return request.content.workflow.requirement;
}

export const FINAL_STATUSES: readonly RequestStatus[] = [
  'APPROVED',
  'REJECTED',
  'EXPIRED',
  'ABORTED',
  'FAILED',
];

/** The first twelve hex digits: enough to recognise, short enough to read out. */
export function shortHash(contentHash: string): string {
  return contentHash.slice(0, 12);
}

/** APPROVE is not accepted in the last 15 s before Harness's deadline (R22). */
export const APPROVE_MARGIN_MS = 15_000;
