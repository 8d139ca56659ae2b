import { afterEach, describe, expect, test } from 'vitest';
import { submissionOf } from '../../src/store/submissions.ts';
import {
  listConnections,
  pauseConnection,
  resumeConnection,
} from '../../src/usecases/connections/manage-connections.ts';
import { operatorOf } from '../helpers/installs.ts';
import { followed, MAPPED, mapPipeline, notify, requestsOf } from '../helpers/notifications.ts';
import { ok } from '../helpers/principals.ts';
import { say } from '../helpers/typed.ts';
import { ACME, type StepOptions, startWorld, type World, type WorldOptions } from '../helpers/world.ts';

const HOUR = 3_600_000;

let world: World;
afterEach(() => world.close());

async function start(options: WorldOptions = {}) {
  world = await startWorld(options);
  await world.load(ACME);
  await mapPipeline(world);
  world.run('run1');
}

const reach = (callbackId: string, timeoutMs?: number) =>
  world.reach('run1', { callbackId, ...(timeoutMs !== undefined && { timeoutMs }) });

const gatesAsked = async () => (await requestsOf(world, 'run1')).map(({ harness }) => harness.instanceId);

async function turns(many: number, ms = 2_000) {
  for (let turn = 0; turn < many; turn += 1) await world.pass(ms);
}

describe('notifications cross one another', () => {
  test('a gate comes up and a stage beside it ends: the gate is asked about all the same', async () => {
    await start();
    const east = reach('east');
    await notify(world, 'run1');
    await world.settle();
    const west = reach('west');
    await notify(world, 'run1');
    await notify(world, 'run1', 'StageSuccess');
    await turns(2);
    expect(await gatesAsked()).toEqual([east, west]);
  });

  test('the stage ends while the gate is still looked for', async () => {
    await start();
    await world.post(MAPPED, world.webhook('run1', { callbackId: 'east' }));
    await notify(world, 'run1');
    await world.settle();
    await notify(world, 'run1', 'StageSuccess');
    await world.settle();
    const west = reach('west');
    await turns(4);
    expect(await gatesAsked()).toEqual([null, west]);
  });

  test('an end that is told when nothing is looked for closes as before', async () => {
    await start();
    reach('east');
    await notify(world, 'run1');
    await world.settle();
    world.harness.abort('run1');
    await notify(world, 'run1', 'PipelineEnd');
    await world.settle();
    expect(world.words('alice')).toContain('Run aborted in Harness');
  });

  test('a gate shows late while an older one beside it waits', async () => {
    await start();
    const east = reach('east');
    await notify(world, 'run1');
    await turns(40, 5_000);
    await notify(world, 'run1');
    await world.settle();
    const west = reach('west');
    await turns(4);
    expect(await gatesAsked()).toEqual([east, west]);
  });

  test('runs that are long over are forgotten', async () => {
    await start();
    await notify(world, 'run1');
    await turns(3, 60_000);
    world.clock.advance(61 * 24 * HOUR);
    world.run('run2');
    await notify(world, 'run2');
    expect((await followed(world)).map(({ planExecutionId }) => planExecutionId)).toEqual(['run2']);
  });

  test('an admin chooses a gate after a stage ended: the other is still asked about', async () => {
    await start();
    const { body } = await world.post(MAPPED, world.webhook('run1', { callbackId: '' }));
    const east = reach('east');
    const west = reach('west');
    await notify(world, 'run1');
    await turns(3);
    await notify(world, 'run1', 'StageSuccess');
    await turns(8);
    await say(world, 'ada', `choose ${String(body.id)} ${west}`);
    await turns(3);
    expect(await gatesAsked()).toEqual([west, east]);
  });
});

describe('a notification while the connection rests', () => {
  async function paused() {
    await start();
    const { context, organizationId } = world.app;
    const operator = operatorOf(organizationId);
    const [connection] = ok(await listConnections(context, operator)).rows;
    ok(await pauseConnection(context, operator, connection!.id, ''));
    return async () => void ok(await resumeConnection(context, operator, connection!.id));
  }

  test('its run is looked at the moment it goes on', async () => {
    const resume = await paused();
    const gate = reach('east');
    await notify(world, 'run1');
    await world.settle();
    expect(await gatesAsked()).toEqual([]);
    await resume();
    await world.settle();
    expect(await gatesAsked()).toEqual([gate]);
  });

  test('two days are not too long, even if Harness stumbles once after them', async () => {
    const resume = await paused();
    const gate = reach('east', 90 * HOUR);
    await notify(world, 'run1');
    await turns(48, HOUR);
    world.harness.addFault({ match: { method: 'GET' }, status: 503 });
    await resume();
    await turns(3);
    expect(await gatesAsked()).toEqual([gate]);
  });
});

describe('one gate, one request', () => {
  test('a webhook that says just what the notification said has its key from then on', async () => {
    await start();
    const gate = reach('');
    await notify(world, 'run1', undefined, { executionUrl: undefined });
    await world.settle();
    const [opened] = await requestsOf(world, 'run1');
    const body = world.webhook('run1', {
      callbackId: '',
      message: 'Approve in chat',
      approverInputs: [],
      executionUrl: undefined,
      triggeredByEmail: undefined,
    });
    for (let again = 0; again < 3; again += 1) {
      expect(await world.post(MAPPED, body)).toMatchObject({ status: 200, body: { id: opened!.id } });
      await world.pass(90_000);
    }
    expect(await gatesAsked()).toEqual([gate]);
  });

  test('the next round of a callback id, told by a notification first: the webhook takes it over', async () => {
    await start();
    const first = reach('loop');
    await notify(world, 'run1');
    await world.settle();
    await world.post(MAPPED, world.webhook('run1', { callbackId: 'loop', message: 'Round 1' }));
    await world.settle();
    await world.press('alice', 'approve');
    await world.settle();
    await turns(30, 5_000);
    const second = reach('loop');
    await notify(world, 'run1');
    await world.settle();
    const body = world.webhook('run1', { callbackId: 'loop', message: 'Round 2' });
    const { status } = await world.post(MAPPED, body);
    expect(status).toBe(200);
    await world.settle();
    expect(await requestsOf(world, 'run1')).toMatchObject([
      { status: 'APPROVED', harness: { instanceId: first } },
      { status: 'WAITING', content: { message: 'Round 2' }, harness: { instanceId: second } },
    ]);
    expect(await world.post(MAPPED, body)).toMatchObject({ status: 200 });
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects.map(({ instanceId }) => instanceId)).toEqual([first, second]);
  });

  test('two posted requests look at the one gate at once: one of them gets it', async () => {
    await start();
    for (const callbackId of ['', 'east'])
      expect((await world.post(MAPPED, world.webhook('run1', { callbackId }))).status).toBe(202);
    const east = reach('east');
    await turns(12);
    expect((await gatesAsked()).filter((id) => id === east)).toHaveLength(1);
  });
});

describe('a decision waits for the choice of its gate', () => {
  async function decidedAmong(step: StepOptions) {
    await start();
    const { body } = await world.post(MAPPED, world.webhook('run1', { callbackId: '' }));
    await world.pass(25_000);
    await world.press('alice', 'approve');
    await world.settle();
    reach('east');
    const west = world.reach('run1', { callbackId: 'west', ...step });
    await turns(8);
    expect((await submissionOf(world.app.context.db, String(body.id)))!.state).toBe('ambiguous');
    await say(world, 'ada', `choose ${String(body.id)} ${west}`);
    await turns(8);
    return west;
  }

  test('it is told to the chosen one', async () => {
    const west = await decidedAmong({});
    expect(world.harness.effects.map(({ instanceId }) => instanceId)).toEqual([west]);
  });

  test('R4: the chosen one shuts the decider out: nothing is sent, and others are asked', async () => {
    const west = await decidedAmong({ approvers: { disallowedUserEmails: ['alice@acme.io'] } });
    expect(world.harness.effects).toEqual([]);
    expect(await requestsOf(world, 'run1')).toMatchObject([
      { status: 'WAITING', decision: null, harness: { instanceId: west } },
    ]);
  });
});

describe('an older server lists a gate beside ours as if it were ours', () => {
  async function foreignGateBound() {
    await start({ olderServer: true });
    world.harness.removePrincipal(world.config.harness.apiKey);
    world.harness.addPrincipal({
      ...{ kind: 'USER', identifier: 'approvalbot', name: 'Approval bot', email: 'approvalbot@acme.io' },
      apiKey: world.config.harness.apiKey,
    });
    const approvers = { userGroups: ['account._account_all_users'], serviceAccounts: [] };
    const { body } = await world.post(MAPPED, world.webhook('run1', { callbackId: 'west' }));
    const east = world.reach('run1', { callbackId: 'east', approvers });
    await turns(2);
    expect(await gatesAsked()).toEqual([east]);
    const west = world.reach('run1', { callbackId: 'west', approvers });
    return { id: String(body.id), west };
  }

  const outcome = async (id: string) => ({
    state: (await submissionOf(world.app.context.db, id))!.state,
    gates: await gatesAsked(),
    effects: world.harness.effects.map(({ instanceId }) => instanceId),
  });

  test('Harness takes the decision for the gate of the callback id: the card follows that one', async () => {
    const { id, west } = await foreignGateBound();
    await world.press('alice', 'approve');
    await world.settle();
    expect(await outcome(id)).toEqual({ state: 'delivered', gates: [west], effects: [west] });
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  test('the answer is lost on the way', async () => {
    const { id, west } = await foreignGateBound();
    world.harness.addFault({ match: { method: 'POST' }, status: 504, when: 'after' });
    await world.press('alice', 'approve');
    await turns(8);
    expect(await outcome(id)).toEqual({ state: 'delivered', gates: [west], effects: [west] });
  });
});
