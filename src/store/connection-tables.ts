import type { Generated } from 'kysely';

/** The ways to Harness. */
export interface ConnectionTables {
  harness_connections: {
    id: number;
    organization_id: number;
    source: 'environment' | 'stored';
    name: string;
    account: string;
    base_url: string;
    path_prefix: string;
    /** Encrypted; null for the environment's, and once removed. */
    api_key: string | null;
    /** Counts the addresses and keys there were. */
    revision: Generated<number>;
    state: 'active' | 'paused' | 'removed';
    paused_because: Generated<string>;
    unhealthy_because: string | null;
    unhealthy_at: number | null;
    checked_at: number | null;
    created_at: number;
    updated_at: number;
    removed_at: number | null;
  };
  connection_links: {
    id: number;
    organization_id: number;
    person_id: number;
    /** Whose key is to be replaced; null = a connection is to be added. */
    connection_id: number | null;
    hash: string;
    via: 'slack' | 'teams';
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
}
