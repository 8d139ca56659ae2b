import type { Generated } from 'kysely';
import type { RequestStatus } from '../approval/request.ts';

/** What people see in chat, and where the bot is installed. */
export interface ChatTables {
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

/** Why somebody has a card. `former`: was an approver and no longer is. */
export type CardPart = 'approver' | 'subscriber' | 'requester' | 'admin' | 'former';
