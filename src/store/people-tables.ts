import type { Generated } from 'kysely';

/** Organizations, and who is in them. */
export interface PeopleTables {
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
}
