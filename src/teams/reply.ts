import type { Page } from '../approval/page.ts';
import type { Dialog } from './form-view.ts';
import type { JsonObject } from './json.ts';

/** What a handler brings the one who acted; only invoke-response.ts and take-activity.ts know how Teams wants it. */
export type TeamsReply =
  /** Takes the place of the pressed card, for the one who pressed it. */
  | { kind: 'card'; card: JsonObject }
  /** Plain words; what was pressed stays as it is. */
  | { kind: 'notice'; sentence: string }
  /** Opens, or stays open with this. */
  | { kind: 'dialog'; dialog: Dialog }
  /** The dialog closes; the sentence is said where Teams insists on one. `page` is posted for them. */
  | { kind: 'closed'; sentence: string; page?: Page };

export const SENTENCE = {
  notUnderstood:
    'Countersign does not know this button; nothing was changed. The card may be from an older version.',
  failed: 'Something went wrong on our side. Please look at the card, then try again.',
  recorded: 'Done. The card shows what became of it.',
  notYours: 'This approval is not shown to you here.',
  notVouchedFor:
    'This button may be somebody else’s, or from before Countersign was restarted: nothing was done. Type the command instead.',
  needsForm: 'This needs a form to be filled in: press the button once more, it opens now.',
  nothingWaits: 'Nothing waits for your decision.',
  working: 'Countersign is still working on it. Look again in a moment.',
  oneMoment: 'One moment …',
  answersInChat: 'This takes a moment: the answer comes as a message.',
  commandFailed: 'Something went wrong on our side. Please try that again in a moment.',
  saved: 'Saved.',
} as const;

export function notice(sentence: string): TeamsReply {
  return { kind: 'notice', sentence };
}
