import { describe, expect } from 'vitest';
import { EVENT, useBot, WANTS_TWO } from './bot.ts';
import { row } from './rows.ts';

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

  row('§5 200 decided', 'the other outcome is a conflict, not a delivery', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1');
    const { id } = world.harness.instances[0]!;
    const activity = { user: { name: 'Carol' }, action: 'REJECT', comments: 'no', approvedAt: 1 };
    const details = { approvalActivities: [activity] };
    const rejected = { id, type: 'HarnessApproval', status: 'REJECTED', created: 1, details };
    world.harness.addFault({ match: { method: 'POST' }, status: 200, body: rejected });
    await bot.approve();
    expect(await bot.submission(request)).toMatchObject({ state: 'conflict' });
    expect(world.words('alice')).toContain('Rejected in Harness by Carol');
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

  row('§5 not yet', 'looks after 2, 4, 8, then every 15 s; after ten minutes once a minute', async () => {
    const { world } = bot;
    world.run('run1');
    await world.post(EVENT, world.webhook('run1', { approverInputs: [] }));
    await bot.wait(21_000, 1_000);
    await bot.approve();
    const from = world.clock.now();
    await bot.wait(9 * 60_000, 1_000);
    // The poll's own look may come in between, once.
    const looks = () => bot.looks().map(({ at }) => at - from);
    const due = [0, 2_000, 6_000, 14_000, 29_000, 44_000, 59_000];
    expect(looks()).toEqual(expect.arrayContaining(due));
    expect(looks().filter((at) => at >= 0 && at <= 59_000).length).toBeLessThanOrEqual(due.length + 1);
    expect(world.words('alice')).toContain('Harness has not reached the gate yet');
    await bot.wait(5 * 60_000, 1_000);
    const [before, last] = looks().slice(-2);
    expect(last! - before!).toBe(60_000);
    expect(world.words('alice')).toContain('Harness shows no gate that waits for this run');
    world.reach('run1');
    await bot.wait(70_000);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row(
    '§5 ambiguous',
    'two that could be meant: an admin chooses, and the choice goes by instance id',
    async () => {
      const { chooseInstance } = await import('../../../src/usecases/gates/choose-gate.ts');
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
