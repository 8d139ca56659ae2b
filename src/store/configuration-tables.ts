import type { Generated } from 'kysely';

/** What admins configure: which events need whose approval. */
export interface ConfigurationTables {
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
  pipeline_events: {
    id: number;
    organization_id: number;
    account: string;
    org: string;
    project: string;
    pipeline: string;
    event_id: number;
    created_at: number;
    updated_at: number;
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
    checks_first: Generated<number>;
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
}
