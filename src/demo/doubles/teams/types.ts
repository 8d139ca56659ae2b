import type { JsonObject } from './json.ts';
import type { RateLimits } from './rate-limits.ts';

export interface TeamsDoubleOptions {
  port?: number;
  /** MicrosoftAppId; the bot is 28:<appId>. */
  appId: string;
  /** The client secret; absent: the app proves itself by certificate alone. */
  appPassword?: string;
  /** The certificate in PEM whose key signs client assertions; absent: their shape alone is looked at. */
  certificate?: string;
  tenantId: string;
  /** off: activities come without a token, and the Connector asks for none. Default on. */
  auth?: 'on' | 'off';
  /** What people see as the bot's name. */
  appName?: string;
  /** Where the bot listens, e.g. http://127.0.0.1:3000/api/messages; can be set later. */
  requestUrl?: string;
  /** true: the documented limits; an object: those limits changed; absent: none. */
  rateLimits?: boolean | Partial<RateLimits>;
  now?: () => number;
  /** The clock of tokens in both directions; the real one unless told, for libraries look at that one. */
  tokenClock?: () => number;
  /** How long the client waits for an answer, in real milliseconds. Teams: about 15000. */
  answerTimeoutMs?: number;
  /** How long an access token of the login endpoint lives, in seconds of `tokenClock`. Entra: 3599. */
  tokenLifetimeSeconds?: number;
}

/** People are named by their Entra object id wherever the double asks for a person. */
export interface PersonInput {
  aadObjectId: string;
  name: string;
  email?: string | null;
  /** Absent: the e-mail address. */
  userPrincipalName?: string;
  /** The object id of the person's manager. */
  manager?: string;
  isGuest?: boolean;
  /** false: the account is disabled in Entra. Default true. */
  enabled?: boolean;
  /** false: the app is not installed for them: they exist in Graph and cannot be reached. Default true. */
  installed?: boolean;
  locale?: string;
  /** Somebody of another tenant, e.g. in a shared channel. */
  tenantId?: string;
}

export interface Person extends PersonInput {
  /** The person's id towards this bot, 29:…. */
  mri: string;
  email: string | null;
  userPrincipalName: string;
  installed: boolean;
  blocked: boolean;
}

export interface TeamInput {
  /** 19:…@thread.tacv2, also the id of its General channel. */
  id: string;
  name: string;
  /** Object ids; absent: everybody known when asked. */
  members?: string[];
  /** Whether the app is in the team. Default true. */
  hasBot?: boolean;
}

export interface ChannelInput {
  /** 19:…@thread.tacv2. */
  id: string;
  name: string;
  team: string;
}

export interface GroupChatInput {
  /** 19:…@thread.v2. */
  id: string;
  name?: string;
  members: string[];
  /** Default true. */
  hasBot?: boolean;
}

export interface MessageVersion {
  text: string;
  summary?: string;
  card?: JsonObject;
  replacedAt: number;
}

export interface StoredMessage {
  id: string;
  /** Without ;messageid=…. */
  conversation: string;
  /** An object id, or 28:<appId> for the bot. */
  author: string;
  text: string;
  textFormat: 'plain' | 'markdown' | 'xml';
  /** What the notification says. */
  summary?: string;
  /** As everybody sees it who has no view of their own. */
  card?: JsonObject;
  /** The first message of the thread this one answers in a channel. */
  threadOf?: string;
  /** It begins with a mention of the bot, which its text leaves out. */
  mentionsBot?: boolean;
  /** Set for targeted messages: the object id of the one person who sees it. */
  visibleTo?: string;
  deleted: boolean;
  postedAt: number;
  /** Earlier versions, oldest first. */
  edits: MessageVersion[];
}

export interface StoredDialog {
  id: string;
  person: string;
  /** From a card's button, or from the message extension. */
  kind: 'task' | 'extension';
  title: string;
  card: JsonObject;
  conversation: string;
  /** The message whose button opened it. */
  activityId?: string;
  commandId?: string;
}

/** What a person was told in passing: the words of an invoke's answer that is no card. */
export interface Toast {
  person: string;
  conversation: string;
  text: string;
  at: number;
}

export type Method =
  | 'openid'
  | 'token'
  | 'conversations.create'
  | 'activities.post'
  | 'activities.update'
  | 'activities.delete'
  | 'members.get'
  | 'members.list'
  | 'graph.user'
  | 'graph.manager'
  | 'graph.users';

/** One request the bot made of Microsoft. */
export interface RecordedCall {
  id: number;
  method: Method | 'unknown';
  /** HTTP method and path with query. */
  request: string;
  /** The body; secrets left out. */
  args: JsonObject;
  /** The conversation concerned, without ;messageid=…. */
  conversation?: string;
  at: number;
  /** Absent while under way. */
  answered?: { status: number; body: unknown; retryAfter?: number } | 'reset' | 'hang';
  /** Whether what was asked was done, whatever the caller was told. */
  performed: boolean;
}

/** One HTTP request from the double to the bot, exactly as sent. */
export interface Delivery {
  id: number;
  url: string;
  headers: Record<string, string>;
  body: string;
  at: number;
  ms: number;
  status?: number;
  responseBody: string;
  failure?: 'timeout' | 'unreachable' | 'no request url';
}

export interface ActResult {
  /** False when the client itself stopped it (an input is wrong). */
  sent: boolean;
  status?: number;
  /** The bot's answer, as JSON where it is JSON. */
  body?: unknown;
  ms?: number;
  /** What the person sees when the answer was late, missing or wrong. */
  warning?: string;
  activity?: JsonObject;
  delivery?: Delivery;
}

export interface TypeResult extends ActResult {
  message: StoredMessage;
}

export interface PressResult extends ActResult {
  /** Shown under the inputs, by id. */
  inputErrors?: Record<string, string>;
  openedUrl?: string;
  /** What the person sees of the message now. */
  card?: JsonObject;
  toast?: string;
  /** The dialog that is open now. */
  dialog?: StoredDialog;
}

export interface DialogResult extends ActResult {
  inputErrors?: Record<string, string>;
  /** What is open afterwards; absent when it closed. */
  dialog?: StoredDialog;
  toast?: string;
}

/** What a display asked for; nothing is sent unless the card names this person and was not looked at before. */
export interface LookResult extends ActResult {
  /** What the person sees of the message now. */
  card?: JsonObject;
}

export type Inputs = Readonly<Record<string, string>>;

export interface PressTarget {
  conversation: string;
  activityId: string;
  /** Which button, of those this person sees: by its words, … */
  title?: string;
  /** … by its place among all buttons of the card, … */
  index?: number;
  /** … or by what its data hold, among other things. */
  data?: JsonObject;
  inputs?: Inputs;
  /** Send what the client would hold back: inputs that are missing or wrong. */
  skipClientChecks?: boolean;
  /** A client that knows no Action.Execute takes its fallback. */
  oldClient?: boolean;
  /** A slow client: any version the message ever had. */
  stale?: boolean;
  /** Send this press although nothing shows it to this person. */
  forge?: { type?: 'Action.Execute' | 'Action.Submit'; verb?: string; title?: string; data?: unknown };
}

export interface TypeHow {
  /** Absent: the person's own chat with the bot. */
  conversation?: string;
  /** In a channel: answers in the thread of this message. */
  threadOf?: string;
  /** Typed as a slash command: seen by the bot alone. Not in personal chats. */
  targeted?: boolean;
  /** false: in a channel or group chat without the mention, which the bot does not hear. Default true. */
  mention?: boolean;
}

/** What is not as it should be in the token of an activity. Seconds count from `tokenClock`'s now. */
export interface TokenForgery {
  /** Signed by a key that is nowhere published, under the published key's id. */
  otherKey?: true;
  kid?: string;
  algorithm?: 'RS256' | 'none' | 'HS256';
  issuer?: string;
  audience?: string;
  /** null leaves the claim out. */
  serviceUrl?: string | null;
  notBefore?: number;
  expires?: number;
  claims?: JsonObject;
}

export interface RawActivity {
  /** The JSON body, or … */
  activity?: unknown;
  /** … the exact body, or … */
  body?: string;
  /** … an earlier delivery, sent again byte for byte. */
  replayOf?: Delivery;
  /** A fixed Authorization header; null leaves it out. */
  authorization?: string | null;
  /** The token is made by the double, with these things changed. */
  token?: TokenForgery;
  headers?: Record<string, string>;
}

export interface FaultInput {
  /** A method, or the word before its dot (activities, graph, …); absent: any. */
  method?: Method | 'conversations' | 'activities' | 'members' | 'graph';
  conversation?: string;
  /** An object id: calls for them, or for their own chat with the bot. */
  person?: string;
  /** How often. Default 1; Infinity for always. */
  times?: number;
  /** Answer with this HTTP status. */
  status?: number;
  /** Seconds, as Retry-After header; null: a 429 without that header. */
  retryAfter?: number | null;
  connection?: 'reset' | 'hang';
  /** The error's code, e.g. BotNotInConversationRoster (403 unless `status` says otherwise). */
  code?: string;
  message?: string;
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
  | { kind: 'message'; conversation: string; id: string }
  /** What one person sees of a message. */
  | { kind: 'view'; person: string; conversation: string; id: string }
  | { kind: 'dialog'; person: string }
  | { kind: 'toast'; toast: Toast }
  | { kind: 'people' }
  | { kind: 'call'; call: RecordedCall }
  | { kind: 'delivery'; delivery: Delivery };

/** Which of the two events of an installation comes first; Teams promises nothing. */
export interface EventHow {
  first?: 'installationUpdate' | 'conversationUpdate';
  /** Tell the bot nothing. */
  silently?: boolean;
}

/** Microsoft Teams, Entra and Graph of one tenant, with people who use one bot. */
export interface TeamsDouble {
  /** Where activities name the Connector, ending in /teams/. TEAMS_SERVICE_URL. */
  readonly serviceUrl: string;
  /** TEAMS_OPENID_METADATA_URL. */
  readonly openIdUrl: string;
  /** In place of https://login.microsoftonline.com. TEAMS_LOGIN_URL. */
  readonly loginUrl: string;
  /** Ending in /v1.0. TEAMS_GRAPH_URL. */
  readonly graphUrl: string;
  readonly appId: string;
  readonly tenantId: string;
  /** 28:<appId>. */
  readonly botId: string;
  readonly calls: RecordedCall[];
  readonly deliveries: Delivery[];
  readonly toasts: Toast[];
  requestUrl: string | undefined;
  /** false: an admin withdrew the consent to read people: Graph answers 403. */
  graphConsent: boolean;

  addPerson(person: PersonInput): Person;
  updatePerson(id: string, change: Partial<Omit<PersonInput, 'aadObjectId' | 'installed'>>): void;
  person(id: string): Person;
  people(): Person[];
  addTeam(team: TeamInput): void;
  addChannel(channel: ChannelInput): void;
  addGroupChat(chat: GroupChatInput): void;
  /** The id of the one chat between a person and the bot. */
  chatOf(person: string): string;

  install(person: string, how?: EventHow): Promise<ActResult[]>;
  uninstall(person: string, how?: EventHow): Promise<ActResult[]>;
  /** The person blocks the bot (or no longer does): the bot hears nothing of it. */
  block(person: string, blocked?: boolean): void;
  /** The app comes into a team or group chat, by somebody's hand. */
  addBot(teamOrChat: string, by: string, how?: EventHow): Promise<ActResult[]>;
  removeBot(teamOrChat: string, by: string, how?: EventHow): Promise<ActResult[]>;
  addMember(teamOrChat: string, person: string): Promise<ActResult>;
  removeMember(teamOrChat: string, person: string): Promise<ActResult>;

  type(person: string, text: string, how?: TypeHow): Promise<TypeResult>;
  press(person: string, target: PressTarget): Promise<PressResult>;
  /** The activity a press would send, without sending it: for forging. */
  pressActivity(person: string, target: PressTarget): JsonObject;
  /** The activity typing would send, without sending it. */
  typeActivity(person: string, text: string, how?: TypeHow): JsonObject;
  /** The message comes into the person's view. */
  look(
    person: string,
    conversation: string,
    activityId: string,
    how?: { again?: boolean },
  ): Promise<LookResult>;
  /** Fills in the open dialog and presses a button of it; its only Action.Submit unless told. */
  submitDialog(
    person: string,
    inputs?: Inputs,
    how?: { title?: string; data?: JsonObject; skipClientChecks?: boolean },
  ): Promise<DialogResult>;
  closeDialog(person: string): void;
  /** Opens an action command of the message extension, from the compose box. */
  openExtension(person: string, commandId: string, how?: { conversation?: string }): Promise<DialogResult>;
  /** Sends any activity with whatever token. */
  sendRaw(raw: RawActivity): Promise<Delivery>;
  /** A token as the Connector signs it, with these things changed. */
  signToken(forgery?: TokenForgery): Promise<string>;

  /** A person: their chat with the bot and every targeted message for them. A conversation: what `as` sees in it. */
  messagesOf(personOrConversation: string, how?: { as?: string; withDeleted?: boolean }): StoredMessage[];
  message(conversation: string, activityId: string): StoredMessage | undefined;
  /** The replies under a message, oldest first. */
  threadOf(conversation: string, activityId: string): StoredMessage[];
  /** The message's card as this person sees it. */
  cardFor(person: string, conversation: string, activityId: string): JsonObject | undefined;
  /** Whether that card is this person's own view. */
  hasOwnView(person: string, conversation: string, activityId: string): boolean;
  dialogOf(person: string): StoredDialog | undefined;

  /** Every access token issued so far is refused from now on. */
  revokeTokens(): void;
  addFault(fault: FaultInput): FaultHandle;
  clearFaults(): void;
  onChange(listener: (change: Change) => void): () => void;
  close(): Promise<void>;
}
