import type { JsonObject } from '../common/json.ts';
import type { StoredDialog, StoredMessage } from './shown.ts';
import type { Delivery } from './traffic.ts';

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

/** Which of the two events of an installation comes first; Teams promises nothing. */
export interface EventHow {
  first?: 'installationUpdate' | 'conversationUpdate';
  /** Tell the bot nothing. */
  silently?: boolean;
}
