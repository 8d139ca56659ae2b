import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { ACME, email, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const EVENT = 'deploy-to-production';
/** A gate that people may also decide in Harness itself. */
const OPEN_TO_ALL = { approvers: { userGroups: ['account._account_all_users'] } };
const posts = () => world.harness.requests.filter((request) => request.method === 'POST').length;

async function approve() {
  await world.press('alice', 'approve');
  await world.settle();
}

/** Lets time pass in steps, so that every pause of the outbox comes to its end. */
async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 5_000) await world.pass(5_000);
}

describe('told once in effect, whatever happens on the way (harness.md §5)', () => {
  test.each([
    ['504 after the commit', faultPresets.timeoutAfterCommit],
    ['reset after the commit', faultPresets.resetAfterCommit],
    ['an answer cut short after the commit', faultPresets.cutShortAfterCommit],
    ['reset before the commit', faultPresets.resetBeforeCommit],
    ['503', faultPresets.gatewayDown],
    ['500', faultPresets.internalError],
    ['E7, a write conflict', faultPresets.writeConflict],
    ['E12, trouble behind the look-up', faultPresets.executionLookupTrouble],
    ['429 without Retry-After', faultPresets.tooManyRequests],
    ['429 with Retry-After', faultPresets.tooManyRequestsWithRetryAfter],
    ['200 that is no JSON', faultPresets.notJson],
    ['a redirect', faultPresets.redirected],
  ])('%s', async (_name, fault) => {
    await world.ask(EVENT, 'run1');
    world.harness.addFault(fault);
    await approve();
    await world.pass(1_500);
    expect(world.words('bob')).toMatch(/Approved/);
    await wait(60_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });

  test('a card never says confirmed before Harness said so', async () => {
    await world.ask(EVENT, 'run1');
    world.harness.addFault({ ...faultPresets.gatewayDown, times: 3 });
    await approve();
    await world.pass(500);
    expect(world.words('bob')).toContain('Approved, telling Harness …');
    expect(world.words('bob')).not.toContain('confirmed');
    expect(world.words('dana')).toContain('telling Harness');
  });

  test('NOT_YET: a decision before the gate exists waits for it (2, 4, 8, 15 s)', async () => {
    world.run('run1');
    await world.post(EVENT, world.webhook('run1', { approverInputs: [] }));
    await world.pass(21_000);
    expect(world.words('alice')).toContain('Not yet confirmed by Harness');
    await approve();
    await wait(30_000);
    expect(posts()).toBe(0);
    expect(world.words('bob')).toContain('Harness has not reached the gate yet');
    world.reach('run1');
    await wait(30_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });

  test('R4: a gate that asks for other inputs than were shown voids the votes and asks again', async () => {
    world.run('run1');
    await world.post(EVENT, world.webhook('run1'));
    await world.pass(21_000);
    await approve();
    world.reach('run1', { approverInputs: RELEASE_INPUTS });
    await wait(20_000);
    expect(world.harness.effects).toEqual([]);
    expect(world.words('alice')).toContain('Changed since you decided');
    await world.approveWith('alice', { change_ticket: 'CHG123456' });
    await wait(10_000);
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('decided elsewhere (R19, R21)', () => {
  test('the same outcome in Harness’s own UI: the cards say who, and nothing is sent', async () => {
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'APPROVE' });
    await world.pass(70_000);
    expect(world.words('alice')).toContain('Approved in Harness by carol');
    expect(JSON.stringify(world.card('alice')!.blocks)).not.toContain('"reject"');
    expect(posts()).toBe(0);
  });

  test('just before ours: delivered by other, found out by looking', async () => {
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'APPROVE' });
    await approve();
    expect(world.words('alice')).toContain('Approved in Harness by carol');
    expect(world.harness.effects.map((effect) => effect.via)).toEqual(['ui']);
  });

  test('the other outcome: a conflict that everybody and the admins see', async () => {
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, {
      user: 'h-carol',
      action: 'REJECT',
      comments: 'no',
    });
    await approve();
    for (const name of ['alice', 'bob', 'sam', 'dana', 'ada'] as const) {
      expect(world.words(name)).toContain('Rejected in Harness by carol');
      expect(world.words(name)).toContain('Differs from the decision here');
    }
  });

  test('aborted while waiting: closed', async () => {
    await world.ask(EVENT, 'run1');
    world.harness.abort('run1');
    await world.pass(70_000);
    expect(world.words('alice')).toContain('Run aborted in Harness');
  });

  test('expired in Harness: closed right after its deadline', async () => {
    await world.ask(EVENT, 'run1', { timeoutMs: 45_000 });
    await world.pass(30_000);
    await world.pass(20_000);
    await world.pass(5_000);
    expect(world.words('alice')).toContain('Expired in Harness');
  });

  test('R22: in the last 15 s before Harness’s deadline an approval is refused', async () => {
    await world.ask(EVENT, 'run1', { timeoutMs: 60_000 });
    await world.pass(46_000);
    await world.press('alice', 'approve');
    expect(await world.whispered('alice')).toContain('Too late');
    await world.settle();
    expect(posts()).toBe(0);
  });
});

describe('what needs a person', () => {
  test('E6: Harness refuses the inputs: the approver corrects them, the same submission goes again (R20)', async () => {
    await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket', defaultValue: '' }] });
    world.harness.addFault({
      match: { method: 'POST' },
      status: 400,
      body: {
        message:
          'Invalid request: Unable to add Harness Approval Activity : Approval inputs validation failed: {ticket=x does not match the regex pattern CHG.*}',
        code: null,
        errors: [],
        error_metadata: null,
      },
    });
    await world.approveWith('alice', { ticket: 'x' });
    await world.settle();
    expect(world.words('alice')).toContain('Harness refused the inputs');
    await world.press('alice', 'supply_inputs');
    const form = await world.form('alice');
    await world.slack.submitView(STAFF.alice, form.id, { ticket: 'CHG1' });
    await world.settle();
    expect(world.harness.effects[0]!.approverInputs).toEqual([{ name: 'ticket', value: 'CHG1' }]);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });

  test('E9: not authorized: visible with the reason, an admin retries after mending it', async () => {
    await world.ask(EVENT, 'run1');
    world.harness.addFault({
      match: { method: 'POST' },
      status: 400,
      body: {
        message:
          'Invalid request: The service account configured in the request is not authorized to approve/reject',
        code: null,
        errors: [],
        error_metadata: null,
      },
    });
    await approve();
    expect(world.words('alice')).toContain('Approved here, not delivered to Harness');
    expect(posts()).toBe(1);
    await world.press('ada', 'retry_submission');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  test('E16: a revoked token stops at once, without a storm', async () => {
    await world.ask(EVENT, 'run1');
    world.harness.removePrincipal(world.config.harness.apiKey);
    await approve();
    await wait(60_000);
    expect(world.words('ada')).toContain('not delivered to Harness');
    expect(posts()).toBe(0);
  });

  test('minimumCount 2: partly delivered, said in plain words, done when somebody else approves too', async () => {
    await world.ask(EVENT, 'run1', {
      approvers: {
        userGroups: ['account._account_all_users'],
        serviceAccounts: ['account.approvalbot'],
        minimumCount: 2,
      },
    });
    await approve();
    expect(world.words('alice')).toContain('Harness wants more approvals');
    expect(world.words('alice')).toContain('minimumCount');
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'APPROVE' });
    await wait(70_000);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  test('E2: two gates wait and no callback id tells them apart: an admin chooses, nothing is guessed', async () => {
    const { chooseInstance } = await import('../../src/usecases/choose-gate.ts');
    const { personByEmail } = await import('../../src/store/people.ts');
    world.run('run1');
    const answer = await world.post(EVENT, world.webhook('run1', { callbackId: '' }));
    const first = world.reach('run1', { callbackId: 'one' });
    world.reach('run1', { callbackId: 'two' });
    await world.pass(25_000);
    expect(world.words('ada')).toContain('An admin has to choose one');
    expect(world.cards('alice')).toEqual([]);
    const ada = (await personByEmail(world.app.context.db, world.app.organizationId, email('ada')))!;
    expect(
      await chooseInstance(world.app.context, answer.body.id as string, first, {
        personId: ada.id,
        via: 'cli',
      }),
    ).toBeNull();
    await world.settle();
    await approve();
    expect(world.harness.effects).toMatchObject([{ instanceId: first, via: 'activity' }]);
  });

  test('R18: two parallel gates with callback ids get their own requests and their own answers', async () => {
    world.run('run1');
    await world.post(EVENT, world.webhook('run1', { callbackId: 'east' }));
    world.reach('run1', { callbackId: 'east' });
    await world.post('database-migration', world.webhook('run1', { callbackId: 'west' }));
    world.reach('run1', { callbackId: 'west' });
    await world.pass(1_000);
    const card = world.cards('alice').find((message) => JSON.stringify(message.blocks).includes('Deploy'))!;
    await world.slack.click(STAFF.alice, { channel: card.channel, ts: card.ts, actionId: 'approve' });
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(world.harness.instances.map((instance) => instance.status).sort()).toEqual([
      'APPROVED',
      'WAITING',
    ]);
  });
});

test('an older server: GET ignores the callback id, the token is a service account it does not know', async () => {
  await world.close();
  world = await startWorld({ olderServer: true });
  await world.load(ACME);
  await world.ask(EVENT, 'run1');
  await approve();
  expect(world.words('ada')).toContain('not delivered to Harness');
  expect(posts()).toBe(1);
});

test('the body that is sent holds both input keys, the approver’s e-mail and the proof', async () => {
  const id = await world.ask(EVENT, 'run1', { approverInputs: RELEASE_INPUTS });
  await world.approveWith('alice', { change_ticket: 'CHG123456', rollout: 'full', comment: 'Go' });
  await world.settle();
  const sent = world.harness.requests.find((request) => request.method === 'POST')!;
  expect(sent.path).toContain(
    '/gateway/pipeline/api/v1/orgs/default/projects/payments/approvals/execution/run1',
  );
  const body = JSON.parse(sent.body) as Record<string, unknown>;
  const inputs = [
    { name: 'change_ticket', value: 'CHG123456' },
    { name: 'rollout', value: 'full' },
    { name: 'approved_by', value: email('alice') },
  ];
  expect(body).toEqual({
    action: 'APPROVE',
    approver_inputs: inputs,
    approverInputs: inputs,
    comments: expect.stringMatching(
      new RegExp(
        `^\\[Countersign ${id} [0-9a-f]{12}\\] Approved by Alice \\(person \\d+, alice@acme.io\\)\nAlice: Go$`,
      ),
    ),
  });
});
