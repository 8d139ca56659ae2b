import type { Generated } from 'kysely';

/** What is counted, owed and recorded. */
export interface BookkeepingTables {
  counters: { name: string; value: number };
  list_totals: { organization_id: number; list: string; bucket: string; total: number };
  day_totals: { organization_id: number; list: string; day: number; total: number };
  /** One row: what the database knows of itself. */
  database_state: {
    id: number;
    mark: string;
    alive_at: number | null;
    backed_up_at: number | null;
    moved_to: string | null;
    moved_at: number | null;
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
  /** How much is used of what platforms allow; PostgreSQL alone keeps it here. */
  rate_budgets: { key: string; used_until: number; not_before: number };
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
}

/** What the world is owed (docs/architecture.md, "Effects become outbox rows"). */
export const OUTBOX_KINDS = [
  'resolve_approvers',
  'sync_card',
  'sync_thread',
  'submit_approval',
  'check_harness',
  'check_connection',
  'follow_execution',
  'expire_request',
  'sync_home',
  'post_notice',
  'remove_copy',
] as const;
export type OutboxKind = (typeof OUTBOX_KINDS)[number];
