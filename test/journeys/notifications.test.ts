import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { cancelRequest } from '../../src/usecases/deciding/repair-request.ts';
import { createOrganization } from '../../src/usecases/organizations/add-organization.ts';
import { createToken, type PipelinePattern } from '../../src/usecases/tokens/manage-tokens.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { adminOf, personId } from '../helpers/management.ts';
import { eventData, followed, MAPPED, mapPipeline, notify, requestsOf } from '../helpers/notifications.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** A run that waits at its gate, of which only Harness's own notification tells. */
function waitingRun(id = 'run1', step: Parameters<World['reach']>[1] = {}): string {
  world.run(id);
  return world.reach(id, { callbackId: '', ...step });
}

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 5_000) await world.pass(5_000);
}

describe('Harness tells that somebody is waited for', () => {
  test('a mapped pipeline’s gate becomes a request, with Harness’s own message, inputs and requester', async () => {
    await mapPipeline(world);
    const gate = waitingRun('run1', { approverInputs: RELEASE_INPUTS });
    expect(await notify(world, 'run1')).toEqual({ status: 202, body: { accepted: true } });
    await world.settle();
    const words = world.words('alice');
    expect(words).toContain('Deploy to production');
    expect(words).toContain('Approve in chat');
    expect(words).toContain('Deploy payments, run 42');
    expect(words).toContain('@U0DANA');
    expect(words).toContain('change_ticket');
    expect(await requestsOf(world, 'run1')).toMatchObject([
      { gate, openedBy: 'bootstrap', harness: { instanceId: gate, confirmed: true } },
    ]);
    await world.approveWith('alice', { change_ticket: 'CHG123456', rollout: 'full' });
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ instanceId: gate, action: 'APPROVE', via: 'activity' }]);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });

  test('the event in the webhook’s address says it where nothing is mapped', async () => {
    waitingRun();
    expect(await notify(world, 'run1', undefined, { at: MAPPED })).toMatchObject({ status: 202 });
    await world.settle();
    expect(world.words('alice')).toContain('Waiting for your decision');
  });

  test('telling again refreshes, and opens nothing twice', async () => {
    await mapPipeline(world);
    waitingRun();
    await notify(world, 'run1');
    await world.settle();
    await notify(world, 'run1');
    await world.settle();
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
    expect(world.cards('alice')).toHaveLength(1);
  });

  test('the gate shows a little later than the notification: it is looked for again', async () => {
    await mapPipeline(world);
    world.run('run1');
    await notify(world, 'run1');
    await world.settle();
    expect(await requestsOf(world, 'run1')).toEqual([]);
    world.reach('run1', { callbackId: '' });
    await wait(10_000);
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
  });

  test('the next gate of the same run is its own request', async () => {
    await mapPipeline(world);
    const first = waitingRun();
    await notify(world, 'run1');
    await world.settle();
    await world.press('alice', 'approve');
    await world.settle();
    world.clock.advance(60_000);
    const second = world.reach('run1', { callbackId: '' });
    await notify(world, 'run1');
    await world.settle();
    expect((await requestsOf(world, 'run1')).map(({ gate, status }) => [gate, status])).toEqual([
      [first, 'APPROVED'],
      [second, 'WAITING'],
    ]);
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects.map(({ instanceId }) => instanceId)).toEqual([first, second]);
  });

  test('a gate whose request was cancelled here is not asked about again', async () => {
    await mapPipeline(world);
    waitingRun();
    await notify(world, 'run1');
    await world.settle();
    const [opened] = await requestsOf(world, 'run1');
    const ada = { personId: await personId(world, 'ada'), via: 'cli' as const };
    expect(await cancelRequest(world.app.context, opened!.id, 'wrong branch', ada)).toBeNull();
    await notify(world, 'run1');
    await world.settle();
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
  });

  test('no gate ever shows (a runtime input, a manual intervention): the looking ends', async () => {
    await mapPipeline(world);
    world.run('run1');
    await notify(world, 'run1');
    await wait(130_000);
    const calls = world.harness.requests.length;
    await wait(600_000);
    expect(world.harness.requests).toHaveLength(calls);
  });

  test('another kind of approval is left alone, at once', async () => {
    await mapPipeline(world);
    world.run('run1');
    world.harness.reachApproval('run1', { approvalMessage: 'Jira', type: 'JiraApproval' });
    await notify(world, 'run1');
    await wait(130_000);
    expect(await requestsOf(world, 'run1')).toEqual([]);
    expect(world.harness.requests.length).toBeLessThanOrEqual(2);
  });

  test('the run belongs to another pipeline than was said: what Harness says counts', async () => {
    await mapPipeline(world, MAPPED, 'deploy_other');
    waitingRun();
    expect(await notify(world, 'run1', undefined, { pipelineIdentifier: 'deploy_other' })).toMatchObject({
      status: 202,
    });
    await world.settle();
    expect(await requestsOf(world, 'run1')).toEqual([]);
    const { rows } = await audit();
    expect(rows).toEqual([
      expect.objectContaining({
        detail: expect.stringContaining('deploy_payments of default/payments is mapped'),
      }),
    ]);
  });

  test('R7, R6: what a webhook would be refused for opens nothing, and is audited once', async () => {
    await world.load('events: [{ slug: unruled, name: Unruled }]');
    await mapPipeline(world, 'unruled');
    waitingRun();
    await notify(world, 'run1');
    await world.settle();
    await notify(world, 'run1');
    await world.settle();
    expect(await requestsOf(world, 'run1')).toEqual([]);
    const { rows } = await audit();
    expect(rows).toEqual([expect.objectContaining({ detail: expect.stringContaining('no_workflow') })]);
  });
});

async function audit() {
  const { db } = world.app.context;
  const rows = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('action', '=', 'gate_not_opened')
    .execute();
  return { rows };
}

describe('the webhook and the notification tell of the same gate', () => {
  const STEP = { callbackId: 'run1-gate' };

  test('the webhook first: the notification binds it at once and opens nothing', async () => {
    await mapPipeline(world);
    world.run('run1');
    const posted = await world.post(MAPPED, world.webhook('run1'));
    await world.settle();
    const gate = world.reach('run1', STEP);
    await notify(world, 'run1');
    await world.pass(1_000);
    await world.pass(1_000);
    expect(await requestsOf(world, 'run1')).toMatchObject([
      { id: posted.body.id, gate: '', harness: { instanceId: gate } },
    ]);
  });

  test('the notification first: the webhook takes the request over, with its words and its key', async () => {
    await mapPipeline(world);
    const gate = waitingRun('run1', STEP);
    await notify(world, 'run1');
    await world.settle();
    const [opened] = await requestsOf(world, 'run1');
    const body = world.webhook('run1', { message: 'Version 7' });
    expect(await world.post(MAPPED, body)).toEqual({
      status: 200,
      body: { id: opened!.id, status: 'WAITING' },
    });
    await world.settle();
    expect(await requestsOf(world, 'run1')).toMatchObject([
      {
        id: opened!.id,
        gate: '',
        contentVersion: 2,
        content: { message: 'Version 7', execution: { callbackId: 'run1-gate' } },
        harness: { instanceId: gate },
      },
    ]);
    expect(await world.post(MAPPED, body)).toMatchObject({ status: 200, body: { id: opened!.id } });
    expect(world.cards('alice')).toHaveLength(1);
    expect(world.words('alice')).toContain('Version 7');
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ instanceId: gate }]);
  });

  test('without a callback id the one gate that has just come up is meant', async () => {
    await mapPipeline(world);
    waitingRun();
    await notify(world, 'run1');
    await world.pass(5_000);
    const [opened] = await requestsOf(world, 'run1');
    const answer = await world.post(MAPPED, world.webhook('run1', { callbackId: '' }));
    expect(answer).toMatchObject({ body: { id: opened!.id } });
    await world.settle();
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
  });

  test('a webhook about another gate of the run opens its own request (R18)', async () => {
    await mapPipeline(world);
    const east = waitingRun('run1', { callbackId: 'east' });
    await notify(world, 'run1');
    await world.settle();
    const answer = await world.post(MAPPED, world.webhook('run1', { callbackId: 'west' }));
    const west = world.reach('run1', { callbackId: 'west' });
    await world.pass(1_000);
    await world.pass(5_000);
    expect(await requestsOf(world, 'run1')).toMatchObject([
      { gate: east, harness: { instanceId: east } },
      { id: answer.body.id, gate: '', harness: { instanceId: west } },
    ]);
  });

  test('an older server cannot say which callback id a gate has: nothing is taken over by guessing', async () => {
    await world.close();
    world = await startWorld({ olderServer: true });
    await world.load(ACME);
    await mapPipeline(world);
    waitingRun('run1', { callbackId: 'east' });
    await notify(world, 'run1');
    await world.settle();
    const answer = await world.post(MAPPED, world.webhook('run1', { callbackId: 'west', message: 'West' }));
    await world.settle();
    const [first, second] = await requestsOf(world, 'run1');
    expect(first!.content.message).toBe('Approve in chat');
    expect(second!.id).toBe(answer.body.id);
  });

  test('another event, or an approval that is on its way: 409', async () => {
    await mapPipeline(world);
    waitingRun('run1', STEP);
    await notify(world, 'run1');
    await world.settle();
    expect(await world.post('database-migration', world.webhook('run1'))).toMatchObject({ status: 409 });
    world.harness.addFault({ ...faultPresets.gatewayDown, times: 20, match: { method: 'POST' } });
    await world.press('alice', 'approve');
    await world.settle();
    expect(await world.post(MAPPED, world.webhook('run1'))).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('already APPROVED') },
    });
  });

  test('both at the same moment, again and again: never two requests for one gate', async () => {
    await mapPipeline(world);
    for (let nth = 0; nth < 12; nth += 1) {
      const id = `run${nth}`;
      world.run(id);
      const gate = world.reach(id, { callbackId: `${id}-gate` });
      const told = notify(world, id);
      const both =
        nth % 2 === 0
          ? [told, world.post(MAPPED, world.webhook(id)), world.settle()]
          : [told.then(() => world.settle()), world.post(MAPPED, world.webhook(id))];
      await Promise.all(both);
      for (let turn = 0; turn < 4; turn += 1) await world.pass(2_000);
      const requests = await requestsOf(world, id);
      expect(requests.map(({ harness }) => harness.instanceId)).toEqual([gate]);
    }
  });
});

describe('Harness tells that a run is over', () => {
  test.each(['PipelineEnd', 'PipelineFailed', 'PipelineSuccess', 'PipelineAborted', 'StageFailed'])(
    '%s closes what is stale at once',
    async (eventType) => {
      await world.ask(MAPPED, 'run1');
      world.harness.abort('run1');
      expect(await notify(world, 'run1', eventType)).toMatchObject({ status: 202 });
      await world.settle();
      expect(world.words('alice')).toContain('Run aborted in Harness');
    },
  );

  test('it shows a moment later than Harness said so', async () => {
    await world.ask(MAPPED, 'run1');
    await notify(world, 'run1', 'PipelineEnd');
    await world.settle();
    world.harness.abort('run1');
    await world.pass(1_000);
    await world.pass(2_000);
    expect(world.words('alice')).toContain('Run aborted in Harness');
  });

  test('it says so, but Harness shows the gate waiting: nothing is closed', async () => {
    await world.ask(MAPPED, 'run1');
    await notify(world, 'run1', 'PipelineEnd');
    await world.settle();
    expect(world.words('alice')).toContain('Waiting for your decision');
  });
});

test('a run that Harness does not know is looked for once', async () => {
  await mapPipeline(world);
  expect(await notify(world, 'nowhere')).toMatchObject({ status: 202 });
  await wait(60_000);
  expect(world.harness.requests).toHaveLength(1);
});

describe('what means nothing here is answered, and kept nowhere', () => {
  test.each([
    ['PipelineStart', {}],
    ['StepFailed', {}],
    ['SomethingNew', {}],
    ['PipelineEnd', {}],
    ['TriggerFailed', { planExecutionId: undefined }],
    ['WaitingForUserAction', { pipelineIdentifier: 'unmapped' }],
  ])('%s %o', async (eventType, more) => {
    await mapPipeline(world);
    waitingRun();
    const { status, body } = await notify(world, 'run1', eventType, more);
    expect([status, body.ignored]).toEqual([200, true]);
    expect(body.reason).toEqual(expect.any(String));
    expect(await followed(world)).toEqual([]);
  });

  test('an event that was archived after it was mapped', async () => {
    await mapPipeline(world);
    await world.app.context.db
      .updateTable('events')
      .set({ archived_at: 1 })
      .where('slug', '=', MAPPED)
      .execute();
    waitingRun();
    expect(await notify(world, 'run1')).toMatchObject({ status: 200, body: { ignored: true } });
  });

  test.each([
    ['no object', { eventData: 7 }, 'eventData'],
    ['no event type', { eventData: { planExecutionId: 'run1' } }, 'eventData.eventType'],
    [
      'an execution id that is none',
      { eventData: { eventType: 'PipelineEnd', planExecutionId: '../x' } },
      'eventData.',
    ],
    ['a flat body', { planExecutionId: 'run1' }, 'eventData'],
  ])('%s: 400 with the field', async (_name, body, field) => {
    const answer = await world.post('notifications', body);
    expect(answer.status).toBe(400);
    expect(String(answer.body.field)).toContain(field);
  });

  test('GET and HEAD answer, whoever asks', async () => {
    for (const method of ['GET', 'HEAD'])
      expect((await fetch(`${world.url}/hooks/harness/notifications`, { method })).status).toBe(200);
  });
});

describe('who may tell', () => {
  const as = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } });

  test('nobody with a forged token; not even of another account', async () => {
    await mapPipeline(world);
    waitingRun();
    expect(await notify(world, 'run1', undefined, as('forged'))).toMatchObject({ status: 401 });
    expect(await notify(world, 'run1', undefined, { accountIdentifier: 'other' })).toMatchObject({
      status: 403,
      body: { code: 'wrong_account' },
    });
    expect(await followed(world)).toEqual([]);
  });

  async function pipelineToken(organizationId: number, pipelines: readonly PipelinePattern[] | null) {
    const { context } = world.app;
    const made = await createToken(
      context,
      { organizationId, role: 'admin', personId: null, tokenId: 'bootstrap', via: 'cli' },
      {
        name: 'ci',
        role: 'pipeline',
        holder: {
          machine: 'ci',
          ownerEmail: organizationId === world.app.organizationId ? 'ada@acme.io' : 'root@other.io',
        },
        scope: { events: null, pipelines, mayChoosePolicy: false },
      },
    );
    if (!made.ok) throw new Error(JSON.stringify(made));
    return made.value;
  }

  test('another organization’s token touches nothing here', async () => {
    await mapPipeline(world);
    waitingRun();
    const made = await createOrganization(
      world.app.context,
      { name: 'Other', domains: ['other.io'], admins: ['root@other.io'] },
      { personId: null, via: 'cli' },
    );
    if (!made.ok) throw new Error('no organization');
    const { secret } = await pipelineToken(made.value, null);
    const told = await notify(world, 'run1', undefined, as(secret));
    expect(told).toMatchObject({ status: 403, body: { code: 'wrong_account' } });
    await world.settle();
    expect(await requestsOf(world, 'run1')).toEqual([]);
  });

  test('R1: a token opens only what its scope has, and what it opened is kept under its name', async () => {
    await mapPipeline(world);
    waitingRun();
    const fits = { account: 'acme', org: 'default', project: 'payments', pipeline: 'deploy_*' };
    const { secret } = await pipelineToken(world.app.organizationId, [fits]);
    expect(
      await notify(world, 'run1', undefined, { ...as(secret), pipelineIdentifier: 'other' }),
    ).toMatchObject({ status: 403, body: { code: 'outside_scope' } });
    expect(await notify(world, 'run1', undefined, as(secret))).toMatchObject({ status: 202 });
    await world.settle();
    expect(await requestsOf(world, 'run1')).toMatchObject([{ openedBy: 'ci' }]);
    expect(await world.post(MAPPED, world.webhook('run1', { callbackId: '' }))).toMatchObject({
      status: 409,
    });
  });
});

test('R16: whoever’s token told of a gate does not decide it', async () => {
  await mapPipeline(world);
  waitingRun();
  const made = await createToken(world.app.context, adminOf(world, { via: 'cli' }), {
    ...{ name: 'alices', role: 'pipeline', holder: { email: 'alice@acme.io' } },
    scope: { events: null, pipelines: null, mayChoosePolicy: false },
  });
  if (!made.ok) throw new Error(JSON.stringify(made));
  await notify(world, 'run1', undefined, { headers: { authorization: `Bearer ${made.value.secret}` } });
  await world.settle();
  await world.press('alice', 'approve');
  expect(await world.whispered('alice')).toContain('nobody opens and decides the same one');
  await world.press('bob', 'approve');
  await world.settle();
  expect(world.harness.effects).toHaveLength(1);
});

describe('what happens on the way', () => {
  test('a thousand notifications of one run are one row, and few calls', async () => {
    await mapPipeline(world);
    waitingRun();
    for (let batch = 0; batch < 20; batch += 1) {
      const told = await Promise.all(Array.from({ length: 50 }, () => notify(world, 'run1')));
      expect(told.every(({ status }) => status === 202)).toBe(true);
    }
    await world.settle();
    expect(await followed(world)).toHaveLength(1);
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
    expect(world.harness.requests.length).toBeLessThan(20);
  });

  test('killed between the answer and the look: the look is owed still', async () => {
    await mapPipeline(world);
    waitingRun();
    await notify(world, 'run1');
    const again = await createApp(world.config, world.app.context.log as never, {
      clock: world.clock,
      random: () => 0.5,
      wait: async () => {},
    });
    await again.worker.settle();
    await again.stop(1_000);
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
  });

  test('Harness is away: the look is made when it is back', async () => {
    await mapPipeline(world);
    waitingRun();
    world.harness.addFault({ ...faultPresets.gatewayDown, times: 4 });
    await notify(world, 'run1');
    await wait(20_000);
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
  });

  test('the mapping is deleted after the notification was taken: nothing is opened', async () => {
    await mapPipeline(world);
    waitingRun();
    await notify(world, 'run1');
    await world.app.context.db.deleteFrom('pipeline_events').execute();
    await world.settle();
    expect(await requestsOf(world, 'run1')).toEqual([]);
    expect(world.cards('alice')).toEqual([]);
  });

  test('R26: signed notifications: a repeat is fine, the same id with another body is refused', async () => {
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    await world.close();
    world = await startWorld({ env: { WEBHOOK_SECRET: secret } });
    await world.load(ACME);
    await mapPipeline(world);
    waitingRun();
    const told = (eventType: string) => {
      const body = JSON.stringify(eventData(world, 'run1', eventType));
      const at = new Date(world.clock.now());
      return world.post('notifications', body, {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
      });
    };
    expect(await told('WaitingForUserAction')).toMatchObject({ status: 202 });
    expect(await told('WaitingForUserAction')).toMatchObject({ status: 202 });
    expect(await told('PipelineEnd')).toMatchObject({ status: 409 });
    await world.settle();
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
  });
});
