import type { JsonObject } from '../common/json.ts';

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
