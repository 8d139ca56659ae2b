import { z } from 'zod';
import { isWebhookSecret } from './harness/webhook-signature.ts';

/** Everything the environment says, checked. */
export interface Config {
  host: string;
  port: number;
  publicUrl: string;
  databaseUrl: string;
  logLevel: string;
  slack: {
    botToken: string;
    /** Empty where an app token is used instead. */
    signingSecret: string;
    /** For Socket Mode; null: Slack posts to us. */
    appToken: string | null;
    apiUrl: string;
    managerFieldId: string | null;
  } | null;
  harness: { baseUrl: string; pathPrefix: string; accountId: string; apiKey: string };
  webhook: { token: string; secrets: readonly string[] };
  apiToken: string | null;
  /** What one token may ask of the management API. */
  apiRateLimit: { requests: number; perMs: number };
  adminEmails: readonly string[];
  enrichmentWaitMs: number;
  checkEveryMs: number;
}

/** All problems of a configuration at once; the message is for a person to act on. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

const MIN_TOKEN = 24;

/**
 * Reads the configuration from environment variables. Throws ConfigError naming every problem and its remedy;
 * values never appear in it, since some are secrets.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const value = (name: string) => env[name]?.trim() || undefined;
  const required = (name: string, remedy: string) => {
    const found = value(name);
    if (!found) problems.push(`${name} is not set. ${remedy}`);
    return found ?? '';
  };
  const token = (name: string, found: string | undefined) => {
    if (found && found.length < MIN_TOKEN)
      problems.push(`${name} is shorter than ${MIN_TOKEN} characters. Make one with: openssl rand -hex 24`);
    return found ?? '';
  };

  const port = Number(value('PORT') ?? '3000');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push('PORT is not a port number. Give a whole number from 0 to 65535.');
  const host = value('HOST') ?? '127.0.0.1';
  const databaseUrl = value('DATABASE_URL') ?? 'sqlite:./data/countersign.db';
  if (!databaseUrl.startsWith('sqlite:'))
    problems.push(
      'DATABASE_URL must start with sqlite: (PostgreSQL comes later). Example: sqlite:./data/countersign.db',
    );
  const logLevel = value('LOG_LEVEL') ?? 'info';
  if (!['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(logLevel))
    problems.push('LOG_LEVEL is unknown. Use trace, debug, info, warn, error, fatal or silent.');

  const publicUrl = baseUrl(
    'PUBLIC_URL',
    value('PUBLIC_URL') ?? `http://127.0.0.1:${Number.isInteger(port) ? port : 3000}`,
    problems,
  );
  const harnessUrl = baseUrl(
    'HARNESS_BASE_URL',
    value('HARNESS_BASE_URL') ?? 'https://app.harness.io',
    problems,
  );
  if (publicUrl && harnessUrl && new URL(publicUrl).origin === new URL(harnessUrl).origin)
    problems.push(
      'HARNESS_BASE_URL is the bot’s own PUBLIC_URL. Give the address of Harness, https://app.harness.io as a rule.',
    );
  const pathPrefix = value('HARNESS_PATH_PREFIX') ?? '/gateway';
  if (!/^(\/[A-Za-z0-9_-]+)*$/.test(pathPrefix === '/' ? '' : pathPrefix))
    problems.push('HARNESS_PATH_PREFIX is not a path. Example: /gateway (or / for none).');

  const webhookToken = token(
    'WEBHOOK_TOKEN',
    required('WEBHOOK_TOKEN', 'Pipelines send it as a bearer token. Make one with: openssl rand -hex 24'),
  );
  const apiToken = token('API_TOKEN', value('API_TOKEN')) || null;
  if (apiToken && apiToken === webhookToken)
    problems.push('API_TOKEN and WEBHOOK_TOKEN are equal. Make a token of its own for each.');
  const secrets = list(value('WEBHOOK_SECRET'));
  secrets.forEach((secret, index) => {
    if (!isWebhookSecret(secret))
      problems.push(
        `WEBHOOK_SECRET${secrets.length > 1 ? ` number ${index + 1}` : ''} is not a Standard Webhooks secret. Use whsec_ and at least 24 random bytes in base64: echo whsec_$(openssl rand -base64 32)`,
      );
  });

  const adminEmails = list(value('ADMIN_EMAILS')).map((email) => email.toLowerCase());
  if (adminEmails.length === 0)
    problems.push('ADMIN_EMAILS is not set. Name who may repair requests, e.g. ADMIN_EMAILS=you@example.com');
  for (const email of adminEmails)
    if (!z.email().safeParse(email).success)
      problems.push(
        'ADMIN_EMAILS holds something that is not an e-mail address. Separate addresses by commas.',
      );

  const harness = {
    baseUrl: harnessUrl,
    pathPrefix: pathPrefix === '/' ? '' : pathPrefix,
    apiKey: required(
      'HARNESS_API_KEY',
      'Create a service account token in Harness (Account settings, Access control).',
    ),
    accountId: '',
  };
  harness.accountId = value('HARNESS_ACCOUNT_ID') ?? accountOfKey(harness.apiKey) ?? '';
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(harness.accountId))
    problems.push(
      'HARNESS_ACCOUNT_ID is not set or malformed. It is in every Harness address: app.harness.io/ng/account/<it>/…',
    );

  const appToken = value('SLACK_APP_TOKEN') ?? null;
  if (appToken !== null && !/^xapp-[A-Za-z0-9-]{8,}$/.test(appToken))
    problems.push(
      'SLACK_APP_TOKEN is not an app-level token (xapp-…). Make one with the scope connections:write under Basic Information, or leave it out and let Slack call PUBLIC_URL/slack/events.',
    );
  const slack = {
    botToken: required(
      'SLACK_BOT_TOKEN',
      'Copy the bot token (xoxb-…) from your Slack app, OAuth & Permissions.',
    ),
    signingSecret: appToken
      ? (value('SLACK_SIGNING_SECRET') ?? '')
      : required(
          'SLACK_SIGNING_SECRET',
          'Copy it from your Slack app, Basic Information; or set SLACK_APP_TOKEN for Socket Mode.',
        ),
    appToken,
    apiUrl: baseUrl('SLACK_API_URL', value('SLACK_API_URL') ?? 'https://slack.com/api/', problems),
    managerFieldId: value('SLACK_MANAGER_FIELD_ID') ?? null,
  };
  const seconds = (name: string, usual: number) => {
    const found = Number(value(name) ?? usual);
    if (!Number.isFinite(found) || found < 0 || found > 86_400)
      problems.push(`${name} is not a number of seconds. Leave it out for ${usual}.`);
    return found * 1000;
  };
  const [, requests, per] =
    /^([1-9][0-9]{0,5})\/([1-9][0-9]{0,4})$/.exec(value('API_RATE_LIMIT') ?? '100/10') ?? [];
  if (requests === undefined)
    problems.push('API_RATE_LIMIT is not requests/seconds. Leave it out for 100/10.');
  const apiRateLimit = { requests: Number(requests), perMs: Number(per) * 1000 };
  const enrichmentWaitMs = seconds('ENRICHMENT_WAIT_SECONDS', 20);
  const checkEveryMs = seconds('HARNESS_CHECK_SECONDS', 60);

  if (problems.length > 0) throw new ConfigError(problems);
  return {
    host,
    port,
    publicUrl,
    databaseUrl,
    logLevel,
    slack,
    harness,
    webhook: { token: webhookToken, secrets },
    apiToken,
    apiRateLimit,
    adminEmails,
    enrichmentWaitMs,
    checkEveryMs: Math.max(5_000, checkEveryMs),
  };
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((part) => part !== '');
}

/** pat.<account>.<token>.<secret> and sat.… carry the account (harness.md §1.1). */
function accountOfKey(key: string): string | undefined {
  const [kind, account] = key.split('.');
  return kind === 'pat' || kind === 'sat' ? account : undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const EXAMPLES: Readonly<Record<string, string>> = {
  PUBLIC_URL: 'https://approvals.example.com',
  HARNESS_BASE_URL: 'https://app.harness.io',
  SLACK_API_URL: 'https://slack.com/api/',
};

function baseUrl(name: string, text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) problems.push(`${name} is not a URL. Example: ${EXAMPLES[name]}`);
  else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname)))
    problems.push(`${name} must be https (http is only for this machine itself).`);
  else if (url.username || url.password || url.search || url.hash)
    problems.push(`${name} must be a plain address, without user, query or fragment.`);
  else return text;
  return '';
}
