import type { JsonObject } from './json.ts';

/** A message for one conversation: an activity without what the Connector adds. */
export interface OutgoingMessage {
  /** What the notification says. */
  summary: string;
  /** Plain words, where there is no card. */
  text?: string;
  card?: JsonObject;
}

/**
 * How a call to the Connector ended. `gone`: conversation or message is not there any more. `blocked`: nobody there can
 * be reached until the app is installed again. `unknown`: it may have happened.
 */
export type Sent<T> =
  | { kind: 'sent'; value: T }
  | { kind: 'throttled'; retryAfterMs: number }
  | { kind: 'gone' }
  | { kind: 'blocked'; why: string }
  | { kind: 'unknown'; detail: string }
  | { kind: 'refused'; detail: string };

/** Where in Teams: a conversation behind the address that serves it. */
export interface TeamsPlace {
  serviceUrl: string;
  conversationId: string;
}

/** Somebody in a conversation, as its roster says. */
export interface TeamsMember {
  /** The person's id towards this bot, 29:…; what refresh and private messages want. */
  mri: string;
  aadObjectId: string;
  name: string;
  email: string | null;
  userPrincipalName: string | null;
  tenantId: string;
  isGuest: boolean;
}

/**
 * The Bot Connector, one attempt per call and no hidden retry: when to try again is the outbox's to say (contracts:
 * teams.md §0.2). Each call ends within its timeout. Tokens go to hosts of the allow-list alone.
 */
export interface TeamsConnector {
  /** The 1:1 conversation with a person, by Entra object id; the same one each time. */
  openDm(
    serviceUrl: string,
    person: { tenantId: string; aadObjectId: string },
  ): Promise<Sent<{ conversationId: string }>>;
  /** Posts a message; in a channel it begins a thread. */
  post(place: TeamsPlace, message: OutgoingMessage): Promise<Sent<{ activityId: string }>>;
  update(place: TeamsPlace, activityId: string, message: OutgoingMessage): Promise<Sent<null>>;
  delete(place: TeamsPlace, activityId: string): Promise<Sent<null>>;
  /** Posts what one member alone sees in a shared conversation; it vanishes after a day. */
  postPrivate(
    place: TeamsPlace,
    mri: string,
    message: OutgoingMessage,
  ): Promise<Sent<{ activityId: string }>>;
  /** One member by Entra object id or MRI; value null = not in that conversation. */
  member(place: TeamsPlace, id: string): Promise<Sent<TeamsMember | null>>;
  /** One page of a conversation's members. */
  members(
    place: TeamsPlace,
    continuation: string | null,
  ): Promise<Sent<{ members: TeamsMember[]; next: string | null }>>;
}
