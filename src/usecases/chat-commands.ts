import type { Page } from '../approval/page.ts';
import type { EditorProblems, EditorValues, WorkflowEditor } from '../approval/workflow-editor.ts';
import type { PlatformName } from './ports.ts';

/** Whose account acts on a chat platform, as the platform's own signature vouches for it. */
export interface ChatAccount {
  platform: PlatformName;
  /** The organization the workspace or tenant is connected for. */
  organizationId: number;
  /** Slack team or Teams tenant of the account itself. */
  tenant: string;
  externalId: string;
}

export type CommandAnswer =
  /** One sentence for the caller alone; plain text. */
  | { kind: 'notice'; sentence: string }
  /** A page for the caller alone. */
  | { kind: 'page'; page: Page }
  /** The form to make or edit a workflow. */
  | { kind: 'editor'; editor: WorkflowEditor };

/** What became of a submitted workflow form. */
export type EditorAnswer =
  | { kind: 'saved'; page: Page }
  /** The form stays open; each sentence stands at its field. */
  | { kind: 'field_errors'; problems: EditorProblems }
  | { kind: 'notice'; sentence: string };

/** `/approvals …` and the forms it opens, the same for every chat platform. Authority is checked at each call. */
export interface ChatCommands {
  /**
   * Runs what was typed after the command's name; '' is `help`. May ask directories and Harness, so acknowledge first;
   * `create` and `edit` touch nothing but the local database for accounts that are known.
   */
  run(account: ChatAccount, text: string): Promise<CommandAnswer>;
  /**
   * True when `text` is a command answered by a form (`create`, `edit`). Slack opens only one view for a press: a
   * page that must be waited for has its place opened before it is run, a form must not.
   */
  opensForm(text: string): boolean;
  /** The form anew, with the preview of who would be asked for what is entered. May ask directories. */
  previewWorkflow(account: ChatAccount, editor: EditorState): Promise<CommandAnswer>;
  /** Saves what was entered. Accounts not met before are looked up, within `deadlineMs` in all. */
  submitWorkflow(account: ChatAccount, editor: EditorState, deadlineMs: number): Promise<EditorAnswer>;
}

/** What a form brings back. */
export interface EditorState {
  workflowId: number | null;
  seenAt: number | null;
  /** Whom the form could not show (WorkflowEditor.kept). */
  keptPersonIds: readonly number[];
  values: EditorValues;
}
