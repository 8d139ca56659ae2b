import type { Generated, Insertable, Selectable } from 'kysely';
import type { DecisionAction, RequestStatus } from '../approval/request.ts';
import type { SubmissionState } from '../approval/submission.ts';

/** The tables as they are in the database: epoch milliseconds, JSON as text, 0/1 for booleans. */
export interface Tables {
  counters: { name: string; value: number };
  organizations: {
    id: number;
    name: string;
    domains: Generated<string>;
    /** Names its statistics picture; made on first use. */
    chart_key: Generated<string | null>;
    created_at: number;
  };
  people: {
    id: number;
    organization_id: number;
    kind: 'human' | 'machine';
    name: string;
    first_name: Generated<string>;
    last_name: Generated<string>;
    title: Generated<string | null>;
    email: string | null;
    role: 'member' | 'admin';
    status: 'active' | 'deactivated';
    manager_id: number | null;
    owner_id: number | null;
    archived_at: number | null;
    created_at: number;
    updated_at: number;
  };
  identities: {
    organization_id: number;
    platform: string;
    tenant: string;
    external_id: string;
    person_id: number;
    standing: 'member' | 'deactivated' | 'guest' | 'stranger' | 'bot';
    checked_at: number;
  };
  identity_changes: {
    id: number;
    organization_id: number;
    person_id: number;
    platform: 'slack' | 'teams';
    tenant: string;
    external_id: string;
    standing: 'member' | 'deactivated' | 'guest' | 'stranger' | 'bot';
    state: 'pending' | 'confirmed' | 'declined' | 'replaced';
    requested_by: number | null;
    requested_via: string;
    created_at: number;
    settled_at: number | null;
  };
  list_totals: { organization_id: number; list: string; bucket: string; total: number };
  day_totals: { organization_id: number; list: string; day: number; total: number };
  events: {
    id: number;
    organization_id: number;
    name: string;
    slug: string;
    description: string | null;
    color_id: Generated<string | null>;
    icon_id: Generated<string | null>;
    event_type_id: Generated<number>;
    limitation_type_id: Generated<number>;
    half_day_bookings: Generated<number>;
    sync_personal_integrations: Generated<number>;
    absence_type: Generated<'time_off' | 'remote_work'>;
    archived_at: number | null;
    created_at: number;
    updated_at: number;
  };
  event_pipelines: {
    organization_id: number;
    event_id: number;
    account: string;
    org: string;
    project: string;
    pipeline: string;
    step: string;
  };
  approval_policies: {
    id: number;
    organization_id: number;
    name: string;
    slug: string;
    description: string | null;
    type_id: Generated<number>;
    is_custom: Generated<number>;
    is_default: Generated<number>;
    archived_at: number | null;
    created_at: number;
    updated_at: number;
  };
  approval_policy_assignments: {
    id: number;
    organization_id: number;
    approval_policy_id: number;
    target_type: Generated<string>;
    target_id: number;
    created_at: number;
  };
  approval_workflows: {
    id: number;
    organization_id: number;
    approval_policy_id: number;
    event_id: number | null;
    target_type_id: Generated<number>;
    approval_requirement_id: number;
    dynamic_approver_ids: Generated<string>;
    dynamic_subscriber_ids: Generated<string>;
    subscriber_channels: Generated<string>;
    disallow_requester: Generated<number>;
    expiry_action: Generated<'expire' | 'reject'>;
    created_at: number;
    updated_at: number;
  };
  approval_workflow_people: {
    organization_id: number;
    approval_workflow_id: number;
    part: 'approver' | 'subscriber' | 'fallback';
    person_id: number;
    position: number;
  };
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
    via: string;
    created_at: number;
    void_because: string | null;
  };
  cards: {
    id: string;
    organization_id: number;
    request_id: string;
    platform: 'slack' | 'teams';
    tenant: Generated<string>;
    target_kind: 'person' | 'channel';
    target_id: string;
    person_id: number | null;
    part: CardPart;
    request_number: Generated<number>;
    request_status: Generated<RequestStatus | ''>;
    state: 'pending' | 'posting' | 'posted' | 'unreachable' | 'gone';
    channel: string | null;
    message: string | null;
    posting_since: number | null;
    detail: string | null;
    created_at: number;
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
  card_replies: {
    id: number;
    organization_id: number;
    card_id: string;
    reply_key: string;
    line: string;
    state: 'pending' | 'posting' | 'posted' | 'given_up';
    posting_since: number | null;
    message: string | null;
    created_at: number;
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
  outbox: {
    kind: OutboxKind;
    subject_id: string;
    organization_id: number;
    state: 'due' | 'done' | 'dead';
    wanted_revision: Generated<number>;
    done_revision: Generated<number>;
    run_at: number;
    leased_until: Generated<number>;
    lease: Generated<number>;
    attempts: Generated<number>;
    paused_until: Generated<number>;
    crashes: Generated<number>;
    first_due_at: number;
    last_error: string | null;
  };
  webhook_messages: {
    organization_id: number;
    token: string;
    webhook_id: string;
    body_hash: string;
    request_id: string;
    created_at: number;
  };
  homes: {
    id: string;
    organization_id: number;
    platform: 'slack' | 'teams';
    tenant: string;
    external_id: string;
    person_id: number | null;
    /** Section → the page it was turned to, as JSON. */
    turned: Generated<string>;
    opened_at: number;
    created_at: number;
  };
  notices: {
    id: string;
    organization_id: number;
    about: string;
    platform: 'slack' | 'teams';
    tenant: string;
    external_id: string;
    page: string;
    state: 'pending' | 'posting' | 'posted' | 'unreachable';
    posting_since: number | null;
    detail: string | null;
    created_at: number;
  };
  audit_events: {
    id: number;
    organization_id: number;
    at: number;
    person_id: number | null;
    via: string;
    action: string;
    subject_type: string;
    subject_id: string;
    detail: string;
  };
  tokens: {
    id: number;
    organization_id: number;
    hash: string;
    name: string;
    person_id: number;
    role: 'admin' | 'member' | 'pipeline';
    scope: string | null;
    created_at: number;
    last_used_at: number | null;
    revoked_at: number | null;
  };
  slack_installations: {
    team_id: string;
    organization_id: number;
    enterprise_id: string | null;
    team_name: string;
    app_id: string;
    bot_user_id: string;
    bot_id: string | null;
    scopes: string;
    /** Encrypted; null once removed. */
    bot_token: string | null;
    /** Encrypted; null where tokens do not expire. */
    refresh_token: string | null;
    /** Counts the pairs of tokens there were. */
    token_version: Generated<number>;
    token_expires_at: number | null;
    /** A process is renewing the pair until then. */
    refreshing_until: Generated<number>;
    reinstall_because: string | null;
    manager_field_id: string | null;
    state: 'active' | 'removed';
    installed_by: string | null;
    created_at: number;
    updated_at: number;
  };
  teams_conversations: {
    organization_id: number;
    tenant: string;
    external_id: string;
    scope: 'personal' | 'channel' | 'group';
    conversation_id: string;
    service_url: string;
    mri: string | null;
    state: 'active' | 'blocked' | 'removed';
    updated_at: number;
  };
  install_links: {
    id: number;
    organization_id: number;
    hash: string;
    issued_by: number | null;
    issued_via: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
    used_by_team: string | null;
  };
}

/** What an approver's place has come to. `closed`: the request ended without this approver's vote. */
export type SlotState = 'pending' | 'approved' | 'rejected' | 'vacant' | 'closed';

/** What the world is owed (docs/architecture.md, "Effects become outbox rows"). */
export type OutboxKind =
  | 'resolve_approvers'
  | 'sync_card'
  | 'sync_thread'
  | 'submit_approval'
  | 'check_harness'
  | 'expire_request'
  | 'sync_home'
  | 'post_notice'
  | 'remove_copy';

/** Why somebody has a card. `former`: was an approver and no longer is. */
export type CardPart = 'approver' | 'subscriber' | 'requester' | 'admin' | 'former';

export type Row<T extends keyof Tables> = Selectable<Tables[T]>;
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>;
