import type { JsonObject } from '../common/json.ts';
import type { Change } from './handle.ts';
import type { ChannelInput, ProfileFieldInput, UserInput } from './setup.ts';
import type { StoredMessage } from './shown.ts';

export interface Channel extends ChannelInput {
  isMember: boolean;
  isArchived: boolean;
  isPrivate: boolean;
  /** Set for a direct message between the bot and this person. */
  dmWith?: string;
}

/** Who a workspace and the app's bot in it are. */
export interface WorkspaceFacts {
  teamId: string;
  domain: string;
  name: string;
  appId: string;
  botId: string;
  botUserId: string;
  now: () => number;
  /** Hears of every change, besides those who listen to this workspace alone. */
  tellAll: (change: Change) => void;
}

export interface NewMessage {
  channel: string;
  text: string;
  blocks: JsonObject[];
  attachments?: JsonObject[];
  metadata?: JsonObject;
  threadTs?: string;
  visibleTo?: string;
  /** The bot, unless told. */
  author?: string;
}

/** Everything the imaginary workspace holds besides views. */
export class Workspace {
  readonly teamId: string;
  readonly teamDomain: string;
  readonly teamName: string;
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly now: () => number;
  readonly people = new Map<string, UserInput>();
  readonly channels = new Map<string, Channel>();
  readonly profileFields: ProfileFieldInput[] = [];
  readonly messages: StoredMessage[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #tellAll: (change: Change) => void;
  #lastMicros = 0;

  constructor(facts: WorkspaceFacts) {
    this.teamId = facts.teamId;
    this.teamDomain = facts.domain;
    this.teamName = facts.name;
    this.appId = facts.appId;
    this.botId = facts.botId;
    this.botUserId = facts.botUserId;
    this.now = facts.now;
    this.#tellAll = facts.tellAll;
    this.people.set(this.botUserId, { id: this.botUserId, name: 'countersign', isBot: true });
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(change: Change): void {
    for (const listener of this.#listeners) listener(change);
    this.#tellAll(change);
  }

  /** A message timestamp: unique and growing, even when the clock stands still. */
  nextTs(): string {
    this.#lastMicros = Math.max(Math.round(this.now() * 1000), this.#lastMicros + 1);
    const seconds = Math.floor(this.#lastMicros / 1_000_000);
    return `${seconds}.${String(this.#lastMicros % 1_000_000).padStart(6, '0')}`;
  }

  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  addChannel(channel: ChannelInput): void {
    const defaults = { isMember: true, isArchived: false, isPrivate: false };
    this.channels.set(channel.id, { ...defaults, ...channel });
  }

  /** The one direct message between the bot and a person, made when first needed. */
  dmOf(userId: string): Channel {
    const id = `D${userId.slice(1)}`;
    const found = this.channels.get(id);
    if (found) return found;
    const made: Channel = {
      id,
      name: 'directmessage',
      isMember: true,
      isArchived: false,
      isPrivate: true,
      members: [userId],
      dmWith: userId,
    };
    this.channels.set(id, made);
    return made;
  }

  inChannel(channel: Channel, userId: string): boolean {
    return channel.members === undefined || channel.members.includes(userId);
  }

  /** Whether this person sees the message now. */
  sees(message: StoredMessage, userId: string): boolean {
    if (message.deleted) return false;
    if (message.visibleTo !== undefined) return message.visibleTo === userId;
    const channel = this.channels.get(message.channel);
    return channel !== undefined && this.inChannel(channel, userId);
  }

  message(channel: string, ts: string): StoredMessage | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts);
  }

  /** The first message of the thread that this one is in, or itself. */
  parentOf(message: StoredMessage): StoredMessage {
    const parent = message.threadTs && this.message(message.channel, message.threadTs);
    return parent || message;
  }

  /** What stands under a message, oldest first. */
  repliesTo(parent: StoredMessage): StoredMessage[] {
    return this.messages.filter(
      (message) =>
        message.channel === parent.channel &&
        message.threadTs === parent.ts &&
        message.ts !== parent.ts &&
        !message.deleted &&
        message.visibleTo === undefined,
    );
  }

  post(message: NewMessage): StoredMessage {
    const stored: StoredMessage = {
      attachments: [],
      author: this.botUserId,
      ...message,
      ts: this.nextTs(),
      postedAt: this.now(),
      deleted: false,
      editedMark: false,
      edits: [],
    };
    this.messages.push(stored);
    this.changed({ kind: 'message', channel: stored.channel, ts: stored.ts });
    return stored;
  }

  edit(
    message: StoredMessage,
    next: { text: string; blocks: JsonObject[]; attachments?: JsonObject[] },
  ): void {
    message.edits.push({ text: message.text, blocks: message.blocks, replacedAt: this.now() });
    message.text = next.text;
    message.blocks = next.blocks;
    message.attachments = next.attachments ?? [];
    // With blocks Slack draws no "(edited)" mark.
    message.editedMark = next.blocks.length === 0;
    this.changed({ kind: 'message', channel: message.channel, ts: message.ts });
  }

  remove(message: StoredMessage): void {
    message.deleted = true;
    this.changed({ kind: 'message', channel: message.channel, ts: message.ts });
  }

  /** The message as API answers and payloads carry it. */
  messageJson(message: StoredMessage, withMetadata = false): JsonObject {
    const own = message.author === this.botUserId;
    return {
      type: 'message',
      user: message.author,
      ...(own && { bot_id: this.botId, app_id: this.appId }),
      team: this.teamId,
      ts: message.ts,
      text: message.text,
      ...(message.blocks.length > 0 && { blocks: structuredClone(message.blocks) }),
      ...(message.attachments.length > 0 && { attachments: structuredClone(message.attachments) }),
      ...this.#threadJson(message),
      ...(message.editedMark && { edited: { user: message.author, ts: message.ts } }),
      ...(withMetadata && message.metadata && { metadata: structuredClone(message.metadata) }),
    };
  }

  #threadJson(message: StoredMessage): JsonObject {
    if (message.threadTs !== undefined && message.threadTs !== message.ts) {
      const parent = this.message(message.channel, message.threadTs);
      return { thread_ts: message.threadTs, ...(parent && { parent_user_id: parent.author }) };
    }
    const replies = message.visibleTo === undefined ? this.repliesTo(message) : [];
    if (replies.length === 0) return {};
    const users = [...new Set(replies.map(({ author }) => author))];
    return {
      thread_ts: message.ts,
      reply_count: replies.length,
      reply_users_count: users.length,
      latest_reply: replies.at(-1)?.ts,
      reply_users: users,
      is_locked: false,
      subscribed: true,
    };
  }
}
