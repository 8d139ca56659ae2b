import { createHash } from 'node:crypto';
import type { Change } from './handle.ts';
import { Refusal } from './refusal.ts';
import type { ChannelInput, GroupChatInput, Person, PersonInput, TeamInput } from './setup.ts';
import type { StoredDialog, Toast } from './shown.ts';

/** Where people and the bot meet. */
export interface Conversation {
  id: string;
  kind: 'personal' | 'channel' | 'groupChat';
  name?: string;
  /** The person of a personal chat. */
  person?: string;
  /** The team of a channel. */
  team?: string;
}

interface Membership {
  id: string;
  name?: string;
  members: Set<string> | undefined;
  hasBot: boolean;
}

export interface WorldFacts {
  appId: string;
  appName: string;
  tenantId: string;
  now: () => number;
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

/** The imaginary tenant: its people, places, dialogs and what they were told. */
export class World {
  readonly appId: string;
  readonly appName: string;
  readonly tenantId: string;
  readonly botId: string;
  readonly now: () => number;
  readonly people = new Map<string, Person>();
  readonly conversations = new Map<string, Conversation>();
  readonly teams = new Map<string, Membership>();
  readonly groupChats = new Map<string, Membership>();
  readonly dialogs = new Map<string, StoredDialog>();
  readonly toasts: Toast[] = [];
  graphConsent = true;
  readonly #byMri = new Map<string, Person>();
  readonly #listeners = new Set<(change: Change) => void>();
  #lastId = 0;

  constructor(facts: WorldFacts) {
    this.appId = facts.appId;
    this.appName = facts.appName;
    this.tenantId = facts.tenantId;
    this.botId = `28:${facts.appId}`;
    this.now = facts.now;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  changed(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Unique and growing, even when the clock stands still: what ids of messages in channels look like. */
  nextId(): string {
    this.#lastId = Math.max(Math.round(this.now()), this.#lastId + 1);
    return String(this.#lastId);
  }

  addPerson(input: PersonInput): Person {
    if (this.people.has(input.aadObjectId)) throw new Refusal(`${input.aadObjectId} is there already`);
    const email = input.email ?? null;
    const handle = email ?? `${input.name.toLowerCase().replace(/[^a-z0-9]+/g, '.')}@double.onmicrosoft.com`;
    const guestName = `${handle.replace('@', '_')}#EXT#@double.onmicrosoft.com`;
    const person: Person = {
      installed: true,
      blocked: false,
      userPrincipalName: input.isGuest ? guestName : handle,
      ...input,
      email,
      mri: `29:1${digest(`${this.appId} ${input.aadObjectId}`)}`,
    };
    this.people.set(person.aadObjectId, person);
    this.#byMri.set(person.mri, person);
    const chat = this.chatOf(person.aadObjectId);
    this.conversations.set(chat, { id: chat, kind: 'personal', person: person.aadObjectId });
    this.changed({ kind: 'people' });
    return person;
  }

  person(id: string): Person {
    const found = this.people.get(id);
    if (!found) throw new Refusal(`no person ${id}`);
    return found;
  }

  /** By object id or by MRI. */
  findPerson(id: string): Person | undefined {
    return this.people.get(id) ?? this.#byMri.get(id);
  }

  /** The one chat between the bot and a person: the same each time. */
  chatOf(person: string): string {
    return `a:1${digest(`chat ${this.appId} ${person}`)}`;
  }

  addTeam({ id, name, members, hasBot = true }: TeamInput): void {
    this.teams.set(id, { id, name, members: members && new Set(members), hasBot });
    this.addChannel({ id, name: 'General', team: id });
  }

  addChannel({ id, name, team }: ChannelInput): void {
    if (!this.teams.has(team)) throw new Refusal(`no team ${team}`);
    this.conversations.set(id, { id, kind: 'channel', name, team });
  }

  addGroupChat({ id, name, members, hasBot = true }: GroupChatInput): void {
    this.groupChats.set(id, { id, ...(name !== undefined && { name }), members: new Set(members), hasBot });
    this.conversations.set(id, { id, kind: 'groupChat', ...(name !== undefined && { name }) });
  }

  conversation(id: string): Conversation {
    const found = this.conversations.get(id);
    if (!found) throw new Refusal(`no conversation ${id}`);
    return found;
  }

  /** Who a team or group chat consists of. */
  membership(teamOrChat: string): Membership {
    const found = this.teams.get(teamOrChat) ?? this.groupChats.get(teamOrChat);
    if (!found) throw new Refusal(`no team or group chat ${teamOrChat}`);
    return found;
  }

  #membershipOf(conversation: Conversation): Membership | undefined {
    return this.teams.get(conversation.team ?? '') ?? this.groupChats.get(conversation.id);
  }

  isMember(conversation: Conversation, person: string): boolean {
    if (conversation.kind === 'personal') return conversation.person === person;
    const members = this.#membershipOf(conversation)?.members;
    return members === undefined ? this.people.has(person) : members.has(person);
  }

  membersOf(conversation: Conversation): Person[] {
    return [...this.people.values()].filter((person) => this.isMember(conversation, person.aadObjectId));
  }

  /** Whether the app is where this conversation is. */
  hasBot(conversation: Conversation): boolean {
    if (conversation.person !== undefined) return this.person(conversation.person).installed;
    return this.#membershipOf(conversation)?.hasBot === true;
  }

  tell(person: string, conversation: string, text: string): void {
    const toast: Toast = { person, conversation, text, at: this.now() };
    this.toasts.push(toast);
    this.changed({ kind: 'toast', toast });
  }

  /** Opens a dialog, changes what it shows, or (absent) closes it. */
  showDialog(person: string, dialog: StoredDialog | undefined): void {
    if (dialog) this.dialogs.set(person, dialog);
    else this.dialogs.delete(person);
    this.changed({ kind: 'dialog', person });
  }
}

/** Splits 19:…;messageid=… into the conversation and the thread's first message. */
export function splitThread(id: string): { base: string; root: string | undefined } {
  const [base = '', root] = id.split(';messageid=');
  return { base, root };
}
