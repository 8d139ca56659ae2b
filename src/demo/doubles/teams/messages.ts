import { isObject, type JsonObject } from '../common/json.ts';
import { TARGETED_LIFETIME_MS } from './limits.ts';
import type { StoredMessage } from './shown.ts';
import type { Conversation, World } from './world.ts';

export interface NewMessage {
  conversation: Conversation;
  /** The bot, unless told. */
  author?: string;
  text: string;
  textFormat?: StoredMessage['textFormat'];
  summary?: string;
  card?: JsonObject;
  threadOf?: string;
  visibleTo?: string;
}

/** What one message's viewers see that is not the message itself. */
interface Display {
  /** What people see who have a view of their own, by object id. */
  views: Map<string, JsonObject>;
  /** Who has looked at this version. */
  looked: Set<string>;
  /** Everything ever shown, oldest first: what a slow client may still show. */
  shown: { card: JsonObject; to: string | undefined }[];
}

/** Every message of the tenant, and what each person sees of it. */
export class Messages {
  readonly #world: World;
  readonly #byConversation = new Map<string, StoredMessage[]>();
  readonly #byId = new Map<string, StoredMessage>();
  readonly #displays = new WeakMap<StoredMessage, Display>();
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  #changed(message: StoredMessage): void {
    this.#world.changed({ kind: 'message', conversation: message.conversation, id: message.id });
  }

  in(conversation: string): readonly StoredMessage[] {
    return this.#byConversation.get(conversation) ?? [];
  }

  /** Whatever was posted under that id, deleted or not. */
  find(conversation: string, id: string): StoredMessage | undefined {
    return this.#byId.get(`${conversation} ${id}`);
  }

  add(input: NewMessage): StoredMessage {
    const { conversation, author = this.#world.botId, textFormat = 'markdown', ...rest } = input;
    this.#count += 1;
    const stamp = this.#world.nextId();
    // In personal chats ids are no moments.
    const id = conversation.kind === 'personal' ? `1:1${stamp}${this.#count.toString(36)}` : stamp;
    const message: StoredMessage = {
      ...rest,
      id,
      conversation: conversation.id,
      author,
      textFormat,
      deleted: false,
      postedAt: this.#world.now(),
      edits: [],
    };
    const list = this.#byConversation.get(conversation.id);
    if (list) list.push(message);
    else this.#byConversation.set(conversation.id, [message]);
    this.#byId.set(`${conversation.id} ${id}`, message);
    this.#changed(message);
    return message;
  }

  /** A new version: whatever people saw of their own is gone. */
  edit(message: StoredMessage, next: { text: string; summary?: string; card?: JsonObject }): void {
    const { text, summary, card } = message;
    message.edits.push({
      text,
      ...(summary !== undefined && { summary }),
      ...(card && { card }),
      replacedAt: this.#world.now(),
    });
    message.text = next.text;
    if (next.summary === undefined) delete message.summary;
    else message.summary = next.summary;
    if (next.card === undefined) delete message.card;
    else message.card = next.card;
    const display = this.#display(message);
    if (card) display.shown.push({ card, to: undefined });
    display.views.clear();
    display.looked.clear();
    this.#changed(message);
  }

  remove(message: StoredMessage): void {
    message.deleted = true;
    this.#changed(message);
  }

  #display(message: StoredMessage): Display {
    const found = this.#displays.get(message);
    if (found) return found;
    const made: Display = { views: new Map(), looked: new Set(), shown: [] };
    this.#displays.set(message, made);
    return made;
  }

  /** Whether it has not vanished: targeted messages do after a day. */
  isThere(message: StoredMessage): boolean {
    const tooOld = this.#world.now() - message.postedAt >= TARGETED_LIFETIME_MS;
    return !message.deleted && !(message.visibleTo !== undefined && tooOld);
  }

  sees(message: StoredMessage, person: string): boolean {
    if (!this.isThere(message)) return false;
    if (message.visibleTo !== undefined) return message.visibleTo === person;
    return this.#world.isMember(this.#world.conversation(message.conversation), person);
  }

  cardFor(message: StoredMessage, person: string): JsonObject | undefined {
    return this.#display(message).views.get(person) ?? message.card;
  }

  hasOwnView(message: StoredMessage, person: string): boolean {
    return this.#display(message).views.has(person);
  }

  /** Earlier cards this person was shown, newest first. */
  shownBefore(message: StoredMessage, person: string): JsonObject[] {
    const shown = this.#display(message).shown.filter(({ to }) => to === undefined || to === person);
    return [...shown.map(({ card }) => card).reverse(), ...(message.card ? [message.card] : [])];
  }

  /** Whether this person looks at this version for the first time. */
  looksFirst(message: StoredMessage, person: string): boolean {
    const { looked } = this.#display(message);
    if (looked.has(person)) return false;
    looked.add(person);
    return true;
  }

  /** A refresh that failed is asked for again at the next look. */
  forgetLook(message: StoredMessage, person: string): void {
    this.#display(message).looked.delete(person);
  }

  /** The answer to a press or a refresh takes the card's place: for this person, where the card is refreshed for them. */
  replaceCard(message: StoredMessage, person: string, card: JsonObject): void {
    const display = this.#display(message);
    if (!this.isRefreshedFor(message, person)) {
      const { summary, text } = message;
      this.edit(message, { text, ...(summary !== undefined && { summary }), card });
      return;
    }
    const before = display.views.get(person);
    if (before) display.shown.push({ card: before, to: person });
    display.views.set(person, card);
    display.looked.add(person);
    this.#world.changed({ kind: 'view', person, conversation: message.conversation, id: message.id });
  }

  /** Whether the card everybody gets asks to be refreshed when this person sees it. */
  isRefreshedFor(message: StoredMessage, person: string): boolean {
    const refresh = message.card?.refresh;
    if (!isObject(refresh)) return false;
    const { userIds } = refresh;
    if (Array.isArray(userIds)) return userIds.includes(this.#world.person(person).mri);
    return this.#world.membersOf(this.#world.conversation(message.conversation)).length <= 60;
  }

  /** What stands under a message, oldest first. */
  repliesTo(conversation: string, id: string): StoredMessage[] {
    return this.in(conversation).filter((message) => message.threadOf === id && this.isThere(message));
  }
}
