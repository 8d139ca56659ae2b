import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect } from 'vitest';
import { cardIdOf } from '../../faults/approvers.ts';
import { type Ledger, openLedger } from '../../faults/ledger.ts';
import { type Surroundings, startSurroundings } from '../../faults/surroundings.ts';
import { RELEASE_INPUTS } from '../../helpers/inputs.ts';
import { email, STAFF } from '../../helpers/world.ts';
import { EVENT, useBot } from './bot.ts';
import { refusal } from './client.ts';
import { row } from './rows.ts';

describe('what goes to Harness', () => {
  const bot = useBot();

  row(
    '§5 payload',
    'both input keys, the approver’s e-mail, and a comment that proves the delivery',
    async () => {
      const { world } = bot;
      const id = await world.ask(EVENT, 'run1', { approverInputs: RELEASE_INPUTS });
      await world.approveWith('alice', { change_ticket: 'CHG123456', rollout: 'full', comment: 'Go' });
      await world.settle();
      const [sent] = bot.posts();
      const path = '/gateway/pipeline/api/v1/orgs/default/projects/payments/approvals/execution/run1';
      expect(sent).toMatchObject({ path, query: { callback_id: 'run1-gate' } });
      const inputs = [
        { name: 'change_ticket', value: 'CHG123456' },
        { name: 'rollout', value: 'full' },
        { name: 'approved_by', value: email('alice') },
      ];
      const proof = new RegExp(
        `^\\[Countersign ${id} [0-9a-f]{12}\\] Approved by Alice \\(person \\d+, alice@acme.io\\)\nAlice: Go$`,
      );
      const comments = expect.stringMatching(proof);
      expect(JSON.parse(sent!.body)).toEqual({
        ...{ action: 'APPROVE', approver_inputs: inputs, approverInputs: inputs, comments },
      });
    },
  );

  row(
    '§5 payload',
    'a rejection carries no inputs, and a comment of a thousand characters at most',
    async () => {
      const { world } = bot;
      await world.ask(EVENT, 'run1', { approverInputs: RELEASE_INPUTS });
      await world.reject('alice', 'no '.repeat(700));
      await world.settle();
      const body = JSON.parse(bot.posts()[0]!.body) as Record<string, string>;
      expect(Object.keys(body)).toEqual(['action', 'comments']);
      expect(body.comments!.length).toBeLessThanOrEqual(1_000);
    },
  );

  row(
    '§5 inputs',
    'a refused value is told at its field, and nothing is sent before it is changed',
    async () => {
      const { world } = bot;
      await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket' }, { name: 'note' }] });
      const text = 'Approval inputs validation failed: {ticket=x does not match the regex pattern CHG.*}';
      const body = refusal(`Unable to add Harness Approval Activity : ${text}`);
      world.harness.addFault({ match: { method: 'POST' }, status: 400, body });
      await world.approveWith('alice', { ticket: 'x', note: 'fine' });
      await world.settle();
      await bot.wait(120_000, 30_000);
      expect(bot.posts()).toHaveLength(1);
      await world.press('alice', 'supply_inputs');
      const { blocks } = await world.form('alice');
      expect(JSON.stringify(blocks)).toContain('does not match the regex pattern');
    },
  );
});

describe('which decision is told', () => {
  const bot = useBot();

  row('§5 requirement', 'none: told at once, and waits for the gate', async () => {
    const { world } = bot;
    world.run('run1');
    await world.post('rollback', world.webhook('run1', { approverInputs: [] }));
    await bot.wait(30_000);
    expect(bot.posts()).toEqual([]);
    world.reach('run1');
    await bot.wait(20_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  });

  row('§5 requirement', 'any: told with the first approval', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1');
    await bot.approve();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  });

  row('§5 requirement', 'all: told with the last approval', async () => {
    const { world } = bot;
    await world.ask('database-migration', 'run1');
    for (const name of ['alice', 'bob'] as const) {
      await world.press(name, 'approve');
      await world.settle();
      expect(bot.posts()).toEqual([]);
    }
    await world.press('maria', 'approve');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  });

  row('§5 requirement', 'all: one rejection is told at once', async () => {
    const { world } = bot;
    await world.ask('database-migration', 'run1');
    await bot.approve();
    await world.reject('bob', 'not today');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  });

  row('§5 expired', 'R22: in the last 15 s before Harness’s deadline an approval is refused', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', { timeoutMs: 60_000 });
    await world.pass(46_000);
    await world.press('alice', 'approve');
    expect(await world.whispered('alice')).toContain('Too late');
    await world.settle();
    expect(bot.posts()).toEqual([]);
  });

  row(
    '§5 bug',
    'a call that Harness does not understand is not repeated, and asks to be reported',
    async () => {
      const { world } = bot;
      await world.ask(EVENT, 'run1');
      const body = { code: 400, message: 'Unable to process JSON', details: 'x' };
      world.harness.addFault({ match: { method: 'POST' }, status: 400, body });
      await bot.approve();
      await bot.wait(60_000);
      expect(bot.posts()).toHaveLength(1);
      expect(world.words('ada')).toContain('Please report it with the log line of this call');
    },
  );

  row('§5 retry', 'cards say nothing of “confirmed” before Harness said so', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1');
    world.harness.addFault({ match: { method: 'POST' }, status: 429 });
    await bot.approve();
    await world.pass(500);
    for (const name of ['bob', 'dana'] as const) {
      expect(world.words(name)).toContain('telling Harness');
      expect(world.words(name)).not.toContain('confirmed');
    }
    await bot.wait(20_000);
    expect(world.words('bob')).toContain('confirmed by Harness');
  });
});

describe('killed between the commit in Harness and its answer', () => {
  let surroundings: Surroundings | undefined;
  let ledger: Ledger | undefined;
  afterEach(async () => {
    ledger?.close();
    await surroundings?.close();
  });

  row(
    '§5 reconcile, decided by us',
    'the next life finds the vote and casts no other',
    async () => {
      surroundings = await startSurroundings();
      ledger = openLedger(surroundings.databaseFile);
      const { harness, slack } = surroundings;
      const cards = () => slack.messagesOf(STAFF.alice).filter((message) => cardIdOf(message) !== null);
      const until = async (holds: () => boolean) => {
        for (const end = Date.now() + 25_000; !holds(); await pause(20))
          if (Date.now() > end) throw new Error(`not in time: ${JSON.stringify(ledger!.requests())}`);
      };
      const first = surroundings.startBot();
      await first.ready;
      surroundings.run('run1');
      await surroundings.post(EVENT, surroundings.webhook('run1'));
      surroundings.reach('run1');
      await until(() => cards().length > 0);
      const hanging = harness.addFault({ match: { method: 'POST' }, status: 'hang', when: 'after' });
      const { channel, ts } = cards().at(-1)!;
      await slack.click(STAFF.alice, { channel, ts, actionId: 'approve' });
      await hanging.firstHit;
      expect(harness.effects).toHaveLength(1);
      await first.kill();
      harness.clearFaults();
      const second = surroundings.startBot();
      await second.ready;
      await until(() => ledger!.requests()[0]?.submission === 'delivered');
      expect(harness.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
      expect(harness.effects).toHaveLength(1);
      await second.kill();
    },
    60_000,
  );
});
