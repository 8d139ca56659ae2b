import type { Card } from '../../approval/card.ts';
import type { Answer, EntryKind, FieldValues, FormKind } from '../../approval/form.ts';
import type { ChatAccount } from '../chat-commands.ts';
import type { CardRef, PlatformName } from '../ports.ts';

/** Somebody pressed a button on a card, or submitted the form it opened. Only ids: all else is looked up. */
export interface Press {
  platform: PlatformName;
  /** Whose workspace or tenant it happened in: a press reaches this organization's cards alone. */
  organizationId: number;
  /** Slack team or Teams tenant of the presser. */
  tenant: string;
  /** The presser's account id there. */
  externalId: string;
  cardId: string;
  /** The content version the card or form showed. */
  contentVersion: number;
  /** Where the pressed card is, to adopt a card whose post was never answered; null from a form. */
  ref: CardRef | null;
  /**
   * Pressed where others read, too, and may post what looks like ours: nothing is decided there by one click, and no
   * person's own card is there.
   */
  shared?: true;
}

/** What chat adapters may do. Touches nothing but the local database, so it fits into the 3 s of an ack. */
export interface CardPresses {
  /** Decides at once, or hands out the form when inputs are asked. */
  approve(press: Press): Promise<Answer>;
  openForm(press: Press, kind: FormKind): Promise<Answer>;
  submitForm(press: Press, kind: EntryKind, values: FieldValues): Promise<Answer>;
  retrySubmission(press: Press): Promise<Answer>;
  /** What a button that acts at once does, and the card as it then is for whoever pressed, as `show` says. */
  actAndShow(press: Press, act: 'approve' | 'retry'): Promise<{ answer: Answer; card: Card | null }>;
  /**
   * The card as it is now for whoever looks at it: their own, or a shared one with buttons for those who may still
   * decide. null = it is not theirs to see, or there is none.
   */
  show(press: Press): Promise<Card | null>;
  /** What waits for this account's decision, newest first, as the cards that it got there; few at most. */
  waiting(account: ChatAccount): Promise<Card[]>;
}

/** What a platform tells of an account, unasked (Slack's user_change). */
export interface AccountChanges {
  noteAccount(
    platform: PlatformName,
    account: {
      /** Whose workspace it was told in: nobody else's people are touched. */
      organizationId: number;
      tenant: string;
      externalId: string;
      standing: 'member' | 'deactivated' | 'guest' | 'stranger' | 'bot';
    },
  ): Promise<void>;
}
