import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const EVENTS = { any: 'deploy-to-production', all: 'database-migration' } as const;

describe('requirement none', () => {
  test('approves by itself, says so, and waits for the gate', async () => {
    await world.ask('rollback', 'run1');
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE', resultingStatus: 'APPROVED' }]);
    expect(world.harness.effects[0]!.comments).toContain('the workflow requires no approval');
    expect(world.words('sam')).toContain('Approved: no approval is required · confirmed by Harness');
    expect(world.cards('alice')).toEqual([]);
  });

  test('with inputs sends the defaults, all of them, approved_by empty', async () => {
    await world.ask('rollback', 'run1', {
      approverInputs: [{ name: 'rollout', defaultValue: 'canary' }, { name: 'approved_by' }],
    });
    await world.pass(3_000);
    expect(world.harness.effects[0]!.approverInputs).toEqual([
      { name: 'rollout', value: 'canary' },
      { name: 'approved_by', value: '' },
    ]);
  });

  test('a required input without a default is a problem, not a guess', async () => {
    await world.ask('rollback', 'run1', { approverInputs: [{ name: 'ticket', required: true }] });
    await world.pass(3_000);
    expect(world.harness.effects).toEqual([]);
    expect(world.words('ada')).toContain('nobody fills in ticket');
    expect(world.words('dana')).toContain('On hold');
  });

  test('R1: is refused where the event lists no pipelines', async () => {
    await world.load(`
events: [{ slug: anything, name: Anything }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows: [{ policy: standard, event: anything, requirement: none }]
`);
    const answer = await world.post('anything', world.webhook('run1'));
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain('must list the pipelines');
  });
});

describe('requirement any', () => {
  test('the first approval decides; the other card loses its buttons', async () => {
    await world.ask(EVENTS.any, 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    for (const name of ['alice', 'bob', 'sam', 'dana'] as const)
      expect(world.words(name)).toMatch(/Approved by @U0ALICE <date> · confirmed by Harness/);
    expect(JSON.stringify(world.card('bob')!.blocks)).not.toContain('"approve"');
  });

  test('one rejection rejects, with its reason in Harness and on every card', async () => {
    await world.ask(EVENTS.any, 'run1');
    await world.reject('bob', 'Not on a Friday');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT', resultingStatus: 'REJECTED' }]);
    expect(world.harness.effects[0]!.approverInputs).toEqual([]);
    expect(world.harness.effects[0]!.comments?.split('\n')[1]).toBe('Bob: Not on a Friday');
    expect(world.words('alice')).toContain('Not on a Friday');
  });

  test('a rejection without a reason stays in the form', async () => {
    await world.ask(EVENTS.any, 'run1');
    await world.press('bob', 'reject');
    const view = await world.form('bob');
    const answer = await world.slack.submitView(
      STAFF.bob,
      view.id,
      { comment: '  ' },
      { skipClientChecks: true },
    );
    expect(answer.errors).toEqual({ comment: 'Please say why.' });
  });

  test('inputs: the form checks each field, then Harness gets every declared name', async () => {
    await world.ask(EVENTS.any, 'run1', { approverInputs: RELEASE_INPUTS });
    const wrong = await world.approveWith('alice', { change_ticket: 'CHG12', rollout: 'full' });
    expect(wrong.errors).toEqual({ 'input-0': 'Does not have the form CHG[0-9]{6,}' });
    const view = await world.form('alice');
    await world.slack.submitView(STAFF.alice, view.id, { change_ticket: 'CHG123456', comment: 'looks fine' });
    await world.settle();
    expect(world.harness.effects[0]).toMatchObject({
      action: 'APPROVE',
      approverInputs: [
        { name: 'change_ticket', value: 'CHG123456' },
        { name: 'rollout', value: 'full' },
        { name: 'approved_by', value: 'alice@acme.io' },
      ],
    });
    expect(world.words('bob')).toContain('looks fine');
  });
});

describe('requirement all', () => {
  test('with the manager: all three must approve, the cards count', async () => {
    await world.ask(EVENTS.all, 'run1');
    expect(world.words('maria')).toContain('0 of 3 approved');
    await world.press('alice', 'approve');
    await world.press('maria', 'approve');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(world.words('bob')).toMatch(
      /2 of 3 approved · approved by @U0ALICE, @U0MARIA · waiting for @U0BOB/,
    );
    expect(world.words('alice')).toContain('You approved');
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(world.harness.effects[0]!.comments).toMatch(/Approved by Alice .*, Maria .*, Bob /);
  });

  test('one rejection rejects although two approved', async () => {
    await world.ask(EVENTS.all, 'run1');
    await world.press('alice', 'approve');
    await world.press('bob', 'approve');
    await world.reject('maria', 'Budget');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
    expect(world.words('alice')).toContain('Rejected');
  });

  test('an approver may take an approval back by rejecting while others are waited for', async () => {
    await world.ask(EVENTS.all, 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    await world.reject('alice', 'I misread it');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  });

  test('R11: inputs are approved together; changing one asks the others again and says who', async () => {
    await world.ask(EVENTS.all, 'run1', { approverInputs: RELEASE_INPUTS });
    await world.approveWith('alice', { change_ticket: 'CHG123456', rollout: 'canary' });
    await world.settle();
    expect(world.words('bob')).toContain('change_ticket: CHG123456');
    await world.approveWith('bob', { rollout: 'full' });
    await world.settle();
    expect(world.words('alice')).toContain('Changed since you decided');
    await world.approveWith('maria', {});
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    await world.approveWith('alice', {});
    await world.settle();
    expect(world.harness.effects[0]!.approverInputs).toEqual([
      { name: 'change_ticket', value: 'CHG123456' },
      { name: 'rollout', value: 'full' },
      { name: 'approved_by', value: 'bob@acme.io,maria@acme.io,alice@acme.io' },
    ]);
  });

  test('R7: without a manager the place is vacant and blocks; an admin reassigns it', async () => {
    const { reassignSlot } = await import('../../src/usecases/approvers/reassign-slot.ts');
    const { personByEmail } = await import('../../src/store/people.ts');
    const id = await world.ask(EVENTS.all, 'run1', {
      by: 'carol',
      body: { triggeredByEmail: 'carol@acme.io' },
    });
    expect(world.words('alice')).toContain('The requester’s manager is not set');
    await world.press('alice', 'approve');
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(world.words('ada')).toContain('Nobody to ask');
    const person = async (address: string) =>
      (await personByEmail(world.app.context.db, world.app.organizationId, address))!.id;
    const actor = { personId: await person('ada@acme.io'), via: 'cli' as const };
    expect(await reassignSlot(world.app.context, id, null, await person('sam@acme.io'), actor)).toBeNull();
    await world.settle();
    await world.press('sam', 'approve');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  });
});
