import type { FaultHandle } from '../common/faults.ts';
import type { JsonObject } from '../common/json.ts';
import type {
  ActResult,
  DialogResult,
  EventHow,
  Inputs,
  LookResult,
  PressResult,
  PressTarget,
  TypeHow,
  TypeResult,
} from './acts.ts';
import type { ChannelInput, GroupChatInput, Person, PersonInput, TeamInput } from './setup.ts';
import type { StoredDialog, StoredMessage, Toast } from './shown.ts';
import type { Delivery, FaultInput, RawActivity, RecordedCall, TokenForgery } from './traffic.ts';

export type Change =
  | { kind: 'message'; conversation: string; id: string }
  /** What one person sees of a message. */
  | { kind: 'view'; person: string; conversation: string; id: string }
  | { kind: 'dialog'; person: string }
  | { kind: 'toast'; toast: Toast }
  | { kind: 'people' }
  | { kind: 'call'; call: RecordedCall }
  | { kind: 'delivery'; delivery: Delivery };

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
