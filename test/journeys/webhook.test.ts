import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const OLD_SECRET = `whsec_${randomBytes(32).toString('base64')}`;
let world: World;
let runs = 0;
const nextRun = () => {
  runs += 1;
  return `run-${runs}`;
};

beforeAll(async () => {
  world = await startWorld({ env: { WEBHOOK_SECRET: `${SECRET},${OLD_SECRET}` } });
  await world.load(ACME);
});
afterAll(() => world.close());

const EVENT = 'deploy-to-production';

describe('POST /hooks/harness/:event', () => {
  test('answers 202 with an id once the request is committed', async () => {
    const id = nextRun();
    world.run(id);
    const answer = await world.post(EVENT, world.webhook(id));
    expect(answer).toEqual({
      status: 202,
      body: { id: expect.stringMatching(/^apr_[\w-]{22}$/), status: 'WAITING' },
    });
  });

  test('takes the event by its number too', async () => {
    const id = nextRun();
    world.run(id);
    expect((await world.post('1', world.webhook(id))).status).toBe(202);
  });

  test('R2: the same key and content again is 200 with the same id and no second card', async () => {
    const id = nextRun();
    await world.ask(EVENT, id);
    const cards = world.cards('alice').length;
    const again = await world.post(EVENT, { ...world.webhook(id), unknown: 'ignored' });
    await world.pass(1_000);
    expect(again.status).toBe(200);
    expect(world.cards('alice')).toHaveLength(cards);
  });

  test('R2: twenty at once open one request', async () => {
    const id = nextRun();
    world.run(id);
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.post(EVENT, world.webhook(id))));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(19);
  });

  test('R2: the same key for another event is 409', async () => {
    const id = nextRun();
    await world.ask(EVENT, id);
    const answer = await world.post('database-migration', world.webhook(id));
    expect(answer.status).toBe(409);
    expect(answer.body.message).toContain('Deploy to production');
  });

  test('R10: after the decision changed content is 409 and the deciders see that it was tried', async () => {
    const id = nextRun();
    await world.ask(EVENT, id);
    await world.press('alice', 'approve');
    await world.settle();
    const answer = await world.post(EVENT, world.webhook(id, { message: 'something else' }));
    expect(answer.status).toBe(409);
    expect(answer.body.message).toContain('already APPROVED');
    await world.settle();
    expect(world.words('alice')).toContain('tried to change this request after it was decided');
    expect((await world.post(EVENT, world.webhook(id))).status).toBe(200);
  });

  test('R2: a finished key opens anew only when Harness shows another gate waiting', async () => {
    const id = nextRun();
    const first = await world.ask(EVENT, id);
    await world.press('alice', 'approve');
    await world.settle();
    expect((await world.post(EVENT, world.webhook(id))).body.id).toBe(first);
    world.clock.advance(1_000);
    world.reach(id);
    const second = await world.post(EVENT, world.webhook(id));
    expect(second.status).toBe(202);
    expect(second.body.id).not.toBe(first);
    await world.pass(1_000);
    await world.press('bob', 'approve');
    await world.settle();
    const mine = world.harness.effects.filter((effect) => effect.planExecutionId === id);
    expect(mine.map((effect) => effect.resultingStatus)).toEqual(['APPROVED', 'APPROVED']);
  });

  const refusals: [
    string,
    number,
    () => Promise<{ status: number; body: Record<string, unknown> }>,
    RegExp,
  ][] = [
    ['no token', 401, () => world.post(EVENT, {}, { authorization: '' }), /bearer|Bearer/],
    ['a wrong token', 401, () => world.post(EVENT, {}, { authorization: 'Bearer nonsense' }), /not valid/],
    [
      'another Harness account',
      403,
      () => world.post(EVENT, world.webhook('x1', { accountIdentifier: 'other' })),
      /Connected: acme/,
    ],
    ['an unknown event', 404, () => world.post('launch-rocket', world.webhook('x1')), /launch-rocket/],
    ['a malformed event', 404, () => world.post('Deploy%20it', world.webhook('x1')), /slug/],
    [
      'R27: a flat body at the reserved name',
      400,
      () => world.post('notifications', world.webhook('x1')),
      /eventData/,
    ],
    ['broken JSON', 400, () => world.post(EVENT, '{"accountIdentifier": "acme", }'), /line 1/],
    [
      'a missing field',
      400,
      () => world.post(EVENT, { ...world.webhook('x1'), planExecutionId: undefined }),
      /planExecutionId/,
    ],
    [
      'R3: a path in an id',
      400,
      () => world.post(EVENT, world.webhook('x1', { projectIdentifier: '..' })),
      /projectIdentifier/,
    ],
    ['a NUL byte', 400, () => world.post(EVENT, world.webhook('x1', { message: 'a\u0000b' })), /message/],
    [
      'R24: an unsupported pattern',
      400,
      () => world.post(EVENT, world.webhook('x1', { approverInputs: [{ name: 'a', regex: '(?=x)' }] })),
      /approverInputs\.0\.regex/,
    ],
    [
      'two constraints',
      400,
      () =>
        world.post(
          EVENT,
          world.webhook('x1', { approverInputs: [{ name: 'a', regex: 'x', selectOneFrom: 'a,b' }] }),
        ),
      /approverInputs\.0/,
    ],
    [
      'an expiry in the past',
      400,
      () => world.post(EVENT, world.webhook('x1', { expiresAt: '2020-01-01T00:00:00Z' })),
      /past/,
    ],
    [
      'too much',
      413,
      () => world.post(EVENT, { ...world.webhook('x1'), message: 'x'.repeat(300_000) }),
      /256 KiB/,
    ],
    [
      'not JSON',
      415,
      () => world.post(EVENT, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      /application\/json/,
    ],
    [
      'R6: an unknown policy',
      422,
      () => world.post(EVENT, world.webhook('x1', { approvalPolicy: 'nope' })),
      /approvalPolicy/,
    ],
  ];
  test.each(refusals)('%s is %i', async (_name, status, send, message) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(answer.body.message).toMatch(message);
  });

  test('R6: no workflow for the event and policy is 422, never an approval', async () => {
    await world.load('events: [{ slug: party, name: Party }]');
    const answer = await world.post('party', world.webhook(nextRun()));
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('Nothing is approved by default');
  });

  test('R6: a token without the right may not choose another policy', async () => {
    await world.load('policies: [{ slug: strict, name: Strict }]');
    const answer = await world.post(EVENT, world.webhook(nextRun(), { approvalPolicy: 'strict' }));
    expect(answer.status).toBe(403);
  });

  test('R7: a workflow whose approvers are all deactivated is 422 before the 202', async () => {
    await world.load(`
people: [{ email: gone@acme.io, deactivated: true }]
events: [{ slug: ghost, name: Ghost }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows: [{ policy: standard, event: ghost, requirement: any, approvers: [gone@acme.io] }]
`);
    const answer = await world.post('ghost', world.webhook(nextRun()));
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('no_approver');
  });

  test('R1: a pipeline the event does not list is 403', async () => {
    const answer = await world.post('rollback', world.webhook(nextRun(), { pipelineIdentifier: 'other' }));
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain('does not list the pipeline other');
  });

  test('R27: GET and HEAD answer 200 whatever they carry, and do nothing', async () => {
    const before = world.harness.requests.length;
    for (const method of ['GET', 'HEAD'])
      for (const path of ['deploy-to-production', 'launch-rocket', 'notifications', ''])
        expect(
          (
            await fetch(`${world.url}/hooks/harness/${path}`, {
              method,
              headers: { authorization: 'Bearer <<<x>>>' },
            })
          ).status,
        ).toBe(200);
    expect(world.harness.requests).toHaveLength(before);
  });
});

describe('Standard Webhooks', () => {
  const signed = (body: string, options: { secret?: string; at?: number; id?: string } = {}) => {
    const at = new Date(options.at ?? world.clock.now());
    const id = options.id ?? `msg_${randomBytes(8).toString('hex')}`;
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(options.secret ?? SECRET).sign(id, at, body),
    };
  };
  const body = (id: string) => JSON.stringify(world.webhook(id));

  test('a good signature opens a request, by the old secret too', async () => {
    for (const secret of [SECRET, OLD_SECRET]) {
      const text = body(nextRun());
      expect((await world.post(EVENT, text, signed(text, { secret }))).status).toBe(202);
    }
  });

  test('R26: the same webhook-id with another body is 409, with the same body 200', async () => {
    const [first, other] = [body(nextRun()), body(nextRun())];
    expect((await world.post(EVENT, first, signed(first, { id: 'msg_1' }))).status).toBe(202);
    expect((await world.post(EVENT, other, signed(other, { id: 'msg_1' }))).status).toBe(409);
    expect((await world.post(EVENT, first, signed(first, { id: 'msg_1' }))).status).toBe(200);
  });

  test.each([
    ['forged', () => ({ secret: `whsec_${randomBytes(32).toString('base64')}` })],
    ['301 s old', () => ({ at: world.clock.now() - 301_000 })],
    ['301 s ahead', () => ({ at: world.clock.now() + 301_000 })],
  ])('a %s signature is 401', async (_name, options) => {
    const text = body(nextRun());
    expect((await world.post(EVENT, text, signed(text, options()))).status).toBe(401);
  });

  test('a changed body is 401', async () => {
    const text = body(nextRun());
    expect((await world.post(EVENT, `${text} `, signed(text))).status).toBe(401);
  });
});

test('health: alive, and ready only with a working worker', async () => {
  expect(await (await fetch(`${world.url}/healthz`)).json()).toEqual({ status: 'alive' });
  expect((await fetch(`${world.url}/readyz`)).status).toBe(503);
  world.app.worker.start();
  await world.settle();
  await expect.poll(async () => (await fetch(`${world.url}/readyz`)).status).toBe(200);
});
