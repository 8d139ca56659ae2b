/** What the bot token must allow; the same as in manifest.yml. */
export const REQUIRED_SCOPES: readonly string[] = [
  'chat:write',
  'im:history',
  'im:write',
  'users.profile:read',
  'users:read',
  'users:read.email',
];

/** The remedy for scopes that are missing, as one sentence. */
export function missingScopesSentence(scopes: readonly string[]): string {
  const named = `the scope${scopes.length > 1 ? 's' : ''} ${scopes.join(', ')}`;
  return `The bot token lacks ${named}: add under OAuth & Permissions, then reinstall the app and set SLACK_BOT_TOKEN anew, or install it again by npm run slack -- link.`;
}
