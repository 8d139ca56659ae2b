import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authentication, authenticate } from '../../src/http/authenticate.ts';
import { revokeToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { principalOfSecret } from '../../src/usecases/tokens/principal-of.ts';
import { ok, operator, token } from '../helpers/principals.ts';
import { ACME, startWorld, WEBHOOK_TOKEN, type World } from '../helpers/world.ts';

const API_TOKEN = 'the-bootstrap-admin-token-01';
let world: World;
let given: Authentication;
let alice: Awaited<ReturnType<typeof token>>;

beforeAll(async () => {
  world = await startWorld({ env: { API_TOKEN } });
  await world.load(ACME);
  given = {
    apiToken: world.config.apiToken,
    organizationId: world.app.organizationId,
    findPrincipal: (secret) => principalOfSecret(world.app.context, secret),
  };
  alice = await token(world, { email: 'alice@acme.io' }, 'member');
});
afterAll(() => world.close());

const unauthorized = { ok: false, status: 401, code: 'invalid_auth_token' };

describe('who asks', () => {
  test('by X-Auth-Token, or Authorization: Bearer, or both when they are the same', async () => {
    for (const headers of [
      { 'x-auth-token': alice.secret },
      { authorization: `Bearer ${alice.secret}` },
      { authorization: `bearer  ${alice.secret} ` },
      { 'x-auth-token': alice.secret, authorization: `Bearer ${alice.secret}` },
    ])
      expect(await authenticate(given, headers)).toEqual({ ok: true, principal: alice.principal });
  });

  test('API_TOKEN is an admin of the default organization, nobody in particular', async () => {
    expect(await authenticate(given, { 'x-auth-token': API_TOKEN })).toEqual({
      ok: true,
      principal: operator(world),
    });
    expect(await authenticate({ ...given, apiToken: null }, { 'x-auth-token': API_TOKEN })).toMatchObject(
      unauthorized,
    );
  });

  test.each([
    ['none', {}],
    ['an empty one', { 'x-auth-token': '' }],
    ['WEBHOOK_TOKEN', { 'x-auth-token': WEBHOOK_TOKEN }],
    ['an unknown one', { 'x-auth-token': `cs_99_${'x'.repeat(43)}` }],
    ['Basic', { authorization: 'Basic YTpi' }],
    ['a bare Authorization', { authorization: API_TOKEN }],
    ['two different ones', { 'x-auth-token': API_TOKEN, authorization: 'Bearer something-else' }],
    ['one with a tail', { 'x-auth-token': `${API_TOKEN}x` }],
  ])('%s is 401', async (_, headers) => {
    expect(await authenticate(given, headers)).toMatchObject(unauthorized);
  });

  test('the header that is wrong is named, and no secret is said again', async () => {
    const answer = await authenticate(given, { authorization: 'Bearer my-own-secret' });
    expect(answer).toMatchObject({ header: 'Authorization' });
    expect(JSON.stringify(answer)).not.toContain('my-own-secret');
    expect(await authenticate(given, { 'x-auth-token': 'x' })).toMatchObject({ header: 'X-Auth-Token' });
  });

  test('X-Organization-Id may be sent; a foreign one is 403, for whom the token is good', async () => {
    const own = String(world.app.organizationId);
    expect((await authenticate(given, { 'x-auth-token': alice.secret, 'x-organization-id': own })).ok).toBe(
      true,
    );
    for (const foreign of ['2', '', 'x', `0${own}`])
      expect(
        await authenticate(given, { 'x-auth-token': alice.secret, 'x-organization-id': foreign }),
      ).toMatchObject({ ok: false, status: 403, code: 'access_denied', header: 'X-Organization-Id' });
    expect(await authenticate(given, { 'x-auth-token': 'x', 'x-organization-id': '2' })).toMatchObject(
      unauthorized,
    );
  });

  test('a revoked token, and one of a deactivated person, is 401 at once (R14)', async () => {
    const bob = await token(world, { email: 'bob@acme.io' }, 'member');
    const sam = await token(world, { email: 'sam@acme.io' }, 'member');
    ok(await revokeToken(world.app.context, operator(world), bob.id));
    await world.load('people: [{ email: sam@acme.io, deactivated: true }]');
    for (const { secret } of [bob, sam])
      expect(await authenticate(given, { 'x-auth-token': secret })).toMatchObject(unauthorized);
  });
});

describe('webhooks', () => {
  test('API_TOKEN opens nothing', async () => {
    const answer = await world.post('deploy-to-production', world.webhook('run1'), {
      authorization: `Bearer ${API_TOKEN}`,
    });
    expect(answer.status).toBe(401);
  });

  test('bad tokens are slowed down per address; good ones, GET and HEAD are not', async () => {
    const bad = () =>
      fetch(`${world.url}/hooks/harness/deploy-to-production`, {
        method: 'POST',
        headers: { authorization: 'Bearer guess', 'content-type': 'application/json' },
        body: '{}',
      });
    const answers: Response[] = [];
    for (let i = 0; i < 15; i += 1) answers.push(await bad());
    const last = answers.at(-1)!;
    expect(answers[0]?.status).toBe(401);
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const method of ['GET', 'HEAD']) {
      const probe = await fetch(`${world.url}/hooks/harness/deploy-to-production`, {
        method,
        headers: { authorization: 'Bearer guess' },
      });
      expect(probe.status).toBe(200);
    }
    world.run('run9');
    expect((await world.post('deploy-to-production', world.webhook('run9'))).status).toBe(202);
  });
});
