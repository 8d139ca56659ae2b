import type { ApproverInput } from './approver-input.ts';

export type FormKind = 'approve' | 'reject' | 'supply_inputs';

/** A modal or dialog, in no platform's language. */
export interface Form {
  cardId: string;
  contentVersion: number;
  kind: FormKind;
  title: string;
  submitLabel: string;
  /** What is being decided; untrusted words, render plain. */
  intro: string;
  /** Who gave the values that are offered, or what Harness refused; null = nothing to say. */
  note: string | null;
  fields: readonly FormField[];
}

/** `input-0`, `input-1` … by position in the definitions, or `comment`: names from outside never become ids. */
export type FieldKey = 'comment' | `input-${number}`;

/** `value` is what the field starts with. */
export type FormField =
  | { key: FieldKey; kind: 'input'; input: ApproverInput; value: string }
  | { key: FieldKey; kind: 'comment'; label: string; required: boolean };

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
