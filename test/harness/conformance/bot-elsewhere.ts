import { describe, expect } from 'vitest';
import { faultPresets } from '../../../src/demo/doubles/harness/fault-presets.ts';
import { wordsOf } from '../../helpers/world.ts';
import { EVENT, OPEN_TO_ALL, useBot, WANTS_TWO } from './bot.ts';
import { refusal } from './client.ts';
import { row } from './rows.ts';

const EVERYBODY = ['alice', 'bob', 'sam', 'dana', 'ada'] as const;

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

  row('§5 poll', 'an automatic approval by Harness closes the cards and is not overruled', async () => {
    const { world } = bot;
    world.run('run1');
    const answer = await world.post(EVENT, world.webhook('run1'));
    const autoApproval = { at: world.clock.now() + 16 * 60_000 };
    world.harness.reachApproval('run1', { approvalMessage: 'Go?', callbackId: 'run1-gate', autoApproval });
    await bot.wait(18 * 60_000, 60_000);
    expect(world.words('alice')).toMatch(/Approved (automatically )?in Harness/);
    expect(world.words('alice')).not.toContain('confirmed by Harness');
    expect(world.harness.effects.map(({ via }) => via)).toEqual(['auto-approval']);
    expect(await bot.submission(answer.body.id as string)).toBeNull();
  });

  row('§5 poll', 'approvals by other tools in the same run are left alone', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1');
    const types = ['JiraApproval', 'ServiceNowApproval', 'CustomApproval'] as const;
    for (const type of types)
      world.harness.reachApproval('run1', { approvalMessage: 'By a tool', callbackId: 'run1-gate', type });
    await bot.approve();
    expect(world.harness.effects).toMatchObject([{ via: 'v1', resultingStatus: 'APPROVED' }]);
    expect(world.harness.instances.filter(({ status }) => status === 'WAITING')).toHaveLength(3);
    expect(world.words('alice')).toContain('confirmed by Harness');
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
