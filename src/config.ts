import { z } from 'zod';
import { type AuditConfig, readAudit } from './config-audit.ts';
import { databaseTrouble } from './config-database.ts';
import { baseUrl, list, MIN_TOKEN, readEnvironment } from './config-environment.ts';
import { readTrustedProxies, type TrustedProxies } from './config-proxy.ts';
import { namesSlack, readSlack, type SlackConfig } from './config-slack.ts';
import { readTeams, type TeamsConfig } from './config-teams.ts';
import { readTracing, type TracingConfig } from './config-tracing.ts';
import { isEncryptionKey } from './encryption.ts';
import { isWebhookSecret } from './harness/webhook-signature.ts';
import { accountOfKey } from './usecases/connections/connection-fields.ts';

/** Where the data is kept unless DATABASE_URL says otherwise. */
export const DATABASE_URL = 'sqlite:./data/countersign.db';

interface RateLimited {
  requests: number;
  perMs: number;
}

/** Everything the environment says, checked. */
export interface Config {
  host: string;
  port: number;
  publicUrl: string;
  databaseUrl: string;
  /** Whether the bot brings the schema up to date by itself. */
  migrateAtStart: boolean;
  logLevel: string;
  trustProxy: TrustedProxies;
  /** null: not connected; at least one of the two is. */
  slack: SlackConfig | null;
  teams: TeamsConfig | null;
  harness: {
    baseUrl: string;
    pathPrefix: string;
    accountId: string;
    apiKey: string;
    /** Whether connections that admins enter may lead into private networks. */
    privateNetworks: boolean;
  };
  /** Base64; the first encrypts, all decrypt. */
  encryptionKeys: readonly string[];
  webhook: { token: string; secrets: readonly string[] };
  apiToken: string | null;
  /** What one token may ask of the management API. */
  /** Of one token each. */
  apiRateLimit: RateLimited;
  webhookRateLimit: RateLimited;
  adminEmails: readonly string[];
  /** Whoever brings it may read /metrics; null: nobody may. */
  metricsToken: string | null;
  /** null: nothing is traced. */
  tracing: TracingConfig | null;
  audit: AuditConfig;
  enrichmentWaitMs: number;
  checkEveryMs: number;
  /** How long, once told to stop, everything is still answered while /readyz says 503. */
  drainMs: number;
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

/**
 * Reads the configuration from environment variables. Throws ConfigError naming every problem and its remedy;
 * values never appear in it, since some are secrets.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const environment = readEnvironment(env, problems);
  const { value, required } = environment;
  const token = (name: string, found: string | undefined) => {
    if (found && found.length < MIN_TOKEN)
      problems.push(`${name} is shorter than ${MIN_TOKEN} characters. Make one with: openssl rand -hex 24`);
    return found ?? '';
  };

  const oneOf = <const Word extends string>(name: string, words: readonly [Word, Word]) => {
    const said = value(name) ?? words[0];
    const found = words.find((word) => word === said);
    if (!found)
      problems.push(`${name} is neither ${words[0]} nor ${words[1]}. Leave it out for ${words[0]}.`);
    return found;
  };

  const port = Number(value('PORT') ?? '3000');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push('PORT is not a port number. Give a whole number from 0 to 65535.');
  const host = value('HOST') ?? '127.0.0.1';
  const databaseUrl = value('DATABASE_URL') ?? DATABASE_URL;
  const trouble = databaseTrouble(databaseUrl);
  if (trouble) problems.push(trouble);
  const migrateAtStart = value('MIGRATE_AT_START') ?? 'true';
  if (!['true', 'false'].includes(migrateAtStart))
    problems.push('MIGRATE_AT_START is neither true nor false. Leave it out for true.');
  const logLevel = value('LOG_LEVEL') ?? 'info';
  if (!['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(logLevel))
    problems.push('LOG_LEVEL is unknown. Use trace, debug, info, warn, error, fatal or silent.');

  const trustProxy = readTrustedProxies(environment);
  const publicUrl = baseUrl(
    environment,
    'PUBLIC_URL',
    `http://127.0.0.1:${Number.isInteger(port) ? port : 3000}`,
    'https://approvals.example.com',
  );
  const harnessUrl = baseUrl(environment, 'HARNESS_BASE_URL', 'https://app.harness.io');
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
  const metricsToken = token('METRICS_TOKEN', value('METRICS_TOKEN')) || null;
  if (metricsToken && [webhookToken, apiToken].includes(metricsToken))
    problems.push(
      'METRICS_TOKEN is equal to WEBHOOK_TOKEN or API_TOKEN. Make a token of its own: openssl rand -hex 24',
    );
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
    privateNetworks: oneOf('HARNESS_PRIVATE_NETWORKS', ['refuse', 'allow']) === 'allow',
  };
  harness.accountId = value('HARNESS_ACCOUNT_ID') ?? accountOfKey(harness.apiKey) ?? '';
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(harness.accountId))
    problems.push(
      'HARNESS_ACCOUNT_ID is not set or malformed. It is in every Harness address: app.harness.io/ng/account/<it>/…',
    );

  const encryptionKeys = list(value('ENCRYPTION_KEY'));
  encryptionKeys.forEach((key, index) => {
    if (!isEncryptionKey(key))
      problems.push(
        `ENCRYPTION_KEY${encryptionKeys.length > 1 ? ` number ${index + 1}` : ''} is not 32 bytes in base64. Make one with: openssl rand -base64 32`,
      );
  });
  const audit = readAudit(environment);
  const teams = readTeams(environment, host);
  const slack = namesSlack(environment) || !teams ? readSlack(environment) : null;
  const seconds = (name: string, usual: number) => {
    const found = Number(value(name) ?? usual);
    if (!Number.isFinite(found) || found < 0 || found > 86_400)
      problems.push(`${name} is not a number of seconds. Leave it out for ${usual}.`);
    return found * 1000;
  };
  const rateLimit = (name: string, usual: string): RateLimited => {
    const [, requests, per] = /^([1-9][0-9]{0,5})\/([1-9][0-9]{0,4})$/.exec(value(name) ?? usual) ?? [];
    if (requests === undefined) problems.push(`${name} is not requests/seconds. Leave it out for ${usual}.`);
    return { requests: Number(requests), perMs: Number(per) * 1000 };
  };
  const apiRateLimit = rateLimit('API_RATE_LIMIT', '100/10');
  const webhookRateLimit = rateLimit('WEBHOOK_RATE_LIMIT', '6000/60');
  const enrichmentWaitMs = seconds('ENRICHMENT_WAIT_SECONDS', 20);
  const checkEveryMs = seconds('HARNESS_CHECK_SECONDS', 60);
  // Where nobody else can answer, to wait only makes the gap longer.
  const drainMs = seconds('DRAIN_SECONDS', databaseUrl.startsWith('sqlite:') ? 0 : 5);
  const tracing = readTracing(environment);

  if (problems.length > 0) throw new ConfigError(problems);
  return {
    host,
    port,
    publicUrl,
    databaseUrl,
    migrateAtStart: migrateAtStart === 'true',
    logLevel,
    trustProxy,
    slack,
    teams,
    harness,
    encryptionKeys,
    webhook: { token: webhookToken, secrets },
    apiToken,
    apiRateLimit,
    webhookRateLimit,
    adminEmails,
    metricsToken,
    tracing,
    audit,
    enrichmentWaitMs,
    checkEveryMs: Math.max(5_000, checkEveryMs),
    drainMs,
  };
}
