import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACME, email, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
async function start(env: Record<string, string> = {}) {
  world = await startWorld({ env });
  await world.load(ACME);
}
beforeEach(() => start());
afterEach(() => world.close());

describe('who asked (R5)', () => {
  test('Harness says somebody else than the webhook: held, requester and admins told, nobody asked', async () => {
    await world.ask('deploy-to-production', 'run1', { by: 'carol' });
    expect(world.cards('alice')).toEqual([]);
    expect(world.words('ada')).toContain(
      'Harness says carol@acme.io started the run, the webhook said dana@acme.io',
    );
    expect(world.words('carol')).toContain('On hold');
  });

  test('a cron trigger: unverified, no manager; under all the place stays vacant', async () => {
    await world.ask('database-migration', 'run1', { by: null, body: { triggeredByEmail: null } });
    expect(world.words('alice')).toContain('Harness has not confirmed who asked');
    await world.press('alice', 'approve');
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
  });

  test('unverified and the requester excluded: only fallback approvers are asked', async () => {
    await world.load(`
people: [{ email: carol@acme.io, name: Carol }, { email: alice@acme.io }]
events: [{ slug: careful, name: Careful }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows: [{ policy: standard, event: careful, requirement: any, approvers: [alice@acme.io], fallback_approvers: [carol@acme.io], disallow_requester: true }]
`);
    await world.ask('careful', 'run1', { by: null, body: { triggeredByEmail: null } });
    expect(world.cards('alice')).toEqual([]);
    expect(world.words('carol')).toContain('Waiting for your decision');
  });

  test('Harness silent for 20 s: cards go out with what the webhook said, marked; confirmed later', async () => {
    world.harness.addFault({ match: { method: 'GET' }, times: 100, status: 503 });
    await world.post('deploy-to-production', world.webhook('run1', { message: 'Release 7' }));
    await world.pass(10_000);
    expect(world.cards('alice')).toEqual([]);
    await world.pass(11_000);
    expect(world.words('alice')).toContain('Not yet confirmed by Harness');
    expect(world.words('alice')).toContain('dana@acme.io (not confirmed by Harness)');
    world.harness.clearFaults();
    world.run('run1');
    world.clock.advance(-15_000);
    world.reach('run1');
    world.clock.advance(15_000);
    for (let i = 0; i < 20; i += 1) await world.pass(5_000);
    expect(world.words('alice')).not.toContain('Not yet confirmed');
    expect(world.words('alice')).toContain('@U0DANA');
    expect(world.cards('alice')).toHaveLength(1);
  });
});

describe('stricter rules of the gate are inherited (R4)', () => {
  test('disallowPipelineExecutor and disallowedUserEmails', async () => {
    await world.ask('deploy-to-production', 'run1', {
      by: 'alice',
      body: { triggeredByEmail: email('alice') },
      approvers: { disallowPipelineExecutor: true, disallowedUserEmails: ['BOB@acme.io'] },
    });
    expect(world.cards('bob')).toEqual([]);
    expect(world.words('ada')).toContain('Alice asked for this and may not approve it');
    expect(world.words('ada')).toContain('Bob is excluded by Harness');
    expect(world.words('alice')).toContain('On hold');
  });

  test('R23: others who can decide in Harness are in the small print', async () => {
    await world.ask('deploy-to-production', 'run1', {
      approvers: { userGroups: ['account.release_managers'] },
    });
    expect(world.words('alice')).toContain(
      'Can also be decided in Harness itself by: group account.release_managers',
    );
  });
});

describe('the manager', () => {
  test('from Slack’s configured field when our table has none', async () => {
    await world.close();
    await start({ SLACK_MANAGER_FIELD_ID: 'Xf0MANAGER' });
    world.slack.defineProfileField({ id: 'Xf0MANAGER', label: 'Manager', type: 'user' });
    world.slack.updateUser(STAFF.carol, { profileFields: { Xf0MANAGER: { value: STAFF.sam, alt: '' } } });
    await world.ask('database-migration', 'run1', {
      by: 'carol',
      body: { triggeredByEmail: email('carol') },
    });
    expect(world.words('sam')).toContain('Waiting for your decision');
    expect(world.words('sam')).toContain('0 of 3 approved');
  });

  test('R7: listed and manager at once is one person with one place', async () => {
    await world.load('people: [{ email: dana@acme.io, manager: alice@acme.io }, { email: alice@acme.io }]');
    await world.ask('database-migration', 'run1');
    expect(world.words('alice')).toContain('0 of 2 approved');
    expect(world.cards('alice')).toHaveLength(1);
  });

  test('somebody Slack knows and we do not becomes a person, joined by the organization’s own domain (R17)', async () => {
    world.slack.addUser({ id: 'U0NEW', name: 'nina', realName: 'Nina New', email: 'nina@acme.io' });
    world.harness.startExecution({
      planExecutionId: 'run1',
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'deploy_payments',
      triggeredBy: { uuid: 'n', identifier: 'nina', email: 'nina@acme.io' },
    });
    await world.post('deploy-to-production', world.webhook('run1', { triggeredByEmail: 'nina@acme.io' }));
    world.reach('run1');
    await world.pass(1_000);
    expect(world.words('alice')).toContain('Asked by: @U0NEW');
  });

  test('a foreign domain is never joined by e-mail', async () => {
    world.slack.addUser({ id: 'U0EVE', name: 'eve', email: 'eve@evil.example' });
    world.harness.startExecution({
      planExecutionId: 'run1',
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'deploy_payments',
      triggeredBy: { uuid: 'e', identifier: 'eve', email: 'eve@evil.example' },
    });
    await world.post('deploy-to-production', world.webhook('run1', { triggeredByEmail: 'eve@evil.example' }));
    world.reach('run1');
    await world.pass(1_000);
    expect(world.words('alice')).toContain('(not confirmed by Harness)');
  });
});

describe('who cannot be asked (R7, R8)', () => {
  test.each([
    ['deactivated', { deleted: true }, 'was not found in chat'],
    ['a guest', { isRestricted: true }, 'is a guest'],
    ['a bot', { isBot: true }, 'is a bot'],
  ])('under any an approver who is %s is dropped, and named', async (_name, change, why) => {
    world.slack.updateUser(STAFF.bob, change);
    await world.ask('deploy-to-production', 'run1');
    expect(world.cards('bob')).toEqual([]);
    expect(world.words('alice')).toContain('Not asked: Bob');
    expect(world.words('alice').toLowerCase()).toContain(why.split(' ')[0]!.toLowerCase());
  });

  test('nobody left: held; requester and admin get the reason and the remedy; never approved', async () => {
    world.slack.updateUser(STAFF.alice, { deleted: true });
    world.slack.updateUser(STAFF.bob, { deleted: true });
    await world.ask('deploy-to-production', 'run1');
    for (const name of ['dana', 'ada'] as const) {
      expect(world.words(name)).toContain('On hold');
      expect(world.words(name)).toContain('An admin can reassign');
    }
    await world.pass(120_000);
    expect(world.harness.effects).toEqual([]);
  });

  test('a subscriber who cannot be found never blocks', async () => {
    world.slack.updateUser(STAFF.sam, { deleted: true });
    await world.ask('deploy-to-production', 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('a subscriber who is also an approver gets one card', async () => {
    await world.load(
      ACME.replace(
        'subscribers: [sam@acme.io] }\n  - { policy: standard, event: database',
        'subscribers: [alice@acme.io] }\n  - { policy: standard, event: database',
      ),
    );
    await world.ask('deploy-to-production', 'run1');
    expect(world.cards('alice')).toHaveLength(1);
    expect(world.words('alice')).toContain('Waiting for your decision');
  });

  test('a channel is told, without buttons', async () => {
    world.slack.addChannel({ id: 'C0DEPLOYS', name: 'deploys', isMember: true });
    await world.load(
      ACME.replace(
        'subscribers: [sam@acme.io] }\n  - { policy: standard, event: database',
        'channels: [{ slack: C0DEPLOYS }] }\n  - { policy: standard, event: database',
      ),
    );
    await world.ask('deploy-to-production', 'run1');
    const [message] = world.slack.messagesOf('C0DEPLOYS');
    expect(JSON.stringify(message!.blocks)).not.toContain('"reject"');
    await world.press('alice', 'approve');
    await world.settle();
    expect(JSON.stringify(world.slack.messagesOf('C0DEPLOYS')[0]!.blocks)).toContain('confirmed by Harness');
  });
});

test('R22: our own deadline closes the request here and says that the pipeline still waits', async () => {
  await world.ask('deploy-to-production', 'run1', { body: { expiresIn: '30m' } });
  expect(world.words('alice')).toContain('Decide before');
  await world.pass(30 * 60_000 + 1_000);
  expect(world.words('alice')).toContain('Expired');
  expect(world.words('alice')).toContain('The pipeline still waits in Harness until');
  expect(world.harness.effects).toEqual([]);
});

test('R22: where the workflow says so, the deadline rejects', async () => {
  await world.load(
    ACME.replaceAll('subscribers: [sam@acme.io] }', 'subscribers: [sam@acme.io], on_expiry: reject }'),
  );
  await world.ask('deploy-to-production', 'run1', { body: { expiresIn: '30m' } });
  await world.pass(30 * 60_000 + 1_000);
  expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  expect(world.words('alice')).toContain('the time to decide ran out');
});
