import type { Delivery } from '../usecases/ports.ts';
import type { SlackFailure } from './client.ts';
import { missingScopesSentence, REQUIRED_SCOPES } from './scopes.ts';

/** Errors about one recipient: others can still be reached. Sources: the methods' own pages on docs.slack.dev. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  user_disabled: 'This Slack account is deactivated.',
  user_not_found: 'This Slack account does not exist in the workspace.',
  users_not_found: 'This Slack account does not exist in the workspace.',
  user_not_visible: 'This Slack account cannot be seen by the bot.',
  not_allowed_dm: 'Slack does not allow the bot to message this account.',
  cannot_dm_bot: 'This Slack account is a bot, which cannot decide.',
  messages_tab_disabled:
    'The messages tab of the Countersign app is off: turn it on under App Home in its settings.',
  channel_not_found: 'Slack does not know this conversation, or the bot may not see it.',
  not_in_channel: 'The bot is not in this channel: invite it with /invite @Countersign.',
  is_archived: 'This channel is archived.',
  is_inactive: 'This conversation is no longer active.',
  restricted_action: 'The workspace does not let the bot post here.',
  not_installed: 'Countersign is not installed in this Slack workspace any more: install it there again.',
  reinstall_needed:
    'Slack no longer renews the bot’s token in this workspace: install Countersign there again, by npm run slack -- link.',
  restricted_action_read_only_channel: 'This channel is read-only for the bot.',
};

const GONE = new Set([
  'message_not_found',
  'cant_update_message',
  'thread_not_found',
  'cannot_reply_to_message',
]);

/** How a workspace gets a good token again, in either configuration. */
const REINSTALL =
  'reinstall the app and set SLACK_BOT_TOKEN anew, or install it again by npm run slack -- link.';

/** Errors that a person must mend, with the remedy. */
const REFUSED: Readonly<Record<string, string>> = {
  invalid_auth: 'Slack does not accept the bot token: check SLACK_BOT_TOKEN.',
  not_authed: 'No bot token was sent: set SLACK_BOT_TOKEN.',
  token_revoked: `The bot token was revoked: ${REINSTALL}`,
  token_expired: `The bot token has expired: ${REINSTALL}`,
  token_unreadable:
    'The bot’s token for this workspace cannot be decrypted: put the key it was encrypted with back into ENCRYPTION_KEY and restart.',
  account_inactive: `The bot or its workspace is deactivated: ${REINSTALL}`,
  team_access_not_granted: 'The app has no access to this workspace: ask an admin to grant it.',
  org_login_required: 'The workspace is being moved to an organization: try again later.',
  ekm_access_denied: 'The workspace’s admins have suspended posting.',
  msg_blocks_too_long: 'Slack finds the card too long.',
  msg_too_long: 'Slack finds the card’s text too long.',
};

/** Slack's refusal as one sentence with the remedy. */
export function errorSentence(failure: Extract<SlackFailure, { kind: 'error' }>): string {
  if (failure.error === 'missing_scope') return missingScopesSentence(missingOf(failure.needed));
  const known = REFUSED[failure.error] ?? UNREACHABLE[failure.error];
  if (known) return known;
  const details = failure.details.length > 0 ? ` (${failure.details.join('; ').slice(0, 300)})` : '';
  return `Slack refused with “${failure.error}”${details}.`;
}

/** Slack lists every scope that would do; ours is the one the manifest asks for. */
function missingOf(needed: string | null): string[] {
  if (!needed) return ['(Slack did not say which)'];
  const sufficient = needed.split(',').map((scope) => scope.trim());
  const ours = sufficient.filter((scope) => REQUIRED_SCOPES.includes(scope));
  return ours.length > 0 ? ours : sufficient;
}

/** Any failure as one sentence. */
export function failureSentence(failure: SlackFailure): string {
  if (failure.kind === 'error') return errorSentence(failure);
  if (failure.kind === 'lost') return failure.detail;
  return `Slack asks to wait ${Math.ceil(failure.retryAfterMs / 1000)} s.`;
}

export type FailedDelivery = Exclude<Delivery<object>, { kind: 'sent' }>;

/** What a failure means for the card that was to be sent. */
export function deliveryOf(failure: SlackFailure): FailedDelivery {
  if (failure.kind === 'throttled') return failure;
  if (failure.kind === 'lost') return { kind: 'unknown', detail: failure.detail };
  if (GONE.has(failure.error)) return { kind: 'gone' };
  const why = UNREACHABLE[failure.error];
  return why ? { kind: 'unreachable', why } : { kind: 'refused', detail: errorSentence(failure) };
}
