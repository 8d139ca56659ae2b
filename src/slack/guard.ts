import type { ChatAccount } from '../usecases/chat-commands.ts';
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
  recorded: 'Done. The card shows what became of it.',
  commandFailed: 'Something went wrong on our side. Please try that again in a moment.',
  commandUnread: 'Slack passed this command on incompletely, so nothing was done. Please type it again.',
  notConnected: 'Countersign is not connected to this Slack workspace, so nothing was done.',
  notShown: 'Slack did not show the answer. Please try again.',
} as const;

/** Somebody who is listened to, and the workspace in which they acted. */
export interface Heard {
  presser: Presser;
  workspace: SlackWorkspace;
}

export type Hearing = ({ ok: true } & Heard) | { ok: false; sentence: string };

/**
 * Whether somebody is listened to at all, or the sentence why not; `foreign` is what people of a workspace without the
 * bot are told. Fails closed; no network.
 */
export async function hear(
  presser: Presser | null,
  workspaces: SlackWorkspaces,
  foreign: string = SENTENCE.foreign,
): Promise<Hearing> {
  if (!presser) return { ok: false, sentence: SENTENCE.notUnderstood };
  const found = await workspaces.find(presser.workspace);
  if (found.kind === 'found') return { ok: true, presser, workspace: found.workspace };
  return { ok: false, sentence: found.kind === 'starting' ? SENTENCE.starting : foreign };
}

/** The account that acts, of the organization its workspace is connected for. */
export function accountOf({ presser, workspace }: Heard): ChatAccount {
  const { tenant, externalId } = presser;
  return { platform: 'slack', organizationId: workspace.organizationId, tenant, externalId };
}
