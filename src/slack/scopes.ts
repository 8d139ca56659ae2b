import type { SlackMethod } from './pacing.ts';

/** The scope each method wants of a bot token; null = none. Source: the methods' own pages on docs.slack.dev. */
const SCOPE_OF = {
  'auth.test': null,
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'conversations.open': 'im:write',
  // In direct messages; in channels channels:history and groups:history, which are optional.
  'conversations.history': 'im:history',
  'conversations.replies': 'im:history',
  'team.profile.get': 'users.profile:read',
  'users.info': 'users:read',
  'users.lookupByEmail': 'users:read.email',
  'users.profile.get': 'users.profile:read',
  'views.open': null,
  'views.publish': null,
  'views.push': null,
  'views.update': null,
} as const satisfies Record<SlackMethod, string | null>;

/** Slash commands arrive only with it. */
const COMMANDS_SCOPE = 'commands';

/** What the bot token must allow, in order; the same as in manifest.yml. */
export const REQUIRED_SCOPES: readonly string[] = [
  ...new Set([COMMANDS_SCOPE, ...Object.values(SCOPE_OF).filter((scope) => scope !== null)]),
].sort();

/** The remedy for scopes that are missing, as one sentence. */
export function missingScopesSentence(scopes: readonly string[]): string {
  const named = `the scope${scopes.length > 1 ? 's' : ''} ${scopes.join(', ')}`;
  return `The bot token lacks ${named}: add under OAuth & Permissions, then reinstall the app and set SLACK_BOT_TOKEN anew, or install it again by npm run slack -- link.`;
}
