import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homeWords, openHome, pressInHome } from '../helpers/home.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { say } from '../helpers/typed.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const INPUTS = { change_ticket: 'CHG1234567', rollout: 'full' };

let world: World;
afterEach(() => world.close());

/** What of all that Slack sent was not acked. */
const unacked = () => world.slack.deliveries.filter(({ status }) => status !== 200);

describe.each(['http', 'socket'] as const)('heard by %s', (transport) => {
  beforeEach(async () => {
    world = await startWorld({ transport });
    await world.load(ACME);
  });
  afterEach(() => {
    expect(unacked()).toEqual([]);
    const kind = transport === 'http' ? /^http:/ : /^ws:/;
    for (const { url } of world.slack.deliveries) expect(url).toMatch(kind);
  });

  test('a pipeline asks, and Alice approves with what it wants to know', async () => {
    await world.ask(EVENT, 'run1', { approverInputs: RELEASE_INPUTS });
    const wrong = await world.approveWith('alice', { ...INPUTS, change_ticket: 'none' });
    expect(Object.values(wrong.errors ?? {})).toHaveLength(1);
    const right = await world.slack.submitView(STAFF.alice, wrong.viewAfter?.id ?? '', INPUTS);
    expect(right.responseAction).toBe('close');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });

  test('Bob rejects and says why', async () => {
    await world.ask(EVENT, 'run1');
    expect((await world.reject('bob', 'not on a Friday')).responseAction).toBe('close');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
    expect(world.words('alice')).toContain('not on a Friday');
  });

  test('a command is answered, the Home tab opened, and who left is noticed', async () => {
    await world.ask('database-migration', 'run1');
    const { reply, warning } = await world.slack.slashCommand(STAFF.alice, '/approvals', 'help');
    expect(warning).toBeUndefined();
    expect(reply?.visibleTo ?? STAFF.alice).toBe(STAFF.alice);
    expect((await world.slack.openHome(STAFF.alice)).warning).toBeUndefined();
    world.slack.updateUser(STAFF.alice, { deleted: true });
    const user = { id: STAFF.alice, team_id: 'T0ACME', deleted: true, name: 'alice', profile: {} };
    await world.slack.sendEvent({ type: 'user_change', user });
    await expect
      .poll(async () => {
        await world.settle();
        return world.words('bob');
      })
      .toContain('Alice is deactivated');
  });

  test('an admin makes a workflow by command and form, and it is approved from the Home tab', async () => {
    await world.load(
      `events: [{ slug: hotfix, name: Hotfix }]\npolicies: [{ slug: standard, name: Standard, default: true }]`,
    );
    expect(await say(world, 'ada', 'create hotfix')).toContain('Who would be asked?');
    const { viewAfter } = await world.slack.submitView(STAFF.ada, (await world.form('ada')).id, {
      approvers: [STAFF.alice],
    });
    expect(viewAfter?.title).toMatchObject({ text: 'Workflow created' });
    expect(await say(world, 'ada', 'why hotfix @dana')).toContain('@alice (listed) decides.');
    await world.ask('hotfix', 'run1');
    expect(await openHome(world, STAFF.alice)).toContain('1 request waits for you.');
    await pressInHome(world, STAFF.alice, 'Approve');
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(homeWords(world, STAFF.alice)).toContain('Nothing waits for you.');
  });

  test('the same thing sent twice decides once', async () => {
    await world.ask(EVENT, 'run1');
    const { delivery } = await world.press('alice', 'approve');
    await world.slack.sendRaw({ replayOf: delivery! });
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });
});

describe('a socket that goes and comes', () => {
  beforeEach(async () => {
    world = await startWorld({ transport: 'socket' });
    await world.load(ACME);
  });
  const ready = async () => (await fetch(`${world.url}/readyz`)).json() as Promise<{ checks: object[] }>;

  test('loses nothing that was decided: between asking and deciding, and between two decisions', async () => {
    await world.ask('database-migration', 'run1');
    const goodbye = world.slack.sockets.askToReconnect('refresh_requested');
    await world.slack.sockets.whenConnected();
    await goodbye;
    await world.press('alice', 'approve');
    world.slack.sockets.drop();
    await world.slack.sockets.whenConnected(0);
    await world.slack.sockets.whenConnected(1);
    await world.press('bob', 'approve');
    await world.press('maria', 'approve');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(world.words('alice')).toContain('confirmed by Harness');
    expect(unacked()).toEqual([]);
  });

  test('a decision whose ack was lost with it holds, and pressing again changes nothing', async () => {
    await world.ask(EVENT, 'run1', { approverInputs: RELEASE_INPUTS });
    await world.press('alice', 'approve');
    const form = await world.form('alice');
    world.slack.sockets.dropAtNextAck();
    const lost = await world.slack.submitView(STAFF.alice, form.id, INPUTS);
    expect(lost.warning).toContain('trouble connecting');
    await world.slack.sockets.whenConnected(1);
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    const again = await world.slack.submitView(STAFF.alice, form.id, INPUTS);
    expect(again.warning).toBeUndefined();
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('/readyz says while there is none', async () => {
    expect((await ready()).checks).toContainEqual({ name: 'slack', ok: true });
    world.slack.addFault({ method: 'apps.connections.open', slackError: 'fatal_error', times: Infinity });
    world.slack.sockets.drop();
    await expect
      .poll(async () => (await ready()).checks)
      .toContainEqual({
        name: 'slack',
        ok: false,
        detail: expect.stringContaining('no connection to Slack'),
      });
    world.slack.clearFaults();
    await world.slack.sockets.whenConnected();
    await expect.poll(async () => (await ready()).checks).toContainEqual({ name: 'slack', ok: true });
  });
});

test('heard by http, /readyz has no socket to speak of', async () => {
  world = await startWorld();
  const { checks } = (await (await fetch(`${world.url}/readyz`)).json()) as { checks: { name: string }[] };
  expect(checks.map(({ name }) => name)).not.toContain('slack');
});
