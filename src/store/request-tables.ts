import type { Generated } from 'kysely';
import type { DecisionAction, RequestStatus } from '../approval/request.ts';
import type { SubmissionState } from '../approval/submission.ts';

/** Approval requests and what is decided about them. */
export interface RequestTables {
  approval_requests: {
    id: string;
    number: number;
    organization_id: number;
    opened_by: string;
    account: string;
    org: string;
    project: string;
    execution_id: string;
    callback_id: string;
    /** Harness's instance id where a notification opened it for one gate; '' = opened by a webhook. */
    gate: Generated<string>;
    generation: number;
    event_id: number;
    pipeline: Generated<string>;
    approval_policy_id: number;
    approval_workflow_id: number;
    requester_id: number | null;
    status: RequestStatus;
    problem: string | null;
    problem_detail: string | null;
    posted: string;
    posted_hash: string;
    content: string;
    content_version: number;
    content_hash: string;
    amendments: Generated<number>;
    amended_at: number | null;
    late_change_at: number | null;
    released: Generated<string>;
    revoked: Generated<string>;
    reassigned: Generated<string>;
    resolved: Generated<number>;
    not_asked: Generated<string>;
    disallow_requester: number;
    excluded_emails: string;
    expires_at: number | null;
    decision: string | null;
    /** When votes decided it; null where anything else did. */
    decided_at: Generated<number | null>;
    closed_reason: string | null;
    harness: string;
    /** W3C traceparent that what follows goes on from; null where traces are off. */
    traceparent: Generated<string | null>;
    /** When a card of it was first shown, epoch ms. */
    first_card_at: Generated<number | null>;
    /** It comes from a backup of then; what was done since is not known. */
    restored_from: Generated<number | null>;
    /** 1 = what is owed for it waits for a look at Harness. */
    unreconciled: Generated<number>;
    revision: Generated<number>;
    created_at: number;
    updated_at: number;
  };
  request_versions: {
    request_id: string;
    version: number;
    organization_id: number;
    content: string;
    content_hash: string;
    changed: string;
    created_at: number;
  };
  slots: {
    id: number;
    organization_id: number;
    request_id: string;
    group_key: string;
    person_id: number | null;
    origins: string;
    vacant_because: string | null;
    request_number: Generated<number>;
    approval_workflow_id: Generated<number>;
    request_status: Generated<RequestStatus | ''>;
    /** '' until `refreshSlots` has looked. */
    state: Generated<SlotState | ''>;
  };
  votes: {
    id: number;
    organization_id: number;
    request_id: string;
    content_version: number;
    person_id: number;
    action: DecisionAction;
    inputs: string;
    comment: string;
    /** JSON {title, url}; null = none was given. */
    link: string | null;
    via: string;
    created_at: number;
    void_because: string | null;
  };
  questions: {
    id: number;
    organization_id: number;
    request_id: string;
    asker_id: number;
    text: string;
    asked_at: number;
    answer: string | null;
    answered_by: number | null;
    answered_at: number | null;
  };
  submissions: {
    request_id: string;
    organization_id: number;
    action: DecisionAction;
    inputs: string;
    comments: string;
    state: SubmissionState;
    posts: Generated<number>;
    detail: string | null;
    input_problems: Generated<string>;
    revision: Generated<number>;
    created_at: number;
    updated_at: number;
  };
  /** Runs that Harness told us to look at: one row for each token that it came with. */
  followed_executions: {
    id: string;
    organization_id: number;
    account: string;
    org: string;
    project: string;
    execution_id: string;
    pipeline: string;
    url: string | null;
    token: string;
    event_id: number | null;
    why: 'waiting' | 'ended';
    at: number;
    refused: string | null;
    created_at: number;
  };
  webhook_messages: {
    organization_id: number;
    token: string;
    webhook_id: string;
    body_hash: string;
    request_id: string;
    created_at: number;
  };
}

/** What an approver's place has come to. `closed`: the request ended without this approver's vote. */
export type SlotState = 'pending' | 'approved' | 'rejected' | 'vacant' | 'closed';
