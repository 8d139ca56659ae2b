import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BotCredential, createBotTokens } from '../../src/teams/bot-tokens.ts';
import { createHttp } from '../../src/teams/http.ts';
import { ALICE, APP, PASSWORD, startOutbound, TENANT } from './outbound.ts';

const hello = { summary: 'Hello', text: 'Hello' };
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a token', () => {
  it('is asked for once, however many want it, and kept; one for each scope', async () => {
    await using out = await startOutbound();
    const asked = () => out.teams.calls.filter(({ method }) => method === 'token').length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => out.tokens.get('connector')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ kind: 'token', token: expect.any(String) });
    await out.tokens.get('connector');
    expect(asked()).toBe(1);
    await out.tokens.get('graph');
    expect(asked()).toBe(2);
  });

  it('near its end is replaced', async () => {
    await using out = await startOutbound({ double: { tokenLifetimeSeconds: 200 } });
    const first = await out.tokens.get('connector');
    expect(await out.tokens.get('connector')).not.toEqual(first);
    expect(out.teams.calls.filter(({ method }) => method === 'token')).toHaveLength(2);
  });

  it('near its end serves on while the login is silent', async () => {
    await using out = await startOutbound({ double: { tokenLifetimeSeconds: 200 } });
    const first = await out.tokens.get('connector');
    out.teams.addFault({ method: 'token', connection: 'reset', times: Number.POSITIVE_INFINITY });
    expect(await out.tokens.get('connector')).toEqual(first);
  });

  it('that Teams takes no more is thrown away, and the next call has another', async () => {
    await using out = await startOutbound();
    const place = out.place(out.teams.chatOf(ALICE));
    await out.connector.post(place, hello);
    out.teams.revokeTokens();
    expect(await out.connector.post(place, hello)).toMatchObject({ kind: 'throttled', retryAfterMs: 1000 });
    expect(await out.connector.post(place, hello)).toMatchObject({ kind: 'sent' });
    expect(out.teams.messagesOf(ALICE)).toHaveLength(2);
  });

  it('that Teams never took is a matter for a person', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'activities.post', status: 401, times: 2 });
    const place = out.place(out.teams.chatOf(ALICE));
    expect(await out.connector.post(place, hello)).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('MicrosoftAppId'),
    });
  });

  it.each<[string, BotCredential]>([
    ['SHA-1', { kind: 'certificate', thumbprint: 'AB'.repeat(20), privateKey }],
    ['SHA-256', { kind: 'certificate', thumbprint: 'AB'.repeat(32), privateKey }],
  ])('is had by a certificate with a %s thumbprint', async (_name, credential) => {
    await using out = await startOutbound({ credential });
    expect(await out.tokens.get('connector')).toMatchObject({ kind: 'token' });
    expect(await out.connector.post(out.place(out.teams.chatOf(ALICE)), hello)).toMatchObject({
      kind: 'sent',
    });
  });

  it('is none where nobody proves anything', async () => {
    await using out = await startOutbound({ credential: { kind: 'off' } });
    expect(await out.tokens.get('connector')).toEqual({ kind: 'token', token: null });
    expect(out.teams.calls).toEqual([]);
  });

  it('is had by a managed identity, from the address that its machine names', async () => {
    const heard: string[] = [];
    const machine = createServer((request, response) => {
      heard.push(`${request.method} ${request.url} ${request.headers['x-identity-header']}`);
      const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
      response.end(JSON.stringify({ access_token: 'msi-token', expires_on, token_type: 'Bearer' }));
    });
    await new Promise<void>((done) => machine.listen(0, '127.0.0.1', done));
    const { port } = machine.address() as AddressInfo;
    vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${port}/msi/token`);
    vi.stubEnv('IDENTITY_HEADER', 'header-of-the-machine');
    try {
      await using out = await startOutbound({ credential: { kind: 'managed_identity' } });
      expect(await out.tokens.get('connector')).toEqual({ kind: 'token', token: 'msi-token' });
      expect(await out.tokens.get('connector')).toEqual({ kind: 'token', token: 'msi-token' });
      expect(heard).toEqual([
        `GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fapi.botframework.com&client_id=${APP} header-of-the-machine`,
      ]);
      expect(out.teams.calls).toEqual([]);
    } finally {
      machine.closeAllConnections();
      machine.close();
    }
  });
});

describe('without a token', () => {
  const secret = (words: string): BotCredential => ({ kind: 'secret', secret: words });
  const tokensOf = async (change: { credential?: BotCredential; tenantId?: string; appId?: string }) => {
    const out = await startOutbound();
    const config = { appId: APP, tenantId: TENANT, credential: secret(PASSWORD), ...change };
    const { http, clock } = out;
    return { out, tokens: createBotTokens({ ...config, loginUrl: out.teams.loginUrl, http, clock }) };
  };

  it.each<[string, Parameters<typeof tokensOf>[0], string]>([
    [
      'a wrong secret',
      { credential: secret('wrong-secret') },
      'MicrosoftAppPassword (the secret’s value, not its id)',
    ],
    [
      'a wrong tenant',
      { tenantId: 'another-tenant' },
      'does not know the tenant: check MicrosoftAppTenantId',
    ],
    ['a wrong app', { appId: 'another-app' }, 'check MicrosoftAppId and MicrosoftAppTenantId'],
    [
      'a key that is none',
      { credential: { kind: 'certificate', thumbprint: 'AB'.repeat(32), privateKey: 'wrong-secret' } },
      'check CertificateThumbprint and CertificatePrivateKey',
    ],
  ])('%s is said with its remedy, and without any secret', async (_name, change, remedy) => {
    const { out, tokens } = await tokensOf(change);
    await using _closing = out;
    const answer = await tokens.get('connector');
    expect(answer).toMatchObject({ kind: 'refused', detail: expect.stringContaining(remedy) });
    expect(JSON.stringify(answer)).not.toContain('wrong-secret');
    // The login is not asked with every card that is owed.
    const asked = out.teams.calls.length;
    expect(await tokens.get('connector')).toEqual(answer);
    expect(out.teams.calls).toHaveLength(asked);
  });

  it.each([
    ['a reset', { connection: 'reset' }],
    ['silence', { connection: 'hang' }],
    ['a 503', { status: 503 }],
    ['a 429', { status: 429, retryAfter: 20 }],
  ] as const)('%s passes, and nothing is sent meanwhile', async (_name, fault) => {
    await using out = await startOutbound({ timeoutMs: 1500 });
    out.teams.addFault({ method: 'token', ...fault });
    const place = out.place(out.teams.chatOf(ALICE));
    const held = await out.connector.post(place, hello);
    if (held.kind !== 'throttled') throw new Error(JSON.stringify(held));
    expect(held).toMatchObject({
      retryAfterMs: 'retryAfter' in fault ? 20_000 : 5_000,
      detail: expect.any(String),
    });
    out.clock.advance(held.retryAfterMs);
    expect(await out.connector.post(place, hello)).toMatchObject({ kind: 'sent' });
    expect(out.teams.messagesOf(ALICE)).toHaveLength(1);
  });

  it('neither secret nor token is in anything that is said', async () => {
    await using out = await startOutbound();
    const token = await out.tokens.get('connector');
    if (token.kind !== 'token') throw new Error('no token');
    out.teams.revokeTokens();
    const http = createHttp();
    const said: unknown[] = [
      await out.connector.post(out.place('a:none'), hello),
      await out.connector.check(out.teams.serviceUrl),
      await out.graph.user('nobody'),
      await out.platform.checkHealth(),
    ];
    await http.close();
    for (const words of [PASSWORD, token.token!]) expect(JSON.stringify(said)).not.toContain(words);
  });
});
