import type { JsonObject } from '../common/json.ts';

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
