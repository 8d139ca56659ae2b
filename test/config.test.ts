import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { isAllowedService } from '../src/teams/service-address.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const GOOD: Readonly<Record<string, string>> = {
  SLACK_BOT_TOKEN: 'xoxb-the-bot-token',
  SLACK_SIGNING_SECRET: 'the-signing-secret',
  HARNESS_API_KEY: 'sat.acme.token.the-harness-secret',
  WEBHOOK_TOKEN: 'the-webhook-token-of-24-or-more',
  ADMIN_EMAILS: 'Ada@Acme.io, root@acme.io',
};

function failure(changed: Record<string, string | undefined>): ConfigError | null {
  try {
    readConfig({ ...GOOD, ...changed });
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function problems(changed: Record<string, string | undefined>): readonly string[] {
  return failure(changed)?.problems ?? [];
}

const IN_TEAMS = {
  ...GOOD,
  MicrosoftAppId: 'app',
  MicrosoftAppPassword: 'secret',
  MicrosoftAppTenantId: 'tenant',
};

describe('a configuration', () => {
  test('needs five names; the rest has its usual values', () => {
    expect(readConfig(GOOD)).toEqual({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: 'sqlite:./data/countersign.db',
      migrateAtStart: true,
      logLevel: 'info',
      trustProxy: false,
      slack: {
        access: { kind: 'token', botToken: 'xoxb-the-bot-token', managerFieldId: null },
        signingSecret: 'the-signing-secret',
        appToken: null,
        apiUrl: 'https://slack.com/api/',
      },
      teams: null,
      harness: {
        baseUrl: 'https://app.harness.io',
        pathPrefix: '/gateway',
        accountId: 'acme',
        apiKey: 'sat.acme.token.the-harness-secret',
        privateNetworks: false,
      },
      encryptionKeys: [],
      webhook: { token: 'the-webhook-token-of-24-or-more', secrets: [] },
      apiToken: null,
      audit: { signingKey: null, checkpointFile: null, checkpointEveryMs: 3_600_000, retentionMs: null },
      apiRateLimit: { requests: 100, perMs: 10_000 },
      webhookRateLimit: { requests: 6_000, perMs: 60_000 },
      adminEmails: ['ada@acme.io', 'root@acme.io'],
      metricsToken: null,
      tracing: null,
      enrichmentWaitMs: 20_000,
      checkEveryMs: 60_000,
      drainMs: 0,
    });
  });

  test('believes proxies by their addresses alone, never by their number', () => {
    const trusted = (TRUST_PROXY: string) => readConfig({ ...GOOD, TRUST_PROXY }).trustProxy;
    expect(trusted('10.0.0.0/8, ::1 loopback')).toEqual(['10.0.0.0/8', '::1', 'loopback']);
    for (const bad of ['true', '1', '*', 'proxy.acme.io', '10.0.0.0/33', '10.0.0.0/8/8', '0.0.0.0/0', ','])
      expect(problems({ ...GOOD, TRUST_PROXY: bad })).toEqual([expect.stringContaining('TRUST_PROXY')]);
  });

  test('lets entered connections into private networks on one word alone', () => {
    const allowed = (word: string) =>
      readConfig({ ...GOOD, HARNESS_PRIVATE_NETWORKS: word }).harness.privateNetworks;
    expect([allowed(''), allowed('refuse'), allowed('allow')]).toEqual([false, false, true]);
    expect(problems({ ...GOOD, HARNESS_PRIVATE_NETWORKS: 'yes' })).toEqual([
      expect.stringContaining('HARNESS_PRIVATE_NETWORKS is neither refuse nor allow'),
    ]);
  });

  test('that is empty is told whole: every missing name, each with its remedy', () => {
    const missing = problems(Object.fromEntries(Object.keys(GOOD).map((name) => [name, '  '])));
    expect(missing).toHaveLength(6);
    for (const [name, remedy] of [
      ['WEBHOOK_TOKEN', 'openssl rand -hex 24'],
      ['ADMIN_EMAILS', 'ADMIN_EMAILS=you@example.com'],
      ['HARNESS_API_KEY', 'Create a service account token in Harness'],
      ['HARNESS_ACCOUNT_ID', 'It is in every Harness address'],
      ['SLACK_BOT_TOKEN', 'OAuth & Permissions'],
      ['SLACK_SIGNING_SECRET', 'Basic Information'],
    ])
      expect(missing).toContainEqual(expect.stringMatching(new RegExp(`^${name} is not set.*${remedy}`)));
  });

  test('says how many problems there are, one per line', () => {
    const error = failure({ PORT: 'x', LOG_LEVEL: 'loud', PUBLIC_URL: 'https://a.example' });
    const message = error?.message ?? '';
    expect(message.split('\n')).toEqual([
      'The configuration has 2 problems:',
      expect.stringMatching(/^ {2}- PORT is not a port number\./),
      expect.stringMatching(/^ {2}- LOG_LEVEL is unknown\. Use trace, debug,/),
    ]);
  });
});

describe('Teams', () => {
  const off = { TEAMS_AUTH: 'off', HOST: '127.0.0.1' };

  test('is without proofs only where nobody else comes: neither by HOST nor by PUBLIC_URL', () => {
    expect(problems({ ...off, HOST: '0.0.0.0' })).toEqual([
      expect.stringContaining('only for HOST=127.0.0.1'),
    ]);
    for (const url of [
      'https://tunnel.example.com',
      'https://127.0.0.1.example.com',
      'https://localhost.evil.io',
    ])
      expect(problems({ ...off, PUBLIC_URL: url })).toEqual([
        expect.stringContaining('PUBLIC_URL says that others can'),
      ]);
    for (const url of [undefined, 'http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])
      expect(problems({ ...off, PUBLIC_URL: url })).toEqual([]);
  });

  test('ids are read as Microsoft writes them', () => {
    const { teams } = readConfig({
      ...GOOD,
      MicrosoftAppId: 'ABCDEF00-0000-4000-8000-000000000000',
      MicrosoftAppTenantId: 'FEDCBA00-0000-4000-8000-000000000000',
      MicrosoftAppPassword: 'secret',
    });
    expect(teams).toMatchObject({
      appId: 'abcdef00-0000-4000-8000-000000000000',
      tenantId: 'fedcba00-0000-4000-8000-000000000000',
    });
  });

  test.each(['SERVICE', 'LOGIN', 'GRAPH', 'OPENID_METADATA'])(
    'TEAMS_%s_URL that is no address: what one looks like is said',
    (service) => {
      const name = `TEAMS_${service}_URL`;
      const wrong = { TEAMS_AUTH: 'off', SLACK_BOT_TOKEN: '', SLACK_SIGNING_SECRET: '', [name]: 'microsoft' };
      expect(problems(wrong)).toEqual([expect.stringContaining(`${name} is not a URL. Example: http`)]);
    },
  );
});

describe('each mistake is told with its remedy', () => {
  test.each([
    [{ PORT: '70000', PUBLIC_URL: 'https://a.example' }, 'PORT is not a port number. Give a whole number'],
    [{ PORT: '80.5', PUBLIC_URL: 'https://a.example' }, 'PORT is not a port number. Give a whole number'],
    [{ DATABASE_URL: 'mysql://db/x' }, 'DATABASE_URL must start with sqlite: or postgres://'],
    [{ DATABASE_URL: 'postgres://u:p%zz@h:port/x' }, 'DATABASE_URL is not an address. Example: postgres://'],
    [{ DATABASE_URL: 'postgres://db' }, 'DATABASE_URL names no database. Example: postgres://'],
    [{ DATABASE_URL: 'postgres://db/x?sslmode=on' }, 'DATABASE_URL has an unknown sslmode. Use disable'],
    [{ DATABASE_URL: 'postgres://db/x?sslmode=verify-ca' }, 'DATABASE_URL has sslmode=verify-ca, but no'],
    [
      { DATABASE_URL: 'postgres://db/x?sslrootcert=/nowhere/ca.pem' },
      'DATABASE_URL names an sslrootcert that',
    ],
    [{ DATABASE_URL: 'postgres://db/x?sslrootcert=package.json' }, 'DATABASE_URL names an sslrootcert that'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is unknown. Use trace'],
    [{ PUBLIC_URL: 'approvals.example.com' }, 'PUBLIC_URL is not a URL. Example: https://'],
    [
      { ...IN_TEAMS, TEAMS_GRAPH_URL: 'graph' },
      'TEAMS_GRAPH_URL is not a URL. Example: https://graph.microsoft.com/',
    ],
    [{ PUBLIC_URL: 'ftp://approvals.example.com' }, 'PUBLIC_URL must be https'],
    [{ PUBLIC_URL: 'https://user:pw@approvals.example.com' }, 'PUBLIC_URL must be a plain address'],
    [{ PUBLIC_URL: 'https://approvals.example.com/?a=b' }, 'PUBLIC_URL must be a plain address'],
    [{ HARNESS_BASE_URL: 'http://harness.example.com' }, 'HARNESS_BASE_URL must be https'],
    [{ SLACK_API_URL: 'http://slack.example.com/api/' }, 'SLACK_API_URL must be https'],
    [{ HARNESS_PATH_PREFIX: 'gateway' }, 'HARNESS_PATH_PREFIX is not a path. Example: /gateway'],
    [{ HARNESS_PATH_PREFIX: '/../admin' }, 'HARNESS_PATH_PREFIX is not a path'],
    [{ HARNESS_API_KEY: 'something-else' }, 'HARNESS_ACCOUNT_ID is not set or malformed'],
    [{ HARNESS_ACCOUNT_ID: 'a/b' }, 'HARNESS_ACCOUNT_ID is not set or malformed'],
    [
      { WEBHOOK_TOKEN: 'x'.repeat(23) },
      'WEBHOOK_TOKEN is shorter than 24 characters. Make one with: openssl',
    ],
    [{ API_TOKEN: 'x'.repeat(23) }, 'API_TOKEN is shorter than 24 characters. Make one with: openssl'],
    [{ API_TOKEN: GOOD.WEBHOOK_TOKEN! }, 'API_TOKEN and WEBHOOK_TOKEN are equal. Make a token of its own'],
    [{ WEBHOOK_SECRET: 'whsec_c2hvcnQ=' }, 'WEBHOOK_SECRET is not a Standard Webhooks secret. Use whsec_'],
    [{ WEBHOOK_SECRET: `${SECRET},plain` }, 'WEBHOOK_SECRET number 2 is not a Standard Webhooks secret'],
    [{ ADMIN_EMAILS: 'ada@acme.io, ada' }, 'ADMIN_EMAILS holds something that is not an e-mail address'],
    [{ SLACK_APP_TOKEN: 'xoxb-1-of-a-bot' }, 'SLACK_APP_TOKEN is not an app-level token (xapp-…). Make one'],
    [{ SLACK_APP_TOKEN: 'xapp-1' }, 'SLACK_APP_TOKEN is not an app-level token'],
    [
      { ENRICHMENT_WAIT_SECONDS: 'soon' },
      'ENRICHMENT_WAIT_SECONDS is not a number of seconds. Leave it out for 20',
    ],
    [
      { HARNESS_CHECK_SECONDS: '-1' },
      'HARNESS_CHECK_SECONDS is not a number of seconds. Leave it out for 60',
    ],
  ])('%j', (changed, words) => {
    expect(problems(changed)).toEqual([expect.stringContaining(words)]);
  });

  test('R28: Harness’s address must not be the bot’s own', () => {
    const same = { PUBLIC_URL: 'https://bot.example.com', HARNESS_BASE_URL: 'https://bot.example.com:443/x' };
    expect(problems(same)).toEqual([expect.stringContaining('HARNESS_BASE_URL is the bot’s own PUBLIC_URL')]);
  });
});

describe('several workspaces', () => {
  const OAUTH = {
    SLACK_BOT_TOKEN: undefined,
    SLACK_CLIENT_ID: '123.456',
    SLACK_CLIENT_SECRET: 'the-client-secret',
    SLACK_STATE_SECRET: 'the-state-secret-of-24-or-more',
    ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
  };

  test('come over OAuth, in place of the bot token', () => {
    const config = readConfig({ ...GOOD, ...OAUTH });
    expect(config.slack?.access).toEqual({
      kind: 'oauth',
      clientId: '123.456',
      clientSecret: 'the-client-secret',
      stateSecret: 'the-state-secret-of-24-or-more',
    });
    const two = [Buffer.alloc(32, 2).toString('base64'), OAUTH.ENCRYPTION_KEY];
    expect(readConfig({ ...GOOD, ...OAUTH, ENCRYPTION_KEY: two.join(', ') }).encryptionKeys).toEqual(two);
  });

  test.each([
    [{ SLACK_CLIENT_ID: '' }, 'SLACK_CLIENT_ID is not set. Copy it from your Slack app, Basic Information'],
    [{ SLACK_CLIENT_SECRET: '' }, 'SLACK_CLIENT_SECRET is not set. Copy it from your Slack app'],
    [{ SLACK_STATE_SECRET: '' }, 'SLACK_STATE_SECRET is not set. It signs installs. Make one with: openssl'],
    [{ SLACK_STATE_SECRET: 'x'.repeat(23) }, 'SLACK_STATE_SECRET is shorter than 24 characters. Make one'],
    [{ ENCRYPTION_KEY: '' }, 'ENCRYPTION_KEY is not set. Bot tokens are encrypted with it. Make one with'],
    [{ ENCRYPTION_KEY: 'c2hvcnQ=' }, 'ENCRYPTION_KEY is not 32 bytes in base64. Make one with: openssl rand'],
    [{ ENCRYPTION_KEY: `${OAUTH.ENCRYPTION_KEY},x` }, 'ENCRYPTION_KEY number 2 is not 32 bytes in base64'],
    [{ SLACK_BOT_TOKEN: 'xoxb-1' }, 'SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID, SLACK_CLIENT_SE'],
    [{ SLACK_MANAGER_FIELD_ID: 'Xf1' }, 'SLACK_MANAGER_FIELD_ID goes with SLACK_BOT_TOKEN. With OAuth each'],
  ])('%j', (changed, words) => {
    expect(problems({ ...OAUTH, ...changed })).toEqual([expect.stringContaining(words)]);
  });
});

describe('plain http', () => {
  test.each(['http://localhost:8080', 'http://127.0.0.1', 'http://127.4.5.6:99', 'http://[::1]:3000'])(
    '%s is this machine itself',
    (url) => {
      expect(problems({ HARNESS_BASE_URL: url })).toEqual([]);
    },
  );

  test.each([
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
  ])('%s is not', (url) => {
    expect(problems({ HARNESS_BASE_URL: url })).toEqual([expect.stringContaining('must be https')]);
  });
});

test('values that are accepted keep their meaning', () => {
  const config = readConfig({
    ...GOOD,
    PORT: '0',
    HARNESS_PATH_PREFIX: '/',
    HARNESS_ACCOUNT_ID: 'other',
    WEBHOOK_SECRET: `${SECRET} ${SECRET}`,
    API_TOKEN: 'another-token-of-24-or-more',
    HARNESS_CHECK_SECONDS: '1',
    ENRICHMENT_WAIT_SECONDS: '0',
    SLACK_MANAGER_FIELD_ID: 'Xf0MANAGER',
  });
  expect(config.port).toBe(0);
  expect(config.harness).toMatchObject({ pathPrefix: '', accountId: 'other' });
  expect(config.webhook.secrets).toEqual([SECRET, SECRET]);
  expect(config.apiToken).toBe('another-token-of-24-or-more');
  expect(config.checkEveryMs).toBe(5_000);
  expect(config.enrichmentWaitMs).toBe(0);
  expect(config.slack?.access).toMatchObject({ managerFieldId: 'Xf0MANAGER' });
});

test('Teams without proofs is on this machine alone: the Agents Playground, on any port', () => {
  const off = readConfig({ ...GOOD, TEAMS_AUTH: 'off', HOST: '127.0.0.1' }).teams;
  expect(off).toMatchObject({ serviceUrl: 'http://localhost:56150/_connector', tenantId: '', appId: '' });
  const allowed = (url: string) => isAllowedService(url, off!.serviceHosts);
  for (const url of ['http://localhost:56150/_connector', 'http://127.0.0.1:1/', 'http://localhost/'])
    expect(allowed(url), url).toBe(true);
  for (const url of [
    'https://smba.trafficmanager.net/teams/',
    'http://localhost.evil.example/',
    'http://10.0.0.1/',
  ])
    expect(allowed(url), url).toBe(false);
  expect(readConfig(IN_TEAMS).teams!.serviceHosts.join()).not.toMatch(/localhost|127|\*/);
});

test('with an app-level token, Slack needs no signing secret', () => {
  const config = readConfig({
    ...GOOD,
    SLACK_APP_TOKEN: 'xapp-1-A0ACME-1-0a1b2c',
    SLACK_SIGNING_SECRET: undefined,
  });
  expect(config.slack).toMatchObject({ appToken: 'xapp-1-A0ACME-1-0a1b2c', signingSecret: '' });
});

test('no value is ever echoed: any of them may be a secret', () => {
  const values = {
    PORT: 'port-value',
    PUBLIC_URL: 'public-value',
    DATABASE_URL: 'postgres://user:db-password@host/db?sslmode=on',
    LOG_LEVEL: 'level-value',
    WEBHOOK_TOKEN: 'token-value',
    API_TOKEN: 'token-value',
    WEBHOOK_SECRET: 'whsec_secret-value',
    ADMIN_EMAILS: 'mail-value',
    HARNESS_BASE_URL: 'https://user:url-password@app.harness.io',
    HARNESS_ACCOUNT_ID: 'account/value',
    HARNESS_PATH_PREFIX: 'prefix-value',
    SLACK_APP_TOKEN: 'app-value',
    SLACK_API_URL: 'slack-value',
    HARNESS_CHECK_SECONDS: 'seconds-value',
  };
  const told = problems(values);
  expect(told.length).toBeGreaterThanOrEqual(Object.keys(values).length);
  expect(told.join('\n')).not.toMatch(/-value|password|account\/value/);
});

describe('.env.example', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const text = read('../.env.example');
  const named = [...text.matchAll(/^#?([A-Z][A-Za-z_]+)=/gm)].map((match) => match[1]!);
  const files = ['config.ts', 'config-proxy.ts', 'config-audit.ts', 'config-slack.ts', 'config-teams.ts'].map(
    (file) => read(`../src/${file}`),
  );

  test('names every variable there is, once, each below a comment', () => {
    const known = [
      ...files.join('\n').matchAll(/'([A-Z]+(?:_[A-Z]+)*|MicrosoftApp[A-Za-z]+|Certificate[A-Za-z]+)'/g),
    ].map((match) => match[1]!);
    expect([...named].sort()).toEqual([...new Set(known)].sort());
    const lines = text.split('\n');
    for (const [index, line] of lines.entries())
      if (/^#?[A-Z][A-Za-z_]+=/.test(line)) expect(lines[index - 1], line).toMatch(/^#/);
  });

  test('shows the usual values, and asks for what is needed and nothing else', () => {
    const uncommented = text.replace(/^#([A-Z_]+=.+)$/gm, '$1');
    expect(problems(parseEnv(uncommented) as Record<string, string>)).toHaveLength(6);
    const filled = { ...parseEnv(uncommented), PUBLIC_URL: undefined, WEBHOOK_SECRET: undefined };
    const usual = readConfig({ ...filled, ...GOOD });
    expect(usual).toEqual(readConfig(GOOD));
    expect(named.filter((name) => text.includes(`\n${name}=`)).sort()).toEqual(Object.keys(GOOD).sort());
  });
});
