import type { FullMatch } from '../approval/approver-input.ts';
import type { Card, CardLine } from '../approval/card.ts';
import type { Page } from '../approval/page.ts';

/** Now, epoch ms. */
export interface Clock {
  now(): number;
}

/** SHA-256 of a value's canonical JSON (RFC 8785), lower-case hex. */
export type Hash = (value: unknown) => string;

/** `prefix` + 128 random bits, URL-safe. */
export type NewId = (prefix: string) => string;

/** One line per thing that happened. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** A value cannot be read any more: its key is gone, or it is not what was written. The message says which. */
export class CannotDecrypt extends Error {}

/** Keeps short secrets in the database. What was encrypted for a place can be read for that place alone. */
export interface Encryption {
  /** How values under the present key begin; null = there is no key. */
  readonly prefix: string | null;
  encrypt(text: string, place: string): string;
  /** Throws CannotDecrypt. */
  decrypt(value: string, place: string): string;
}

export type PlatformName = 'slack' | 'teams';

/** Where a posted card is, so that it can be edited: Slack's workspace, channel and ts. */
export interface CardRef {
  /** The Slack team or Teams tenant; '' = the only one there is. */
  tenant: string;
  channel: string;
  message: string;
}

/** Whom or what a card is for: a person's id on the platform, or a channel's. */
export interface CardTarget {
  kind: 'person' | 'channel';
  organizationId: number;
  /** The Slack team or Teams tenant; '' = the organization's first. */
  tenant: string;
  externalId: string;
}

/** One account in one of the organization's workspaces. */
export type AccountTarget = Omit<CardTarget, 'kind'>;

/**
 * How a call to a platform ended. `unknown`: it may have happened, look before repeating.
 * `unreachable`: this recipient cannot be reached, others can. `gone`: the card is no longer there.
 */
export type Delivery<Sent> =
  /** `againAfterMs`: shown, and worth showing again then: the pace left something out. */
  | ({ kind: 'sent'; againAfterMs?: number } & Sent)
  /** Nothing was done, and may be tried again then; `detail` where it is not the platform's pace that is in the way. */
  | { kind: 'throttled'; retryAfterMs: number; detail?: string }
  | { kind: 'unreachable'; why: string }
  | { kind: 'gone' }
  | { kind: 'unknown'; detail: string }
  | { kind: 'refused'; detail: string };

/** A chat product that shows cards. Adapters know its markup; nobody else does. */
export interface ChatPlatform {
  readonly platform: PlatformName;
  /** Posts the card, carrying `cardId` so that it can be found again. */
  postCard(target: CardTarget, cardId: string, card: Card): Promise<Delivery<{ ref: CardRef }>>;
  /** How many ms an update has to wait under the platform's limits; 0 = it may go. Asks nobody. */
  updateWait(at: CardRef & { organizationId: number }): Promise<number>;
  /** Makes the posted card show the present. */
  updateCard(at: CardRef & { organizationId: number }, cardId: string, card: Card): Promise<Delivery<object>>;
  /**
   * Removes a message that shows a card which another one shows, too. Absent where a post that was never answered can be
   * found, so that there is no second one.
   */
  removeCard?(at: CardRef & { organizationId: number }): Promise<Delivery<object>>;
  /**
   * Looks for a card posted since `since` (epoch ms) whose post was never answered. `requestId`: any card of that request
   * will do, since its id may be one that the database has forgotten.
   */
  findCard(
    target: CardTarget,
    cardId: string,
    since: number,
    requestId?: string,
  ): Promise<Delivery<{ ref: CardRef | null }>>;
  /** Posts a line in the thread below a posted card, carrying `replyId` so that it can be found again. */
  postReply(
    at: CardRef & { organizationId: number },
    replyId: string,
    line: CardLine,
  ): Promise<Delivery<{ message: string }>>;
  /**
   * Looks for a reply posted since `since` (epoch ms) whose post was never answered; `message` null = it is not there.
   * `looked` false = the platform does not let us look.
   */
  findReply(
    at: CardRef & { organizationId: number },
    replyId: string,
    since: number,
  ): Promise<Delivery<{ message: string | null; looked: boolean }>>;
  /** Shows a person their Home; what was there before is gone. */
  publishHome(target: AccountTarget, page: Page): Promise<Delivery<object>>;
  /** Sends a person a message that is no card, carrying `noticeId` so that it can be found again. */
  postNotice(target: AccountTarget, noticeId: string, page: Page): Promise<Delivery<object>>;
  /** Looks for a notice posted since `since` (epoch ms) whose post was never answered. */
  findNotice(target: AccountTarget, noticeId: string, since: number): Promise<Delivery<{ found: boolean }>>;
  /**
   * One cheap authenticated call for each workspace of an organization, of all when none is named; also learns what
   * later calls need (team, bot user).
   */
  checkHealth(organizationId?: number): Promise<{ ok: true } | { ok: false; detail: string }>;
}

/** What a directory knows of one account. `tenant` is the Slack team or Teams tenant id. */
export interface DirectoryAccount {
  tenant: string;
  externalId: string;
  name: string;
  email: string | null;
  standing: 'member' | 'deactivated' | 'guest' | 'stranger' | 'bot';
}

/** An account somebody asks about. `tenant` null = whichever of the organization's workspaces knows it. */
export interface AccountKey {
  organizationId: number;
  tenant: string | null;
  externalId: string;
}

export type DirectoryAnswer<T> =
  | { kind: 'found'; value: T }
  | { kind: 'missing' }
  /** The organization is not connected there (any more): nothing is known of the account. */
  | { kind: 'not_connected' }
  | { kind: 'unavailable'; retryAfterMs: number; detail: string }
  | { kind: 'refused'; detail: string };

/** Looks people up where they are kept. Never called inside a transaction or before an ack. */
export interface Directory {
  readonly platform: PlatformName;
  findByEmail(organizationId: number, email: string): Promise<DirectoryAnswer<DirectoryAccount>>;
  lookUp(account: AccountKey): Promise<DirectoryAnswer<DirectoryAccount>>;
  /** The manager's account; missing = none set. `refused` says why it cannot be read (field, scope). */
  managerOf(account: AccountKey): Promise<DirectoryAnswer<DirectoryAccount>>;
}

/** A Slack workspace that installed the app and did not remove it. */
export interface Installation {
  teamId: string;
  teamName: string;
  organizationId: number;
  botUserId: string;
  botId: string | null;
  /** The profile field that names a person's manager; null = none is used. */
  managerFieldId: string | null;
  /** Counts the pairs of tokens there were: names the pair that something is said of. */
  tokenVersion: number;
  /** Epoch ms; null = never. */
  tokenExpiresAt: number | null;
  /** Whether there is a refresh token that Slack has not refused. */
  renewable: boolean;
  /** Nobody else may renew the tokens before then, epoch ms. */
  refreshingUntil: number;
  /** Why it must be installed there again; null = all is well. */
  reinstallBecause: string | null;
}

export interface SlackTokens {
  botToken: string;
  /** null where tokens do not expire. */
  refreshToken: string | null;
  /** Epoch ms; null = never. */
  expiresAt: number | null;
}

/** What Slack gave when the app was installed. */
export interface GrantedInstallation extends SlackTokens {
  teamId: string;
  teamName: string;
  enterpriseId: string | null;
  appId: string;
  botUserId: string;
  botId: string | null;
  scopes: readonly string[];
  /** Slack's id of whoever installed it. */
  installedBy: string | null;
}

/** Where the bot talks in Teams, as it was last seen there. */
export interface TeamsConversation {
  organizationId: number;
  tenant: string;
  scope: 'personal' | 'channel' | 'group';
  /** Whose or which it is: a person's Entra object id, a channel's id, a group chat's. */
  externalId: string;
  conversationId: string;
  serviceUrl: string;
  /** The person's id towards this bot (29:…); null where nobody has said, and outside personal chats. */
  mri: string | null;
  /** `removed`: the app was taken away there. `blocked`: the person blocked the bot. */
  state: 'active' | 'blocked' | 'removed';
}

/** The conversations in Teams: the local database only. */
export interface TeamsConversations {
  find(
    key: Pick<TeamsConversation, 'organizationId' | 'tenant' | 'externalId'>,
  ): Promise<TeamsConversation | null>;
  /** The conversation with this id, whoever's it is. */
  at(
    key: Pick<TeamsConversation, 'organizationId' | 'tenant' | 'conversationId'>,
  ): Promise<TeamsConversation | null>;
  /** The MRIs of these accounts that are known, by Entra object id. */
  mrisOf(
    key: { organizationId: number; tenant: string },
    externalIds: readonly string[],
  ): Promise<Map<string, string>>;
  /**
   * Keeps what an activity or a roster showed; writes only what changed. An unknown MRI leaves a known one. `known`: what
   * is kept of it, where that was just read.
   */
  note(conversation: TeamsConversation, known?: TeamsConversation): Promise<void>;
  /** Nobody can be reached there until the app is installed again. */
  close(
    key: Pick<TeamsConversation, 'organizationId' | 'tenant' | 'externalId'>,
    state: 'blocked' | 'removed',
  ): Promise<void>;
}

type TokenPair = Pick<Installation, 'teamId' | 'tokenVersion'>;

/** Where the app is installed: the local database only. Tokens are decrypted here and nowhere else. */
export interface Installations {
  find(teamId: string): Promise<Installation | null>;
  /** The first installed first; 100 at most. null = of every organization. */
  ofOrganization(organizationId: number | null): Promise<readonly Installation[]>;
  /** The pair as it is now; null = removed, or another pair by now. Throws CannotDecrypt. */
  tokens(pair: TokenPair): Promise<SlackTokens | null>;
  /** Takes the right to renew this pair for `forMs`; false = somebody else has it. */
  claimRefresh(pair: TokenPair, forMs: number): Promise<boolean>;
  /** Stores the new pair in place of this one; false = there is another by now. */
  renewed(pair: TokenPair, tokens: SlackTokens): Promise<boolean>;
  /** Renewing failed for now: nobody tries again before `ms` are over. */
  pauseRefresh(pair: TokenPair, ms: number): Promise<void>;
  /** Slack will renew this pair no more. */
  needsReinstall(pair: TokenPair, because: string): Promise<void>;
  /** The app was removed from the workspace: the tokens are wiped, its cards are looked at again. */
  noteRemoved(teamId: string, because: string): Promise<void>;
}

/** Why an install link leads nowhere. */
export type LinkRefusal = 'unknown' | 'used' | 'expired';

export interface OpenInstallLink {
  id: number;
  organizationName: string;
  /** Epoch ms. */
  expiresAt: number;
}

export type Installed =
  | { kind: 'installed'; organizationName: string }
  /** `inUse`: the workspace has a live installation all the same, whose token must not be revoked. */
  | { kind: 'refused'; why: LinkRefusal | 'claimed'; inUse: boolean };

/** Installing the app by one-time links. */
export interface Installing {
  /** Looks a link up and changes nothing. */
  openLink(link: { secret: string } | { id: number }): Promise<OpenInstallLink | LinkRefusal>;
  /** Uses the link up and keeps the installation, both or neither; one of two that come at once is refused. */
  install(linkId: number, granted: GrantedInstallation): Promise<Installed>;
}

export type { FullMatch };
