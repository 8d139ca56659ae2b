import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { releaseRequest } from '../../src/usecases/deciding/repair-request.ts';
import { fitsPattern } from '../../src/usecases/opening/token-scope.ts';
import { createToken, getToken, listTokens, revokeToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { principalOfSecret } from '../../src/usecases/tokens/principal-of.ts';
import { as, ok, operator, personId, query, token } from '../helpers/principals.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const PAYMENTS = { account: 'acme', org: 'default', project: 'payments', pipeline: 'deploy_*' };
let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const machine = (name = 'ci') => ({ machine: name, ownerEmail: 'ada@acme.io' });
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** Run, webhook with this token, gate, first cards. */
async function ask(secret: string, run: string, event = EVENT, more = {}) {
  world.run(run);
  const answer = await world.post(event, world.webhook(run, more), bearer(secret));
  world.reach(run);
  await world.pass(1_000);
  return answer;
}

describe('a token', () => {
  test('shows its secret once; the database holds a hash', async () => {
    const made = await token(world, { email: 'alice@acme.io' }, 'member');
    expect(made.secret).toMatch(/^cs_[0-9]+_[\w-]{43}$/);
    expect(made.principal).toEqual({
      organizationId: world.app.organizationId,
      role: 'member',
      personId: await personId(world, 'alice'),
      tokenId: String(made.id),
      via: 'api',
    });
    const rows = await world.app.context.db.selectFrom('tokens').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(made.secret.split('_').slice(2).join('_'));
    expect(rows[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of another secret, id or form is nobody’s', async () => {
    const { secret, id } = await token(world, { email: 'alice@acme.io' }, 'member');
    const other = await token(world, { email: 'bob@acme.io' }, 'member');
    const wrong = secret.endsWith('A') ? `${secret.slice(0, -1)}B` : `${secret.slice(0, -1)}A`;
    for (const text of [
      wrong,
      `cs_${id + 90}_${secret.split('_').slice(2).join('_')}`,
      `cs_${other.id}_${secret.split('_').slice(2).join('_')}`,
      `${secret}x`,
      '',
      'cs__',
    ])
      expect(await principalOfSecret(world.app.context, text)).toBeNull();
  });

  test('notes its use at most once a minute', async () => {
    const { secret, id } = await token(world, { email: 'alice@acme.io' }, 'member');
    const used = async () => ok(await getToken(world.app.context, operator(world), id)).lastUsedAt;
    const first = await used();
    expect(first).toBe(world.clock.now());
    world.clock.advance(59_000);
    await principalOfSecret(world.app.context, secret);
    expect(await used()).toBe(first);
    world.clock.advance(1_000);
    await principalOfSecret(world.app.context, secret);
    expect(await used()).toBe(world.clock.now());
  });

  test('names are never used twice, and “bootstrap” never', async () => {
    const { name, id } = await token(world, machine(), 'pipeline');
    expect(name).toBe('ci');
    expect((await token(world, machine(), 'pipeline')).name).toBe('ci 2');
    ok(await revokeToken(world.app.context, operator(world), id));
    for (const taken of ['ci', 'bootstrap'])
      expect(
        await createToken(world.app.context, operator(world), {
          holder: machine(),
          role: 'member',
          name: taken,
          scope: null,
        }),
      ).toMatchObject({ ok: false, refusal: { kind: 'conflict' } });
  });

  test('is audited when made and when revoked, without its secret', async () => {
    const { id } = await token(world, machine(), 'pipeline', { events: [EVENT] });
    ok(await revokeToken(world.app.context, operator(world), id));
    const lines = await world.app.context.db
      .selectFrom('audit_events')
      .selectAll()
      .where('subject_type', '=', 'token')
      .execute();
    expect(lines.map((line) => line.action)).toEqual(['created', 'revoked']);
    expect(JSON.stringify(lines)).not.toMatch(/cs_\d+_/);
  });
});

describe('who may make and see tokens', () => {
  test.each([
    ['a member', 'alice', 'member', { email: 'alice@acme.io' }, 'forbidden'],
    ['an admin for somebody else (R16)', 'ada', 'admin', { email: 'bob@acme.io' }, 'forbidden'],
    [
      'an admin for another’s machine',
      'ada',
      'admin',
      { machine: 'm', ownerEmail: 'bob@acme.io' },
      'forbidden',
    ],
    ['for nobody known', 'ada', 'admin', { email: 'nobody@acme.io' }, 'invalid'],
    ['for a machine of nobody', 'ada', 'admin', { machine: 'm', ownerEmail: 'x@acme.io' }, 'invalid'],
  ] as const)('%s: refused, and nothing is left behind', async (_, name, role, holder, kind) => {
    const principal = await as(world, name, role);
    const before = await world.app.context.db.selectFrom('people').select('id').execute();
    expect(
      await createToken(world.app.context, principal, { holder, role: 'member', name: null, scope: null }),
    ).toMatchObject({ ok: false, refusal: { kind } });
    expect(await world.app.context.db.selectFrom('tokens').select('id').execute()).toEqual([]);
    expect(await world.app.context.db.selectFrom('people').select('id').execute()).toEqual(before);
  });

  test('an admin’s role is not given to who is no admin, and ends with it', async () => {
    const asAdmin = (email: string) =>
      createToken(world.app.context, operator(world), {
        holder: { email },
        role: 'admin',
        name: null,
        scope: null,
      });
    expect(await asAdmin('alice@acme.io')).toMatchObject({ ok: false, refusal: { kind: 'conflict' } });
    const { secret } = ok(await asAdmin('ada@acme.io'));
    expect((await principalOfSecret(world.app.context, secret))?.role).toBe('admin');
    await world.load('people: [{ email: ada@acme.io, role: member }]');
    expect((await principalOfSecret(world.app.context, secret))?.role).toBe('member');
  });

  test('everybody sees and ends their own; admins all', async () => {
    const mine = await token(world, { email: 'alice@acme.io' }, 'member');
    const bobs = await token(world, { email: 'bob@acme.io' }, 'member');
    const seen = async (who: Parameters<typeof listTokens>[1], filters = {}) =>
      ok(await listTokens(world.app.context, who, query(filters))).rows.map((one) => one.id);
    expect(await seen(mine.principal)).toEqual([mine.id]);
    expect(await seen(operator(world))).toEqual([mine.id, bobs.id]);
    expect(await seen(operator(world), { id: String(bobs.id) })).toEqual([bobs.id]);
    expect(await revokeToken(world.app.context, mine.principal, bobs.id)).toEqual({
      ok: false,
      refusal: { kind: 'not_found' },
    });
    expect(ok(await revokeToken(world.app.context, mine.principal, mine.id)).revokedAt).not.toBeNull();
  });

  test('a deactivated person’s token is worth nothing (R14)', async () => {
    const { secret } = await token(world, { email: 'bob@acme.io' }, 'member');
    await world.load('people: [{ email: bob@acme.io, deactivated: true }]');
    expect(await principalOfSecret(world.app.context, secret)).toBeNull();
  });
});

describe('a pipeline’s token (R1)', () => {
  test('opens what its scope names; the request keeps its name', async () => {
    const { secret, name } = await token(world, machine(), 'pipeline', {
      events: [EVENT],
      pipelines: [PAYMENTS],
    });
    const answer = await ask(secret, 'run1');
    expect(answer.status).toBe(202);
    const row = await world.app.context.db
      .selectFrom('approval_requests')
      .select('opened_by')
      .executeTakeFirstOrThrow();
    expect(row.opened_by).toBe(name);
    expect(world.words('alice')).toContain('Waiting for your decision');
  });

  test.each([
    ['another event', { events: ['database-migration'] }],
    ['another account', { pipelines: [{ ...PAYMENTS, account: 'other' }] }],
    ['another project', { pipelines: [{ ...PAYMENTS, project: 'pay' }] }],
    ['another pipeline', { pipelines: [{ ...PAYMENTS, pipeline: 'deploy' }] }],
  ])('%s is 403 and leaves nothing', async (_, scope) => {
    const { secret } = await token(world, machine(), 'pipeline', scope);
    expect(await ask(secret, 'run1')).toMatchObject({ status: 403, body: { code: 'outside_scope' } });
    expect(world.cards('alice')).toEqual([]);
    expect(await world.app.context.db.selectFrom('approval_requests').select('id').execute()).toEqual([]);
  });

  test.each(['admin', 'member'] as const)('a token of the role %s opens nothing', async (role) => {
    const { secret } = await token(world, { email: 'ada@acme.io' }, role);
    expect(await ask(secret, 'run1')).toMatchObject({ status: 403, body: { code: 'outside_scope' } });
  });

  test('may name a policy only if it is allowed to', async () => {
    await world.load(`
events: [{ slug: ${EVENT}, name: Deploy to production }]
policies: [{ slug: strict, name: Strict }]
people: [{ email: carol@acme.io }]
workflows: [{ policy: strict, event: ${EVENT}, requirement: any, approvers: [carol@acme.io] }]
`);
    const body = { approvalPolicy: 'strict' };
    const plain = await token(world, machine('plain'), 'pipeline', {});
    expect(await ask(plain.secret, 'run1', EVENT, body)).toMatchObject({ status: 403 });
    const choosing = await token(world, machine('choosing'), 'pipeline', { mayChoosePolicy: true });
    expect(await ask(choosing.secret, 'run2', EVENT, body)).toMatchObject({ status: 202 });
  });

  test('two tokens do not share a key (R2)', async () => {
    const first = await token(world, machine('a'), 'pipeline', {});
    const second = await token(world, machine('b'), 'pipeline', {});
    await ask(first.secret, 'run1');
    expect((await world.post(EVENT, world.webhook('run1'), bearer(second.secret))).status).toBe(409);
    expect((await world.post(EVENT, world.webhook('run1'))).status).toBe(409);
    expect((await world.post(EVENT, world.webhook('run1'), bearer(first.secret))).status).toBe(200);
  });

  test('nobody opens and decides the same request (R16)', async () => {
    const { secret } = await token(world, { email: 'alice@acme.io' }, 'pipeline', {});
    await ask(secret, 'run1');
    await world.press('alice', 'approve');
    expect(await world.whispered('alice')).toContain('nobody opens and decides the same one');
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('a revoked token (R14)', () => {
  test('opens nothing from then on', async () => {
    const { secret, id } = await token(world, machine(), 'pipeline', {});
    ok(await revokeToken(world.app.context, operator(world), id));
    expect((await ask(secret, 'run1')).status).toBe(401);
    expect(await principalOfSecret(world.app.context, secret)).toBeNull();
  });

  test('its open requests are held, admins told, until one of them lets it pass', async () => {
    const { secret, id } = await token(world, machine(), 'pipeline', {});
    const { body } = await ask(secret, 'run1');
    ok(await revokeToken(world.app.context, operator(world), id));
    await world.settle();
    expect(world.words('ada')).toContain('was revoked');
    expect(world.words('alice')).toContain('On hold');
    await expect(world.press('alice', 'approve')).rejects.toThrow('shows no "approve"');
    const ada = await personId(world, 'ada');
    expect(
      await releaseRequest(world.app.context, body.id as string, { personId: ada, via: 'cli' }),
    ).toBeNull();
    await world.pass(1_000);
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('a hold outlives another look at Harness', async () => {
    const { secret, id } = await token(world, machine(), 'pipeline', {});
    world.run('run1');
    await world.post(EVENT, world.webhook('run1'), bearer(secret));
    ok(await revokeToken(world.app.context, operator(world), id));
    world.reach('run1');
    await world.pass(30_000);
    expect(world.words('ada')).toContain('On hold');
    expect(world.words('ada')).toContain('was revoked');
    expect(world.cards('alice')).toEqual([]);
  });

  test('an approval not yet sent is not sent; a rejection is', async () => {
    const { secret, id } = await token(world, machine(), 'pipeline', {});
    await ask(secret, 'run1');
    await ask(secret, 'run2');
    world.harness.addFault({ match: { method: 'GET' }, times: 2, status: 503 });
    await world.reject('alice', 'not today');
    await world.settle();
    const first = world.cards('bob').at(0)!;
    world.harness.addFault({ match: { method: 'GET' }, times: 2, status: 503 });
    await world.slack.click('U0BOB', { channel: first.channel, ts: first.ts, actionId: 'approve' });
    await world.settle();
    ok(await revokeToken(world.app.context, operator(world), id));
    for (let i = 0; i < 10; i += 1) await world.pass(10_000);
    expect(world.harness.effects.map((effect) => effect.action)).toEqual(['REJECT']);
    expect(world.words('ada')).toContain('The approval was not sent');
  });
});

describe('patterns', () => {
  test.each([
    ['*', 'anything', true],
    ['*', '', true],
    ['deploy_*', 'deploy_payments', true],
    ['deploy_*', 'deploy', false],
    ['*_prod', 'pay_prod', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'a1c2b', false],
    ['ab*ba', 'aba', false],
    ['deploy', 'deploy2', false],
    ['a*a*a', 'aa', false],
    ['.', 'x', false],
  ])('%s on %s: %s', (pattern, text, fits) => {
    expect(fitsPattern(pattern, text)).toBe(fits);
  });
});
