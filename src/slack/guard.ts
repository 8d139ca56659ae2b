import type { IdentityKeeper } from './identity.ts';
import type { Presser } from './payloads.ts';

export const SENTENCE = {
  notUnderstood:
    'Countersign does not know this button; nothing was changed. The card may be from an older version.',
  foreign: 'This approval belongs to another Slack workspace, so nothing was changed.',
  starting: 'Countersign is still starting and nothing was changed. Please try again in a moment.',
  failed: 'Something went wrong on our side. Please look at the card, then try again.',
  slow: 'Slack was slow to pass your click on, so the form could not open. Please press the button again.',
  formFailed: 'Slack did not open the form. Please press the button again.',
} as const;

/** Why this presser is not listened to at all, as a sentence; null = go on. Fails closed; no network. */
export function refusalFor(presser: Presser | null, identity: IdentityKeeper): string | null {
  if (!presser) return SENTENCE.notUnderstood;
  const us = identity.current();
  if (!us) {
    void identity.ensure();
    return SENTENCE.starting;
  }
  return presser.workspace === us.teamId ? null : SENTENCE.foreign;
}
