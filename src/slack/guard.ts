import type { Presser } from './payloads.ts';
import type { SlackWorkspace, SlackWorkspaces } from './workspaces.ts';

export const SENTENCE = {
  notUnderstood:
    'Countersign does not know this button; nothing was changed. The card may be from an older version.',
  foreign: 'This approval belongs to another Slack workspace, so nothing was changed.',
  starting: 'Countersign is still starting and nothing was changed. Please try again in a moment.',
  failed: 'Something went wrong on our side. Please look at the card, then try again.',
  slow: 'Slack was slow to pass your click on, so the form could not open. Please press the button again.',
  formFailed: 'Slack did not open the form. Please press the button again.',
} as const;

/** Somebody who is listened to, and the workspace in which they acted. */
export interface Heard {
  presser: Presser;
  workspace: SlackWorkspace;
}

/** Whether somebody is listened to at all, or the sentence why not. Fails closed; no network. */
export async function hear(
  presser: Presser | null,
  workspaces: SlackWorkspaces,
): Promise<Heard | { sentence: string }> {
  if (!presser) return { sentence: SENTENCE.notUnderstood };
  const found = await workspaces.find(presser.workspace);
  if (found.kind === 'found') return { presser, workspace: found.workspace };
  return { sentence: found.kind === 'starting' ? SENTENCE.starting : SENTENCE.foreign };
}
