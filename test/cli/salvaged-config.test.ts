import { expect, test } from 'vitest';
import { salvageConfig } from '../../src/cli/salvaged-config.ts';

const SOUND = {
  HARNESS_API_KEY: 'sat.acme.token.secret',
  WEBHOOK_TOKEN: 'webhook-token-of-24-or-more-characters',
  ADMIN_EMAILS: 'admin@acme.io',
  MicrosoftAppId: '11111111-2222-3333-4444-555555555555',
  MicrosoftAppPassword: 'the-secret',
  MicrosoftAppTenantId: '99999999-8888-7777-6666-555555555555',
};

test('what is sound is read as it is', () => {
  expect(salvageConfig(SOUND)).toMatchObject({
    problems: [],
    config: { teams: { credential: { kind: 'secret' } } },
  });
});

test.each<[name: string, change: Record<string, string>]>([
  ['MicrosoftAppId', { MicrosoftAppId: '' }],
  ['MicrosoftAppId', { MicrosoftAppId: 'no id!' }],
  ['MicrosoftAppPassword', { MicrosoftAppPassword: '' }],
  ['MicrosoftAppPassword', { MicrosoftAppType: 'UserAssignedMSI' }],
  ['MicrosoftAppTenantId', { MicrosoftAppTenantId: '' }],
  ['MicrosoftAppType', { MicrosoftAppType: 'MultiTenant' }],
  ['CertificateThumbprint', { CertificateThumbprint: 'no thumbprint', CertificatePrivateKey: 'key' }],
  [
    'CertificateThumbprint',
    { CertificateThumbprint: 'none', CertificatePrivateKey: 'key', MicrosoftAppPassword: '' },
  ],
  ['CertificatePrivateKey', { CertificateThumbprint: 'AB'.repeat(20) }],
  ['TEAMS_AUTH', { TEAMS_AUTH: 'off', HOST: '0.0.0.0', MicrosoftAppPassword: '' }],
  ['TEAMS_AUTH', { TEAMS_AUTH: 'maybe' }],
  ['TEAMS_SERVICE_URL', { TEAMS_SERVICE_URL: 'ftp://teams' }],
  ['TEAMS_SERVICE_HOSTS', { TEAMS_SERVICE_HOSTS: 'a b/c' }],
  ['TEAMS_OPENID_METADATA_URL', { TEAMS_OPENID_METADATA_URL: 'nowhere' }],
  ['TEAMS_LOGIN_URL', { TEAMS_LOGIN_URL: 'http://elsewhere.example' }],
  ['TEAMS_GRAPH_URL', { TEAMS_GRAPH_URL: 'http://elsewhere.example' }],
])('%s is told (%j), and the rest can be used all the same', (name, change) => {
  const { config, sound, problems } = salvageConfig({ ...SOUND, ...change });
  expect(problems.join()).toContain(name);
  expect(sound(name)).toBe(false);
  expect(sound('HARNESS_API_KEY', 'DATABASE_URL')).toBe(true);
  expect(config).toMatchObject({ harness: { accountId: 'acme' }, adminEmails: ['admin@acme.io'] });
});
