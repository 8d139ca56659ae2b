import type { FaultHandle } from '../common/faults.ts';
import type { JsonObject } from '../common/json.ts';
import type {
  ClickResult,
  ClickTarget,
  CommandResult,
  EnteredValues,
  InteractionResult,
  SubmitResult,
} from './acts.ts';
import type { ChannelInput, ProfileFieldInput, TeamInput, UserInput } from './setup.ts';
import type { StoredMessage, StoredView } from './shown.ts';
import type { Delivery, FaultInput, RawRequest, RecordedCall } from './traffic.ts';

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
