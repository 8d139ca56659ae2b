import type { JsonObject } from '../common/json.ts';
import type { StoredMessage, StoredView } from './shown.ts';
import type { Delivery } from './traffic.ts';

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
