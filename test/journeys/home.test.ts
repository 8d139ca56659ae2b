import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { homeButtons, homeWords, openHome, pressInHome, published } from '../helpers/home.ts';
import { pressInModal, submitTop } from '../helpers/in-channel.ts';
import { checked, machine } from '../helpers/inbound.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { linesOf } from '../helpers/typed.ts';
import { idBySlug } from '../helpers/workflow-forms.ts';
import { ACME, STAFF, startWorld, type World, type WorldOptions } from '../helpers/world.ts';

let world: World;
async function begin(options: WorldOptions = {}): Promise<void> {
  world = await startWorld(options);
  await world.load(ACME);
}
const DAY = 86_400_000;
const DEPLOY = 'Deploy to production · payments';

describe('somebody’s Home', () => {
  beforeEach(() => begin());
  afterEach(() => world.close());

  test('an approver decides from it, and it says how things stand', async () => {
    await world.ask('deploy-to-production', 'run1');
    expect(await openHome(world, STAFF.alice)).toContain('1 request waits for you.');
    expect(homeWords(world, STAFF.alice)).toContain(`Waiting for me (1) ${DEPLOY} Deploy payments, run 42`);
    expect(homeButtons(world, STAFF.alice)).toEqual(['Approve', 'Reject']);
    await pressInHome(world, STAFF.alice, 'Approve');
    await world.settle();
    await world.pass(3_000);
    expect(world.harness.effects).toHaveLength(1);
    const words = homeWords(world, STAFF.alice);
    expect(words).toContain('Nothing waits for you.');
    expect(words).toContain(
      `Recent decisions (1) ${DEPLOY} Open pipeline You approved · Approved by @U0ALICE <date>`,
    );
    expect(words).toContain('confirmed by Harness');
  });

  test('who was asked and did not decide sees it among the recent decisions, for 14 days', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    expect(await openHome(world, STAFF.bob)).toContain('You were asked · Approved by @U0ALICE');
    await world.pass(15 * DAY);
    expect(await openHome(world, STAFF.bob)).not.toContain('Recent decisions');
  });

  test('R21: the requester follows a request from asked to confirmed', async () => {
    await world.ask('deploy-to-production', 'run1');
    expect(await openHome(world, STAFF.dana)).toContain(
      `My requests (1) ${DEPLOY} Open pipeline Waiting for a decision`,
    );
    world.harness.addFault({ ...faultPresets.gatewayDown, times: 5 });
    await world.press('alice', 'approve');
    await world.pass(2_000);
    expect(homeWords(world, STAFF.dana)).toContain('Approved, telling Harness …');
    for (let passed = 0; passed < 60_000; passed += 5_000) await world.pass(5_000);
    expect(homeWords(world, STAFF.dana)).toContain('confirmed by Harness');
  });

  test('who has an inputs form to fill in gets Review in place of Approve', async () => {
    await world.ask('deploy-to-production', 'run1', { approverInputs: [{ name: 'version' }] as never });
    await openHome(world, STAFF.alice);
    expect(homeButtons(world, STAFF.alice)).toEqual(['Review', 'Reject']);
  });

  test('Approve asks once more, and no is no', async () => {
    await world.ask('deploy-to-production', 'run1');
    await openHome(world, STAFF.alice);
    expect(await pressInHome(world, STAFF.alice, 'Approve', false)).toMatchObject({ cancelled: true });
    await world.pass(3_000);
    expect(world.harness.effects).toEqual([]);
  });

  test('from Review in it, what the pipeline wants to know is filled in, and decides', async () => {
    await world.ask('deploy-to-production', 'run1', { approverInputs: RELEASE_INPUTS });
    await openHome(world, STAFF.alice);
    await pressInHome(world, STAFF.alice, 'Review');
    await world.form('alice');
    await pressInModal(world, 'alice', 'approve_with_comment');
    const values = { change_ticket: 'none', rollout: 'full' };
    expect(Object.values((await submitTop(world, 'alice', values)).errors ?? {})).toHaveLength(1);
    await submitTop(world, 'alice', { ...values, change_ticket: 'CHG1234567' });
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(world.slack.viewsOf(STAFF.alice)).toEqual([]);
    expect(homeWords(world, STAFF.alice)).toContain('Nothing waits for you.');
  });

  test('its picture is there for Slack to fetch', async () => {
    await world.ask('deploy-to-production', 'run1');
    await openHome(world, STAFF.alice);
    const image = world.slack.homeOf(STAFF.alice)!.blocks.find(({ type }) => type === 'image');
    const answer = await fetch(world.url + new URL(String(image?.image_url)).pathname);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  test('somebody without anything sees a calm Home, and no administration', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.press('bob', 'approve');
    await world.settle();
    await world.pass(15 * DAY);
    const words = await openHome(world, STAFF.bob);
    expect(words).toMatch(/^Approvals Nothing waits for you\. Requests you make/);
    expect(words).not.toMatch(/Workflows|Needs you|Getting started/);
  });

  test('its buttons turn a section to other pages', async () => {
    for (let run = 1; run <= 6; run += 1) await world.ask('deploy-to-production', `run${run}`);
    await openHome(world, STAFF.dana);
    expect(homeButtons(world, STAFF.dana)).toContain('Older');
    await pressInHome(world, STAFF.dana, 'Older');
    await expect
      .poll(async () => {
        await world.settle();
        return homeButtons(world, STAFF.dana);
      })
      .toContain('Newer');
    expect(homeButtons(world, STAFF.dana).filter((label) => label === 'Open pipeline')).toHaveLength(1);
  });

  test('an account that is nobody’s learns how to get in, and nothing else', async () => {
    await world.ask('deploy-to-production', 'run1');
    world.slack.addUser({ id: 'U0NEW', name: 'new', realName: 'New', email: 'new@elsewhere.io' });
    const words = await openHome(world, 'U0NEW');
    expect(words).toContain('Your account is not known here yet.');
    expect(words).toContain('/approvals approvers add');
    expect(words).not.toMatch(/Deploy|payments|Alice|Acme|Last 30 days/);
    expect(JSON.stringify(world.slack.homeOf('U0NEW')?.blocks)).not.toContain('/charts/');
  });

  test('ten changes within a moment cost one update', async () => {
    await world.ask('deploy-to-production', 'run0');
    await openHome(world, STAFF.alice);
    const before = published(world, STAFF.alice);
    for (let run = 1; run <= 10; run += 1) {
      world.run(`run${run}`);
      await world.post('deploy-to-production', world.webhook(`run${run}`));
      world.reach(`run${run}`);
    }
    await world.settle();
    expect(published(world, STAFF.alice)).toBe(before);
    await world.pass(2_000);
    expect(published(world, STAFF.alice)).toBe(before + 1);
    expect(homeWords(world, STAFF.alice)).toContain('11 requests wait for you.');
  });

  test('a Home that nobody opened for 30 days is left alone until it is opened again', async () => {
    await world.ask('deploy-to-production', 'run1');
    await openHome(world, STAFF.alice);
    await world.pass(31 * DAY);
    const before = published(world, STAFF.alice);
    await world.ask('deploy-to-production', 'run2');
    await world.pass(5_000);
    expect(published(world, STAFF.alice)).toBe(before);
    expect(await openHome(world, STAFF.alice)).toContain('asked by @U0DANA');
    await world.ask('deploy-to-production', 'run3');
    await world.pass(2_000);
    expect(published(world, STAFF.alice)).toBe(before + 2);
  });

  test('a Home refused with its picture goes without it', async () => {
    await world.ask('deploy-to-production', 'run1');
    world.slack.addFault({ method: 'views.publish', slackError: 'invalid_arguments', times: 1 });
    expect(await openHome(world, STAFF.alice)).toContain('1 request waits for you.');
    expect(world.slack.homeOf(STAFF.alice)?.blocks.some((block) => block.type === 'image')).toBe(false);
    await openHome(world, STAFF.alice);
    expect(world.slack.homeOf(STAFF.alice)?.blocks.some((block) => block.type === 'image')).toBe(true);
  });

  test.each([
    ['asked to wait', { status: 429, retryAfter: 3 }],
    ['left without an answer', { connection: 'reset' }],
    ['told that Slack is broken', { status: 503 }],
  ] as const)('%s, it comes later', async (_, fault) => {
    await world.ask('deploy-to-production', 'run1');
    world.slack.addFault({ method: 'views.publish', times: 1, ...fault });
    await world.slack.openHome(STAFF.alice);
    await expect
      .poll(async () => {
        await world.pass(1_000);
        return homeWords(world, STAFF.alice);
      })
      .toContain('1 request waits for you.');
  });
});

describe('an admin’s first day', () => {
  test('each step is ticked off as it is done, without opening it again, until an approval has gone through', async () => {
    world = await startWorld();
    const now = async () => {
      await world.pass(3_000);
      return homeWords(world, STAFF.ada);
    };
    expect(await openHome(world, STAFF.ada)).toMatch(/Getting started: \d of 7 done/);
    await pressInHome(world, STAFF.ada, 'Test the connection');
    await expect.poll(() => linesOf(world.slack.openViewOf(STAFF.ada)?.blocks)).toContain('Harness: answers');
    await world.slack.closeView(STAFF.ada, (await world.form('ada')).id);
    expect(await now()).toContain('2 of 7 done Next: name what needs approval, as an event');
    await world.load(ACME.split('workflows:')[0]!);
    expect(await now()).toContain('3 of 7 done Next: make a workflow');
    await pressInHome(world, STAFF.ada, 'New workflow');
    const event = await idBySlug(world, 'events', 'deploy-to-production');
    const policy = await idBySlug(world, 'approval_policies', 'standard');
    await world.slack.submitView(STAFF.ada, (await world.form('ada')).id, {
      eventId: String(event),
      policyId: String(policy),
      approvers: [STAFF.alice],
    });
    expect(await now()).toContain('5 of 7 done Next: let a pipeline ask');
    expect(homeWords(world, STAFF.ada)).toContain('Workflows (1) Deploy to production · Standard policy');
    await world.ask('deploy-to-production', 'run1');
    expect(await now()).toContain('6 of 7 done Next: approve the first request');
    await world.press('alice', 'approve');
    await world.pass(3_000);
    expect(await now()).not.toContain('Getting started');
    await world.close();
  });
});

describe('an admin’s Home', () => {
  beforeEach(() => begin());
  afterEach(() => world.close());

  /** Ada is known by her card of a held request. */
  async function knowAda(): Promise<void> {
    await world.ask('deploy-to-production', 'held', { body: { triggeredByEmail: 'bob@acme.io' } });
    await world.pass(60_000);
  }

  test('a workflow whose machines are checks says that they come first', async () => {
    await machine(world, 'Smoke tests', 'ada');
    await world.load(checked({}));
    await knowAda();
    expect(await openHome(world, STAFF.ada)).toMatch(
      /Any one of these: .*Smoke tests.*\. The machines are checks and come first\./,
    );
  });

  test('held requests with why, workflows with Edit, and what is missing until the first approval', async () => {
    await knowAda();
    const words = await openHome(world, STAFF.ada);
    expect(words).toContain(`Needs you (1) ${DEPLOY} Open pipeline On hold`);
    expect(words).toContain('Workflows (3) Rollback · Standard policy Edit Nobody has to approve');
    expect(words).toContain('Any one of these: Alice, Bob');
    expect(words).toContain('Getting started: 6 of 7 done Next: approve the first request.');
    expect(homeButtons(world, STAFF.ada)).toEqual(expect.arrayContaining(['Edit', 'New workflow']));
    await world.ask('deploy-to-production', 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    await world.pass(3_000);
    expect(homeWords(world, STAFF.ada)).not.toContain('Getting started');
  });

  test('R16: an undelivered decision can be retried from it, but not one’s own', async () => {
    await knowAda();
    const refused = { match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 403 };
    world.harness.addFault(refused);
    await world.ask('deploy-to-production', 'own', { by: 'ada', body: { triggeredByEmail: 'ada@acme.io' } });
    await world.press('alice', 'approve');
    await world.pass(5_000);
    expect(await openHome(world, STAFF.ada)).toContain('Needs you (2)');
    expect(homeWords(world, STAFF.ada)).toContain('Approved here, not delivered to Harness');
    expect(homeButtons(world, STAFF.ada)).not.toContain('Retry');
    await world.ask('deploy-to-production', 'run1');
    await world.press('alice', 'approve');
    await world.pass(5_000);
    await openHome(world, STAFF.ada);
    expect(homeButtons(world, STAFF.ada).filter((label) => label === 'Retry')).toHaveLength(1);
    world.harness.clearFaults();
    await pressInHome(world, STAFF.ada, 'Retry');
    await world.pass(5_000);
    expect(world.harness.effects).toHaveLength(1);
    await world.pass(3_000);
    expect(homeWords(world, STAFF.ada)).toContain('Needs you (2)');
  });

  test('its buttons open the workflow form', async () => {
    await knowAda();
    await openHome(world, STAFF.ada);
    await pressInHome(world, STAFF.ada, 'New workflow');
    expect((await world.form('ada')).type).toBe('modal');
  });

  test('a new workflow and a new role are seen without opening it again', async () => {
    await knowAda();
    await openHome(world, STAFF.ada);
    await world.load(`
people: [{ email: ada@acme.io, role: member }, { email: alice@acme.io }]
events: [{ slug: hotfix, name: Hotfix }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows: [{ policy: standard, event: hotfix, requirement: any, approvers: [alice@acme.io] }]`);
    await world.pass(2_000);
    expect(homeWords(world, STAFF.ada)).not.toContain('Workflows');
    await world.load('people: [{ email: ada@acme.io, role: admin }]');
    await world.pass(2_000);
    expect(homeWords(world, STAFF.ada)).toContain('Workflows (4) Hotfix · Standard policy');
  });

  test('an approver who cannot be reached is named, with why', async () => {
    await knowAda();
    world.slack.addFault({
      method: 'conversations.open',
      user: STAFF.bob,
      slackError: 'user_disabled',
      times: Number.POSITIVE_INFINITY,
    });
    await world.ask('deploy-to-production', 'run1');
    await world.pass(2_000);
    expect(await openHome(world, STAFF.ada)).toContain(
      'Approvers who cannot be reached (1) Bob · 1 request waits This Slack account is deactivated.',
    );
  });
});
