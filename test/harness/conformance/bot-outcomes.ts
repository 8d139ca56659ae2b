import { describe, expect } from 'vitest';
import { faultPresets } from '../../../src/demo/doubles/harness/fault-presets.ts';
import { wordsOf } from '../../helpers/world.ts';
import { EVENT, OPEN_TO_ALL, useBot, WANTS_TWO } from './bot.ts';
import { refusal } from './client.ts';
import { row } from './rows.ts';

const EVERYBODY = ['alice', 'bob', 'sam', 'dana', 'ada'] as const;

describe('what Harness answers', () => {
  const bot = useBot();

  row('§5 200 decided', 'an approval and a rejection are delivered with our mark', async () => {
    const { world } = bot;
    const first = await world.ask(EVENT, 'run1');
    await bot.approve();
    const second = await world.ask(EVENT, 'run2');
    await bot.reject();
    for (const [id, outcome] of [
      [first, 'APPROVED'],
      [second, 'REJECTED'],
    ] as const) {
      const effect = world.harness.effects.find(({ comments }) => comments!.includes(id))!;
      expect(effect).toMatchObject({ resultingStatus: outcome, via: 'v1' });
      expect(await bot.submission(id)).toMatchObject({ state: 'delivered', posts: 1 });
    }
    expect(world.words('bob')).toMatch(/Rejected .*confirmed by Harness/);
  });

  row('§5 200 decided', 'without our mark it is no delivery, whatever the status says', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1');
    const { id } = world.harness.instances[0]!;
    const decided = { id, type: 'HarnessApproval', status: 'APPROVED', created: 1, details: null };
    world.harness.addFault({ match: { method: 'POST' }, status: 200, body: decided });
    await bot.approve();
    expect(await bot.submission(request)).toMatchObject({ state: 'delivered_by_other' });
    expect(world.words('alice')).not.toContain('confirmed by Harness');
  });

  row('§5 200 WAITING', 'told in plain words, done when somebody else approves too', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1', WANTS_TWO);
    await bot.approve();
    expect(await bot.submission(request)).toMatchObject({ state: 'partial' });
    expect(world.words('ada')).toContain('minimumCount is above 1');
    await bot.wait(180_000, 30_000);
    expect(bot.posts()).toHaveLength(1);
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'APPROVE' });
    await bot.wait(70_000);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row('§5 200 WAITING', 'and if the other rejects, a conflict', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', WANTS_TWO);
    await bot.approve();
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'REJECT' });
    await bot.wait(70_000);
    expect(world.words('alice')).toContain('Rejected in Harness by carol');
    expect(world.words('alice')).toContain('Differs from the decision here');
  });

  row('§5 not yet', 'a decision before the gate waits for it, without a POST', async () => {
    const { world } = bot;
    world.run('run1');
    await world.post(EVENT, world.webhook('run1', { approverInputs: [] }));
    await world.pass(21_000);
    expect(world.words('alice')).toContain('Not yet confirmed by Harness');
    await bot.approve();
    await bot.wait(30_000);
    expect(bot.posts()).toEqual([]);
    expect(world.words('bob')).toContain('Harness has not reached the gate yet');
    world.reach('run1');
    await bot.wait(30_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });

  row('§5 not yet', 'other inputs than were shown void the votes and ask again (R4)', async () => {
    const { world } = bot;
    world.run('run1');
    await world.post(EVENT, world.webhook('run1'));
    await world.pass(21_000);
    await bot.approve();
    world.reach('run1', { approverInputs: [{ name: 'change_ticket', required: true }] });
    await bot.wait(20_000);
    expect(world.harness.effects).toEqual([]);
    expect(world.words('alice')).toContain('Changed since you decided');
    await world.approveWith('alice', { change_ticket: 'CHG123456' });
    await bot.wait(10_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  row(
    '§5 ambiguous',
    'two that could be meant: an admin chooses, and the choice goes by instance id',
    async () => {
      const { chooseInstance } = await import('../../../src/usecases/repair-request.ts');
      const { world } = bot;
      world.run('run1');
      const answer = await world.post(EVENT, world.webhook('run1', { callbackId: '' }));
      const first = world.reach('run1', { callbackId: 'one' });
      world.reach('run1', { callbackId: 'two' });
      await world.pass(25_000);
      expect(world.words('ada')).toContain('An admin has to choose one');
      expect(world.cards('alice')).toEqual([]);
      const { db } = world.app.context;
      const ada = await db
        .selectFrom('people')
        .select('id')
        .where('email', '=', 'ada@acme.io')
        .executeTakeFirst();
      const actor = { personId: ada!.id, via: 'cli' } as const;
      expect(await chooseInstance(world.app.context, answer.body.id as string, first, actor)).toBeNull();
      await world.settle();
      await bot.approve();
      expect(world.harness.effects).toMatchObject([{ instanceId: first, via: 'activity' }]);
    },
  );

  row('§5 ambiguous', 'R18: two gates with callback ids get their own answers', async () => {
    const { world } = bot;
    world.run('run1');
    await world.post(EVENT, world.webhook('run1', { callbackId: 'east' }));
    const east = world.reach('run1', { callbackId: 'east' });
    await world.post('database-migration', world.webhook('run1', { callbackId: 'west' }));
    world.reach('run1', { callbackId: 'west' });
    await world.pass(1_000);
    const card = world.cards('alice').find(({ blocks }) => JSON.stringify(blocks).includes('Deploy to'))!;
    await world.slack.click('U0ALICE', { channel: card.channel, ts: card.ts, actionId: 'approve' });
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ instanceId: east, resultingStatus: 'APPROVED' }]);
  });
});

describe('decided elsewhere (R19, R21)', () => {
  const bot = useBot();

  row('§5 reconcile, decided by us', 'a vote whose answer was lost is found by our mark', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.addFault(faultPresets.timeoutAfterCommit);
    await bot.approve();
    await bot.wait(20_000);
    expect(await bot.submission(request)).toMatchObject({ state: 'delivered', posts: 1 });
  });

  row('§5 reconcile, decided alike by others', 'the card says who, and nothing is sent', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'APPROVE' });
    await bot.approve();
    expect(await bot.submission(request)).toMatchObject({ state: 'delivered_by_other' });
    expect(world.words('alice')).toContain('Approved in Harness by carol');
    expect(bot.posts()).toEqual([]);
  });

  row('§5 reconcile, decided otherwise by others', 'everybody and the admins see the conflict', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'REJECT' });
    await bot.approve();
    expect(await bot.submission(request)).toMatchObject({ state: 'conflict' });
    for (const name of EVERYBODY) {
      expect(world.words(name)).toContain('Rejected in Harness by carol');
      expect(world.words(name)).toContain('Differs from the decision here');
    }
  });

  row(
    '§5 reconcile, decided otherwise by others',
    'superseded by a newer run is its own state (R19)',
    async () => {
      const { world } = bot;
      world.run('run1');
      const answer = await world.post(EVENT, world.webhook('run1'));
      const gate = { approvalMessage: 'Go?', isAutoRejectEnabled: true };
      world.harness.reachApproval('run1', { ...gate, callbackId: 'run1-gate' });
      await world.pass(1_000);
      world.run('run2');
      const newer = world.harness.reachApproval('run2', gate);
      world.harness.decideInUi(newer.id, { user: 'h-carol', action: 'APPROVE' });
      await bot.approve();
      await bot.wait(10_000);
      expect(await bot.submission(answer.body.id as string)).toMatchObject({ state: 'superseded' });
      expect(world.words('alice')).toContain('a newer run of this pipeline was approved');
    },
  );

  for (const [says, end, words] of [
    ['expired', (bot_: typeof bot) => bot_.world.clock.advance(46_000), 'Expired in Harness'],
    ['aborted', (bot_: typeof bot) => bot_.world.harness.abort('run1'), 'Run aborted in Harness'],
    [
      'failed',
      (bot_: typeof bot) =>
        bot_.world.harness.conclude(bot_.world.harness.instances[0]!.id, 'FAILED', 'boom'),
      'Failed in Harness',
    ],
  ] as const)
    row(
      '§5 reconcile, expired or aborted or failed',
      `${says} before Harness could be told: closed`,
      async () => {
        const { world } = bot;
        const request = await world.ask(EVENT, 'run1', { timeoutMs: 60_000 });
        await world.pass(20_000);
        world.harness.addFault(faultPresets.tooManyRequests);
        await bot.approve();
        end(bot);
        await bot.wait(30_000);
        expect(await bot.submission(request)).toMatchObject({ state: 'closed' });
        for (const name of EVERYBODY) expect(world.words(name)).toContain(words);
        expect(world.harness.effects).toEqual([]);
      },
    );

  row(
    '§5 reconcile, waiting with our vote',
    'the answer was lost: partly delivered, not cast again',
    async () => {
      const { world } = bot;
      const request = await world.ask(EVENT, 'run1', WANTS_TWO);
      world.harness.addFault(faultPresets.resetAfterCommit);
      await bot.approve();
      await bot.wait(70_000);
      expect(await bot.submission(request)).toMatchObject({ state: 'partial', posts: 1 });
    },
  );

  row('§5 reconcile, waiting without our vote', 'posted again after a look', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1');
    world.harness.addFault(faultPresets.resetBeforeCommit);
    await bot.approve();
    await bot.wait(20_000);
    expect(await bot.submission(request)).toMatchObject({ state: 'delivered', posts: 2 });
  });

  row('§5 reconcile, no instance', 'and the run is over: closed', async () => {
    const { world } = bot;
    world.run('run1');
    const answer = await world.post(EVENT, world.webhook('run1', { approverInputs: [] }));
    await world.pass(21_000);
    world.harness.finishExecution('run1', 'Failed');
    await bot.approve();
    await bot.wait(20_000);
    expect(await bot.submission(answer.body.id as string)).toMatchObject({
      state: 'closed',
      detail: expect.stringContaining('(Failed)'),
    });
  });

  row('§5 poll', 'a decision, an abort and an expiry show within a poll, without a press', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'APPROVE' });
    await world.pass(76_000);
    expect(world.words('alice')).toContain('Approved in Harness by carol');
    expect(JSON.stringify(world.card('alice')!.blocks)).not.toContain('"reject"');
    await world.ask(EVENT, 'run2');
    world.harness.abort('run2');
    await world.pass(76_000);
    expect(world.words('alice')).toContain('Run aborted in Harness');
    await world.ask(EVENT, 'run3', { timeoutMs: 30_000 });
    await world.pass(33_000);
    expect(world.words('alice')).toContain('Expired in Harness');
    expect(bot.posts()).toEqual([]);
  });

  row('§5 poll', 'what stopped here is still closed by what happens in Harness', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    const body = refusal('User not authorized to approve/reject');
    world.harness.addFault({ match: { method: 'POST' }, status: 400, body });
    await bot.approve();
    expect(world.words('alice')).toContain('not delivered to Harness');
    world.harness.decideInUi(world.harness.instances[0]!.id, { user: 'h-carol', action: 'APPROVE' });
    await world.pass(76_000);
    const card = wordsOf(world.card('alice')!.blocks).join(' ');
    expect(card).toContain('Approved in Harness');
    expect(card).not.toContain('not delivered');
  });
});
