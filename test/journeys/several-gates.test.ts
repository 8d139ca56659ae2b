import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredMessage } from '../../src/demo/doubles/slack/shown.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import {
  teamsButtons,
  teamsDialog,
  teamsPress,
  teamsSay,
  teamsSubmit,
  teamsWords,
} from '../helpers/in-teams.ts';
import { MAPPED, mapPipeline, notify, requestsOf } from '../helpers/notifications.ts';
import { say } from '../helpers/typed.ts';
import { ACME, STAFF, startWorld, until, type World, wordsOf } from '../helpers/world.ts';

let world: World;
afterEach(() => world.close());

const reach = (message: string, callbackId: string, more: { isAutoRejectEnabled?: boolean } = {}) =>
  world.harness.reachApproval('run1', {
    approvalMessage: message,
    callbackId,
    approvers: { userGroups: ['account._account_all_users'], serviceAccounts: ['account.approvalbot'] },
    ...more,
  }).id;

const wordsIn = (message: StoredMessage) => wordsOf(message.blocks).join(' ');

describe('several gates wait in one run (parallel, matrix)', () => {
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
    await mapPipeline(world);
    world.run('run1');
  });

  const GATES = ['Deploy east', 'Deploy west', 'Deploy north'];

  test('each gets its request and its card, which names the gate; each answer goes to its own gate', async () => {
    const ids = GATES.map((message) => reach(message, message.split(' ')[1]!));
    await notify(world, 'run1');
    await world.settle();
    expect((await requestsOf(world, 'run1')).map(({ gate }) => gate).sort()).toEqual([...ids].sort());
    const cards = world.cards('alice');
    expect(cards).toHaveLength(3);
    const west = cards.find((card) => wordsIn(card).includes('Deploy west (gate'))!;
    expect(wordsIn(west)).toMatch(/Deploy west \(gate \d of 3 in this run\)/);
    await world.slack.click(STAFF.alice, { channel: west.channel, ts: west.ts, actionId: 'approve' });
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ instanceId: ids[1], via: 'activity' }]);
    expect(world.harness.instances.map(({ status }) => status)).toEqual(['WAITING', 'APPROVED', 'WAITING']);
  });

  test('a gate that comes up later gets its own, and those that are there keep their numbers', async () => {
    reach('Deploy east', 'east');
    reach('Deploy west', 'west');
    await notify(world, 'run1');
    await world.settle();
    reach('Deploy north', 'north');
    await notify(world, 'run1');
    await world.settle();
    expect(await requestsOf(world, 'run1')).toHaveLength(3);
    expect(world.cards('alice')).toHaveLength(3);
  });

  test('posted with callback ids and told by notifications as well: one request per gate', async () => {
    await world.post(MAPPED, world.webhook('run1', { callbackId: 'east' }));
    await world.pass(1_000);
    reach('Deploy east', 'east');
    reach('Deploy west', 'west');
    await notify(world, 'run1');
    for (let turn = 0; turn < 3; turn += 1) await world.pass(2_000);
    const requests = await requestsOf(world, 'run1');
    expect(requests.map(({ gate, harness }) => [gate !== '', harness.instanceId !== null])).toEqual([
      [false, true],
      [true, true],
    ]);
  });

  test('an ambiguous posted request is an admin’s matter: nothing is opened for its gates until they choose', async () => {
    const { body } = await world.post(MAPPED, world.webhook('run1', { callbackId: '' }));
    const east = reach('Deploy east', 'east');
    const west = reach('Deploy west', 'west');
    await notify(world, 'run1');
    for (let turn = 0; turn < 3; turn += 1) await world.pass(2_000);
    expect(await requestsOf(world, 'run1')).toHaveLength(1);
    expect(world.cards('alice')).toEqual([]);
    await say(world, 'ada', `choose ${String(body.id)} ${west}`);
    for (let turn = 0; turn < 3; turn += 1) await world.pass(2_000);
    const requests = await requestsOf(world, 'run1');
    expect(requests.map(({ harness }) => harness.instanceId)).toEqual([west, east]);
    expect(world.cards('alice')).toHaveLength(2);
  });
});

describe('nothing tells which gate is meant: an admin chooses', () => {
  let id: string;
  let east: string;
  let west: string;

  async function ambiguous() {
    world.run('run1');
    id = String((await world.post(MAPPED, world.webhook('run1', { callbackId: '' }))).body.id);
    east = reach('Deploy east', 'east');
    world.clock.advance(1_000);
    west = reach('Deploy west', 'west');
    await world.pass(25_000);
  }

  describe('in Slack', () => {
    beforeEach(async () => {
      world = await startWorld();
      await world.load(ACME);
      await ambiguous();
    });

    const open = async () => {
      await world.press('ada', 'choose_instance');
      const form = await world.form('ada');
      const isOpened = () =>
        world.slack.calls.some(({ method, performed }) => performed && method === 'views.open') || undefined;
      await until(world.slack, isOpened);
      return form;
    };

    test('from the card: each gate with its message and since when it waits', async () => {
      const form = await open();
      const words = wordsOf(form.blocks).join(' ');
      expect(words).toContain('1. Deploy east');
      expect(words).toContain('2. Deploy west');
      expect(words).toContain('waiting since 20');
      const sent = await world.slack.submitView(STAFF.ada, form.id, { gate: '2. Deploy west' });
      expect(sent.errors).toBeUndefined();
      await world.settle();
      expect(world.words('ada')).toContain('Ada chose which gate of the run this is');
      expect(world.words('alice')).toContain('Deploy west (gate 2 of 2 in this run)');
      await world.press('alice', 'approve');
      await world.settle();
      expect(world.harness.effects).toMatchObject([{ instanceId: west, via: 'activity' }]);
    });

    test('only admins are offered it, and only they may', async () => {
      await world.load('people: [{ email: alice@acme.io, role: admin }]');
      expect(world.words('ada')).toContain('An admin has to choose one');
      const refused = await say(world, 'dana', `choose ${id} 1`);
      expect(refused).toContain('Only an admin may use');
      expect((await requestsOf(world, 'run1'))[0]!.harness.instanceId).toBeNull();
    });

    test('R16: never in a request that asks the admin themselves', async () => {
      const { db } = world.app.context;
      await db.updateTable('people').set({ role: 'admin' }).where('email', 'in', ['dana@acme.io']).execute();
      expect(await say(world, 'dana', `choose ${id} 1`)).toContain('You asked for this');
    });

    test('two admins choose different gates at once: one wins, the other is told', async () => {
      await world.load('people: [{ email: carol@acme.io, role: admin }]');
      await world.app.context.db
        .updateTable('people')
        .set({ role: 'admin' })
        .where('email', '=', 'carol@acme.io')
        .execute();
      const form = await open();
      expect(await say(world, 'carol', `choose ${id} 1`)).toContain('is about the gate “1. Deploy east”');
      const sent = await world.slack.submitView(STAFF.ada, form.id, { gate: '2. Deploy west' });
      expect(wordsOf(sent.viewAfter?.blocks).join(' ')).toContain('Carol has chosen the gate');
      expect((await requestsOf(world, 'run1'))[0]!.harness.instanceId).toBe(east);
    });

    test('the chosen gate has gone meanwhile: said in words, and another is chosen', async () => {
      reach('Deploy north', 'north');
      const form = await open();
      world.harness.decideInUi(west, { user: 'h-carol', action: 'APPROVE' });
      await world.slack.submitView(STAFF.ada, form.id, { gate: '2. Deploy west' });
      await world.settle();
      expect(world.words('ada')).toContain(
        'The gate that Ada chose no longer waits in Harness (approved by carol). An admin has to choose again.',
      );
      expect(world.words('alice')).toBe('');
      const next = await open();
      expect(wordsOf(next.blocks).join(' ')).not.toContain('Deploy west');
      await world.slack.submitView(STAFF.ada, next.id, { gate: '1. Deploy east' });
      await world.settle();
      expect(world.words('alice')).toContain('Waiting for your decision');
    });

    test('R18: when one of two is decided elsewhere, the other is not simply taken', async () => {
      world.harness.decideInUi(east, { user: 'h-carol', action: 'APPROVE' });
      await world.pass(20_000);
      await world.pass(90_000);
      expect((await requestsOf(world, 'run1'))[0]!.harness).toMatchObject({
        instanceId: null,
        candidates: [{ id: west }],
      });
      expect(world.cards('alice')).toEqual([]);
    });

    test('by command: the list, its button, a number, a gate that has gone', async () => {
      const listed = await say(world, 'ada', `choose ${id}`);
      expect(listed).toContain('1. Deploy east');
      expect(listed).toContain('[Choose]');
      expect(await say(world, 'ada', `choose ${id} 7`)).toContain('There is no gate “7”');
      world.harness.decideInUi(east, { user: 'h-carol', action: 'REJECT' });
      expect(await say(world, 'ada', `choose ${id} 1`)).toContain('no longer waits in Harness');
    });

    test('the button of the list carries the gate itself', async () => {
      await say(world, 'ada', `choose ${id}`);
      const list = world.slack.messagesOf(STAFF.ada).findLast(({ visibleTo }) => visibleTo === STAFF.ada)!;
      const carried = `choose ${id} ${east}`;
      expect(JSON.stringify(list.blocks)).toContain(`"value":"${carried}"`);
      expect(await say(world, 'ada', carried)).toContain('is about the gate “1. Deploy east”');
      expect((await requestsOf(world, 'run1'))[0]!.harness.instanceId).toBe(east);
      expect(await say(world, 'ada', `choose ${id}`)).toContain('Ada has chosen the gate of this request');
    });

    test('a forged choice of a gate that Harness never showed', async () => {
      const { db } = world.app.context;
      const card = await db
        .selectFrom('cards')
        .select('id')
        .where('target_id', '=', STAFF.ada)
        .executeTakeFirstOrThrow();
      const press = {
        platform: 'slack' as const,
        organizationId: world.app.organizationId,
        tenant: 'T0ACME',
        externalId: STAFF.ada,
        cardId: card.id,
        contentVersion: 1,
        ref: null,
      };
      const presses = createCardPresses(world.app.context);
      const answer = await presses.submitForm(press, 'choose_instance', { gate: 'elsewhere' });
      expect(answer).toMatchObject({ kind: 'notice', sentence: expect.stringContaining('no such gate') });
      expect(await presses.submitForm(press, 'choose_instance', {})).toMatchObject({ kind: 'form_errors' });
    });
  });

  test('candidates of an earlier version were bare ids: they are chosen from all the same', async () => {
    world = await startWorld();
    await world.load(ACME);
    await ambiguous();
    const { db } = world.app.context;
    const { harness } = (await requestsOf(world, 'run1'))[0]!;
    const { gate: _, chosen: __, alsoWaitsFor: ___, decidedHow: ____, runEnded: _____, ...old } = harness;
    await db
      .updateTable('approval_requests')
      .set({ harness: JSON.stringify({ ...old, candidates: [east, west] }) })
      .execute();
    expect(await say(world, 'ada', `choose ${id} 2`)).toContain(`gate ${west}`);
    expect((await requestsOf(world, 'run1'))[0]!.harness.instanceId).toBe(west);
  });

  test('in Teams: the same form as a dialog', async () => {
    world = await startWorld({ teams: {}, slack: false });
    await world.load(ACME);
    await ambiguous();
    expect(teamsButtons(world, 'ada')).toContain('Choose the gate');
    await teamsPress(world, 'ada', 'Choose the gate');
    expect(teamsDialog(world, 'ada')).toContain('Deploy west');
    await teamsSubmit(world, 'ada', { gate: west });
    await world.settle();
    expect(teamsWords(world, 'ada')).toContain('Ada chose which gate of the run this is');
    await teamsPress(world, 'alice', 'Approve');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ instanceId: west }]);
  });

  test('in Teams, by command', async () => {
    world = await startWorld({ teams: {}, slack: false });
    await world.load(ACME);
    await ambiguous();
    expect(await teamsSay(world, 'ada', `choose ${id}`)).toContain('Deploy east');
    expect(await teamsSay(world, 'ada', `choose ${id} 2`)).toContain('is about the gate “2. Deploy west”');
  });
});
