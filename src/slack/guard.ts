import type { ChatAccount } from '../usecases/chat-commands.ts';
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
  recorded: 'Done. The card shows what became of it.',
  commandFailed: 'Something went wrong on our side. Please try that again in a moment.',
  commandUnread: 'Slack passed this command on incompletely, so nothing was done. Please type it again.',
  notConnected: 'Countersign is not connected to this Slack workspace, so nothing was done.',
  notShown: 'Slack did not show the answer. Please try again.',
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

/** The organization that the presser's workspace is connected for; null = none. */
export type OrganizationOf = (presser: Presser) => number | null | Promise<number | null>;

export type FoundAccount = { ok: true; account: ChatAccount } | { ok: false; sentence: string };

/** Whose account acts, or why it is not listened to at all, as a sentence. Fails closed; no network. */
export async function accountOf(
  presser: Presser,
  parts: { identity: IdentityKeeper; organizationOf: OrganizationOf },
): Promise<FoundAccount> {
  const refusal = refusalFor(presser, parts.identity);
  const organizationId = refusal === null ? await parts.organizationOf(presser) : null;
  if (refusal === SENTENCE.starting) return { ok: false, sentence: refusal };
  if (organizationId === null) return { ok: false, sentence: SENTENCE.notConnected };
  const { tenant, externalId } = presser;
  return { ok: true, account: { platform: 'slack', organizationId, tenant, externalId } };
}
