import { baseUrl, type Environment, MIN_TOKEN } from './config-environment.ts';

export interface SlackConfig {
  access: SlackAccess;
  /** Empty where an app token is used instead. */
  signingSecret: string;
  /** For Socket Mode; null: Slack posts to us. */
  appToken: string | null;
  apiUrl: string;
}

/** How the bot comes into workspaces: by its token into one, or by OAuth installs into any number. */
export type SlackAccess =
  | { kind: 'token'; botToken: string; managerFieldId: string | null }
  | { kind: 'oauth'; clientId: string; clientSecret: string; stateSecret: string };

/** Whether anything is said of Slack: then all that it needs must be. */
export function namesSlack({ value }: Environment): boolean {
  return SLACK_NAMES.some((name) => value(name) !== undefined);
}

const SLACK_NAMES = [
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_APP_TOKEN',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
] as const;

const API_URL = 'https://slack.com/api/';

export function readSlack({ value, required, problems }: Environment): SlackConfig {
  const appToken = value('SLACK_APP_TOKEN') ?? null;
  if (appToken !== null && !/^xapp-[A-Za-z0-9-]{8,}$/.test(appToken))
    problems.push(
      'SLACK_APP_TOKEN is not an app-level token (xapp-…). Make one with the scope connections:write under Basic Information, or leave it out and let Slack call PUBLIC_URL/slack/events.',
    );
  return {
    access: slackAccess({ value, required, problems }),
    signingSecret: appToken
      ? (value('SLACK_SIGNING_SECRET') ?? '')
      : required(
          'SLACK_SIGNING_SECRET',
          'Copy it from your Slack app, Basic Information; or set SLACK_APP_TOKEN for Socket Mode.',
        ),
    appToken,
    apiUrl: baseUrl('SLACK_API_URL', value('SLACK_API_URL') ?? API_URL, API_URL, problems),
  };
}

const OAUTH_NAMES = ['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET', 'SLACK_STATE_SECRET'] as const;

/** One workspace by its token, or many by OAuth: never both, and neither by halves. */
function slackAccess({ value, required, problems }: Environment): SlackAccess {
  const oauthNames = OAUTH_NAMES.filter((name) => value(name) !== undefined);
  const [first] = oauthNames;
  if (first === undefined)
    return {
      kind: 'token',
      botToken: required(
        'SLACK_BOT_TOKEN',
        'Copy the bot token (xoxb-…) from your Slack app, OAuth & Permissions. For several workspaces set SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_STATE_SECRET and ENCRYPTION_KEY in its place.',
      ),
      managerFieldId: value('SLACK_MANAGER_FIELD_ID') ?? null,
    };
  if (value('SLACK_BOT_TOKEN') !== undefined)
    problems.push(
      `SLACK_BOT_TOKEN is for one workspace, ${oauthNames.join(', ')} for several by OAuth. Remove one or the other.`,
    );
  if (value('SLACK_MANAGER_FIELD_ID') !== undefined)
    problems.push(
      'SLACK_MANAGER_FIELD_ID goes with SLACK_BOT_TOKEN. With OAuth each workspace has its own: remove it and run npm run slack -- manager-field TEAM FIELD',
    );
  const stateSecret = required(
    'SLACK_STATE_SECRET',
    'It signs installs. Make one with: openssl rand -hex 24',
  );
  if (stateSecret && stateSecret.length < MIN_TOKEN)
    problems.push(
      `SLACK_STATE_SECRET is shorter than ${MIN_TOKEN} characters. Make one with: openssl rand -hex 24`,
    );
  required('ENCRYPTION_KEY', 'Bot tokens are encrypted with it. Make one with: openssl rand -base64 32');
  const copy = 'Copy it from your Slack app, Basic Information.';
  return {
    kind: 'oauth',
    clientId: required('SLACK_CLIENT_ID', copy),
    clientSecret: required('SLACK_CLIENT_SECRET', copy),
    stateSecret,
  };
}
