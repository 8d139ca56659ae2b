import type { ApproverInput } from './approver-input.ts';
import type { Card } from './card.ts';

export type FormKind = EntryKind | 'review';

/** What is filled in and submitted. */
export type EntryKind =
  | 'approve'
  | 'reject'
  | 'supply_inputs'
  | 'ask_question'
  | 'answer_question'
  | 'choose_instance';

/** A modal or dialog, in no platform's language. */
export type Form = EntryForm | ReviewForm;

export interface EntryForm {
  cardId: string;
  contentVersion: number;
  kind: EntryKind;
  title: string;
  submitLabel: string;
  /** What is being decided; untrusted words, render plain. */
  intro: string;
  /** Who gave the values that are offered, or what Harness refused; null = nothing to say. */
  note: string | null;
  fields: readonly FormField[];
}

/** A request in full, to read before deciding. Has nothing to submit: each action opens a form of its own. */
export interface ReviewForm {
  cardId: string;
  /** The version it shows; what it opens carries the same (R9). */
  contentVersion: number;
  kind: 'review';
  title: string;
  /** Everything the reader's own card says, nothing shortened. */
  details: Omit<Card, 'actions'>;
  actions: readonly ReviewAction[];
}

export type ReviewAction = 'approve' | 'reject' | 'ask_question';

/**
 * `input-0`, `input-1` … by position in the definitions, `comment`, `question`, or `answer-17` by the question's
 * number: names from outside never become ids. `gate` holds Harness's id of the chosen gate.
 */
export type FieldKey = 'comment' | 'question' | 'gate' | `input-${number}` | `answer-${number}`;

/** `value` is what the field starts with. */
export type FormField =
  | { key: FieldKey; kind: 'input'; input: ApproverInput; value: string }
  /** One of these, whose values are ids of their own: `label` and `hint` are what is read. */
  | { key: FieldKey; kind: 'choice'; label: string; options: readonly ChoiceOption[] }
  /** Free words, at most `maxLength` characters; absent = as many as the platform takes. */
  | { key: FieldKey; kind: 'comment'; label: string; required: boolean; maxLength?: number };

export interface ChoiceOption {
  value: string;
  label: string;
  hint: string;
}

export type FieldValues = Readonly<Partial<Record<FieldKey, string>>>;

/** What a press of a button, or of a form's submit, brings the presser. */
export type Answer =
  /** The card will show it; nothing more to say. */
  | { kind: 'done' }
  | { kind: 'form'; form: Form }
  /** A sentence for each wrong field; the form stays open. */
  | { kind: 'form_errors'; problems: FieldValues }
  /** One sentence for the presser alone; plain text. */
  | { kind: 'notice'; sentence: string };
