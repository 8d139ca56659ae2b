import type { CardLine } from './card.ts';

/**
 * The form in which an admin makes or edits an approval workflow, in no platform's language. People and channels
 * are given as the platform's own ids, since that is what its menus offer and hand back.
 */
export interface WorkflowEditor {
  /** null = a new one. */
  workflowId: number | null;
  /** The workflow as it was when the form opened (epoch ms of its last change): an edit of another one is refused. */
  seenAt: number | null;
  title: string;
  submitLabel: string;
  events: readonly EditorOption[];
  policies: readonly EditorOption[];
  /** How many more there are than a menu holds. */
  leftOut: { events: number; policies: number };
  values: EditorValues;
  /** What the people among the values are called, by account, where that is known here. */
  names?: ReadonlyMap<string, string>;
  /** Listed people whom the platform's menus cannot show (no account there): kept as they are. */
  kept: {
    approvers: readonly string[];
    subscribers: readonly string[];
    fallbackApprovers: readonly string[];
    /** Channels of other workspaces and platforms. */
    channels: readonly string[];
    /** The people above. Whoever gets an account while the form is open was not shown, so not taken out either. */
    personIds: readonly number[];
  };
  /** Who would be asked for `values.previewFor`; empty = nothing to say yet. */
  preview: readonly CardLine[];
}

export interface EditorOption {
  id: number;
  name: string;
}

/** What the form holds; ids of people and channels are the platform's. */
export interface EditorValues {
  eventId: number | null;
  policyId: number | null;
  /** 1 none, 2 any, 3 all. */
  requirementId: number | null;
  approvers: readonly string[];
  managerApproves: boolean;
  fallbackApprovers: readonly string[];
  subscribers: readonly string[];
  managerSubscribes: boolean;
  channels: readonly string[];
  disallowRequester: boolean;
  checksFirst: boolean;
  /** For whom the preview is drawn; null = nobody chosen. */
  previewFor: string | null;
}

export type EditorField = keyof EditorValues;

/** A sentence for each wrong field. */
export type EditorProblems = Readonly<Partial<Record<EditorField, string>>>;
