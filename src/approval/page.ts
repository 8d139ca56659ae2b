import type { CardLine } from './card.ts';

/**
 * Words and buttons in no platform's language: the answer to a command, or somebody's Home. Every text may hold
 * untrusted words: adapters render it plain.
 */
export interface Page {
  title: string;
  /** Right below the title. */
  intro: readonly CardLine[];
  /** A picture by its public https address; shown where the platform can. */
  picture: PagePicture | null;
  sections: readonly PageSection[];
  /** Small print: which page of how many, what to type next. */
  notes: readonly CardLine[];
}

export interface PagePicture {
  url: string;
  title: string;
  /** Everything the picture tells, in words. */
  alt: string;
}

export interface PageSection {
  /** null = the section follows on without a heading. */
  title: string | null;
  items: readonly PageItem[];
  /** Said in place of items when there are none; null = the section is left out then. */
  empty: string | null;
  /** Below the items: to turn to other items, to make a new one. */
  actions: readonly PageAction[];
}

export interface PageItem {
  line: CardLine;
  /** In smaller print below the line. */
  details: readonly CardLine[];
  actions: readonly PageAction[];
}

export type PageAction = { label: string; style?: 'primary' | 'danger'; confirm?: PageConfirm } & (
  | {
      kind: 'command';
      /** What is run as if the presser had typed it, without the command's own name: `show 14`. */
      command: string;
    }
  /** A button of the card with this id, pressed from elsewhere. */
  | {
      kind: 'card';
      press: 'approve' | 'reject' | 'review' | 'retry_submission' | 'answer_question';
      cardId: string;
      contentVersion: number;
    }
  /** Turns one section of a Home to another page; 1 is the first. */
  | { kind: 'turn'; section: string; page: number }
  | { kind: 'link'; url: string }
);

/** The "are you sure" before an action that cannot be taken back. */
export interface PageConfirm {
  title: string;
  text: string;
  button: string;
}
