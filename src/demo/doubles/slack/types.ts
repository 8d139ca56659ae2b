import type { JsonObject } from './json.ts';
import type { RateLimits } from './rate-limits.ts';

export interface SlackDoubleOptions extends Omit<TeamInput, 'teamId'> {
  port?: number;
  teamId?: string;
  signingSecret: string;
  /** Where the bot listens, e.g. http://127.0.0.1:3000/slack/events; can be set later. */
  requestUrl?: string;
  /** true: the documented limits; an object: those limits changed; absent: none. */
  rateLimits?: boolean | Partial<RateLimits>;
  now?: () => number;
  /** How long the person waits for an ack, in real milliseconds. Slack: 3000. */
  ackTimeoutMs?: number;
  /** How the bot hears of things; http unless told. */
  transport?: 'http' | 'socket';
  /** The app-level token (xapp-…) that may open sockets. */
  appToken?: string;
  /** The app's OAuth settings; absent: nobody can install it. */
  oauth?: OAuthOptions;
}

/** One workspace. */
export interface TeamInput {
  teamId: string;
  /** Absent: the app is not installed there yet. */
  botToken?: string;
  /** What the bot token may do. */
  scopes?: readonly string[];
  domain?: string;
  name?: string;
  botUserId?: string;
  botId?: string;
}

export interface OAuthOptions {
  clientId: string;
  clientSecret: string;
  /** Where people may be sent back to; the first one unless the URL names another. */
  redirectUris: readonly string[];
  /** Tokens live 12 hours and come with a refresh token. */
  tokenRotation?: boolean;
}

export interface UserInput {
  id: string;
  name: string;
  realName?: string;
  email?: string;
  deleted?: boolean;
  isBot?: boolean;
  isAdmin?: boolean;
  isRestricted?: boolean;
  isUltraRestricted?: boolean;
  isStranger?: boolean;
  teamId?: string;
  tz?: string;
  profileFields?: Record<string, { value: string; alt?: string }>;
}

export interface ChannelInput {
  id: string;
  name: string;
  /** Whether the bot is in it. Default true. */
  isMember?: boolean;
  isArchived?: boolean;
  isPrivate?: boolean;
  /** People in it; absent: everybody. */
  members?: string[];
}

export interface ProfileFieldInput {
  id: string;
  label: string;
  type: 'text' | 'date' | 'link' | 'options_list' | 'long_text' | 'user';
  fieldName?: string;
  hint?: string;
  isInverse?: boolean;
  isHidden?: boolean;
}

export interface MessageVersion {
  text: string;
  blocks: JsonObject[];
  replacedAt: number;
}

export interface StoredMessage {
  ts: string;
  channel: string;
  author: string;
  text: string;
  blocks: JsonObject[];
  attachments: JsonObject[];
  metadata?: JsonObject;
  threadTs?: string;
  postedAt: number;
  /** Set for ephemeral messages: the one person who sees it. */
  visibleTo?: string;
  deleted: boolean;
  /** Whether people see "(edited)". */
  editedMark: boolean;
  /** Earlier versions, oldest first. */
  edits: MessageVersion[];
}

export type StateValue = JsonObject & { type: string };
export type StateValues = Record<string, Record<string, StateValue>>;

export interface StoredView {
  id: string;
  userId: string;
  type: 'modal' | 'home';
  hash: string;
  title?: JsonObject;
  submit?: JsonObject;
  close?: JsonObject;
  blocks: JsonObject[];
  callbackId: string;
  privateMetadata: string;
  externalId: string;
  clearOnClose: boolean;
  notifyOnClose: boolean;
  rootViewId: string;
  previousViewId: string | null;
  /** What the person has entered so far, by block_id and action_id. */
  entered: StateValues;
  /** The errors shown under inputs, by block_id. */
  shownErrors: Record<string, string>;
}

export interface RecordedCall {
  id: number;
  /** The workspace of the caller's token; absent where there is none. */
  teamId?: string;
  /** A Web API method, or `response_url`. */
  method: string;
  args: JsonObject;
  at: number;
  /** Absent while under way. */
  answered?: { status: number; body: unknown; retryAfter?: number } | 'reset' | 'hang';
  /** Whether Slack did what was asked, whatever the caller was told. */
  performed: boolean;
}

/** One HTTP request, or one envelope over a socket, from the double to the bot, exactly as sent. */
export interface Delivery {
  id: number;
  url: string;
  headers: Record<string, string>;
  body: string;
  at: number;
  ackMs: number;
  status?: number;
  responseBody: string;
  failure?: 'timeout' | 'unreachable' | 'no request url';
}

export interface InteractionResult {
  /** False when the client itself stopped it (confirmation denied, required input empty). */
  sent: boolean;
  ackMs?: number;
  ackStatus?: number;
  ackBody?: unknown;
  /** What the person sees when the ack was late, missing or wrong. */
  warning?: string;
  payload?: JsonObject;
  triggerId?: string;
  responseUrl?: string;
  delivery?: Delivery;
}

export interface ClickResult extends InteractionResult {
  cancelled?: true;
  openedUrl?: string;
}

export interface SubmitResult extends InteractionResult {
  /** Shown under the inputs, by block_id. */
  errors?: Record<string, string>;
  responseAction?: 'errors' | 'update' | 'push' | 'clear' | 'close';
  /** What the person looks at afterwards; absent when the modal is gone. */
  viewAfter?: StoredView;
}

export interface CommandResult extends InteractionResult {
  /** The bot's immediate answer, as the person sees it. */
  reply?: StoredMessage;
}

export interface ClickTarget {
  channel: string;
  ts: string;
  actionId: string;
  blockId?: string;
  /** For a button: overrides its value (needs forge); for a menu: the option chosen. */
  value?: string | string[];
  /** false: the person answered the confirmation dialog with "no". */
  confirm?: boolean;
  /** Send the click although the message shows no such element to this person. */
  forge?: boolean;
}

export type EnteredValues = Record<string, string | string[] | null>;

export interface RawRequest {
  /** The exact body, or … */
  body?: string;
  /** … the interaction payload to form-encode, or … */
  payload?: JsonObject;
  /** … form members (slash commands), or … */
  form?: Record<string, string>;
  /** … a JSON body (events), or … */
  json?: unknown;
  /** … an earlier delivery, sent again byte for byte. */
  replayOf?: Delivery;
  /** Seconds; default now. */
  timestamp?: number;
  /** A fixed signature; null leaves the header out. */
  signature?: string | null;
  /** Sign with another secret. */
  secret?: string;
  headers?: Record<string, string>;
}

export interface FaultInput {
  /** A Web API method or `response_url`; absent: any. */
  method?: string;
  channel?: string;
  user?: string;
  /** How often. Default 1; Infinity for always. */
  times?: number;
  /** Answer with this HTTP status. */
  status?: number;
  /** Seconds, as Retry-After header. */
  retryAfter?: number;
  connection?: 'reset' | 'hang';
  /** Answer 200 with ok:false and this error. */
  slackError?: string;
  /** before: nothing is done. after: it is done, yet the caller is told otherwise. Default before. */
  when?: 'before' | 'after';
  delayMs?: number;
}

export interface FaultHandle {
  readonly hits: number;
  readonly remaining: number;
  remove(): void;
}

export type Change =
  | { kind: 'message'; channel: string; ts: string }
  | { kind: 'view'; userId: string }
  | { kind: 'home'; userId: string }
  | { kind: 'people' }
  | { kind: 'call'; call: RecordedCall }
  | { kind: 'delivery'; delivery: Delivery };

/** What can happen to the bot's sockets. */
export interface SocketControls {
  /** How many connections would be given something. */
  readonly connected: number;
  /** Resolves once there are exactly so many; one unless told. */
  whenConnected(count?: number): Promise<void>;
  /** Slack's word that a connection ends; resolves once the bot has closed them. */
  askToReconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled'): Promise<void>;
  /** Every connection breaks at once, without a word. */
  drop(): void;
  /** The same in the moment the bot acks something: Slack never hears that ack. */
  dropAtNextAck(): void;
}

/** One workspace of the double: its people, channels, messages, views, and what the bot did there. */
export interface SlackTeamDouble {
  /** The Web API root, ending in /api/; the same for every workspace. */
  readonly url: string;
  readonly teamId: string;
  readonly botUserId: string;
  /** Whether the app is installed there. */
  readonly installed: boolean;
  readonly calls: RecordedCall[];
  readonly deliveries: Delivery[];
  /** The same for every workspace: it belongs to the app. */
  requestUrl: string | undefined;

  addUser(user: UserInput): void;
  updateUser(id: string, change: Partial<UserInput>): void;
  users(): UserInput[];
  addChannel(channel: ChannelInput): void;
  defineProfileField(field: ProfileFieldInput): void;
  dmOf(userId: string): string;

  click(userId: string, target: ClickTarget): Promise<ClickResult>;
  /** The payload a click would send, without sending it: for forging. */
  clickPayload(userId: string, target: ClickTarget): JsonObject;
  enter(userId: string, viewId: string, values: EnteredValues): StoredView;
  submitView(
    userId: string,
    viewId: string,
    values?: EnteredValues,
    how?: { skipClientChecks?: boolean },
  ): Promise<SubmitResult>;
  closeView(userId: string, viewId: string): Promise<InteractionResult>;
  clickInView(
    userId: string,
    viewId: string,
    actionId: string,
    value?: string | string[],
    how?: { blockId?: string; confirm?: boolean },
  ): Promise<ClickResult>;
  slashCommand(userId: string, command: string, text: string, channel?: string): Promise<CommandResult>;
  openHome(userId: string): Promise<InteractionResult>;
  sendEvent(event: JsonObject, retry?: { num: number; reason: string }): Promise<InteractionResult>;
  sendRaw(request: RawRequest): Promise<Delivery>;

  openViewOf(userId: string): StoredView | undefined;
  viewsOf(userId: string): StoredView[];
  homeOf(userId: string): StoredView | undefined;
  /** A person: their DM with the bot and every ephemeral shown to them. A channel: what `as` sees in it. */
  messagesOf(userOrChannel: string, how?: { as?: string; withDeleted?: boolean }): StoredMessage[];
  message(channel: string, ts: string): StoredMessage | undefined;
  /** The replies under a message, oldest first. */
  threadOf(channel: string, ts: string): StoredMessage[];
  /** A person writes in a conversation they are in, or in a thread of it. */
  say(userId: string, channel: string, text: string, threadTs?: string): StoredMessage;

  addFault(fault: FaultInput): FaultHandle;
  clearFaults(): void;
  onChange(listener: (change: Change) => void): () => void;
}

/**
 * The whole double. What it shares with one workspace is that of the first one, but for `calls`, `deliveries` and
 * `onChange`: those are of all workspaces.
 */
export interface SlackDouble extends SlackTeamDouble {
  /** One more workspace behind the same address. */
  addTeam(team: TeamInput): SlackTeamDouble;
  /** The handle of one workspace. */
  team(teamId: string): SlackTeamDouble;
  /**
   * A person follows the app's authorize URL and allows (or denies) what it asks. Answers where Slack sends them back
   * to; throws what the consent page would complain of.
   */
  authorize(consent: { url: string; userId: string; teamId: string; deny?: boolean }): string;
  /** The app is removed from a workspace: its tokens die, and the bot is told unless `silently`. */
  uninstall(teamId: string, how?: { silently?: boolean }): Promise<InteractionResult[]>;
  /** A single token is revoked or runs out; the bot is told nothing. */
  endToken(token: string, end?: 'token_revoked' | 'account_inactive' | 'token_expired'): void;
  readonly sockets: SocketControls;
  close(): Promise<void>;
}
