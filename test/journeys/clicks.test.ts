import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { ACME, email, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const audit = async (id: string) =>
  (await auditOf(world.app.context.db, 'approval_request', id, 100)).map(
    (entry) => `${entry.action}${entry.detail.code ? `:${entry.detail.code}` : ''}`,
  );

describe('who may press', () => {
  test('R13: a stranger who forges a click on somebody’s card is told so, and it is audited', async () => {
    const id = await world.ask('deploy-to-production', 'run1');
    const card = world.card('alice')!;
    await world.slack.click(STAFF.carol, {
      channel: card.channel,
      ts: card.ts,
      actionId: 'approve',
      forge: true,
    });
    expect(await world.whispered('carol')).toBe(
      'You are not one of the approvers of this request, so nothing was changed.',
    );
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(await audit(id)).toContain('refused:not_an_approver');
  });

  test('R16: the requester may not approve where the workflow or the webhook says so', async () => {
    await world.ask('deploy-to-production', 'run1', {
      by: 'alice',
      body: { disallowRequester: true, triggeredByEmail: email('alice') },
    });
    expect(world.cards('alice')).toEqual([]);
    expect(world.words('bob')).toContain('Not asked: Alice asked for this and may not approve it');
  });

  test('R13: a forged value, a foreign card and an unknown card answer alike and do nothing', async () => {
    await world.ask('deploy-to-production', 'run1');
    const card = world.card('alice')!;
    for (const value of ['crd_nope.1', 'nonsense', 'apr_x.1.2', `${'x'.repeat(1999)}`])
      await world.slack.click(STAFF.alice, {
        channel: card.channel,
        ts: card.ts,
        actionId: 'approve',
        value,
        forge: true,
      });
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect((await world.whispered('alice')).length).toBeGreaterThan(10);
  });

  test('R14: somebody deactivated in Slack loses their place at once, and their vote', async () => {
    await world.ask('database-migration', 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    world.slack.updateUser(STAFF.alice, { deleted: true });
    await world.slack.sendEvent({
      type: 'user_change',
      user: { id: STAFF.alice, team_id: 'T0ACME', deleted: true, name: 'alice', profile: {} },
    });
    await expect
      .poll(async () => {
        await world.settle();
        return world.words('bob');
      })
      .toContain('0 of 3 approved');
    expect(world.words('bob')).toContain('Alice is deactivated');
    await world.press('bob', 'approve');
    await world.press('maria', 'approve');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(world.words('ada')).toContain('Nobody to ask: Alice is deactivated');
  });

  test('R14: an approver removed from the workflow cannot press the card any more', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.load(
      ACME.replace(
        'approvers: [alice@acme.io, bob@acme.io], subscribers',
        'approvers: [bob@acme.io], subscribers',
      ),
    );
    const card = world.card('alice')!;
    await world.slack.click(STAFF.alice, { channel: card.channel, ts: card.ts, actionId: 'approve' });
    expect(await world.whispered('alice')).toContain('not one of the approvers');
    await world.settle();
    expect(world.words('alice')).toContain('You are no longer an approver');
    expect(world.harness.effects).toEqual([]);
  });
});

describe('at the same time', () => {
  test('R15: two who disagree at once: one decision, one call, all cards alike', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.press('bob', 'reject');
    const form = await world.form('bob');
    await Promise.all([
      world.press('alice', 'approve'),
      world.slack.submitView(STAFF.bob, form.id, { comment: 'No' }),
    ]);
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    const word = world.harness.effects[0]!.action === 'APPROVE' ? 'Approved' : 'Rejected';
    for (const name of ['alice', 'bob', 'sam', 'dana'] as const)
      expect(world.words(name)).toContain(`${word} by`);
  });

  test('ten clicks at once are one vote and nine private notes', async () => {
    const id = await world.ask('database-migration', 'run1');
    const results = await Promise.all(Array.from({ length: 10 }, () => world.press('alice', 'approve')));
    expect(results.every((result) => result.ackStatus === 200)).toBe(true);
    await world.settle();
    expect((await audit(id)).filter((action) => action === 'voted')).toHaveLength(1);
    expect((await audit(id)).filter((action) => action === 'refused:already_voted')).toHaveLength(9);
  });

  test('all-of with everybody at once is decided once', async () => {
    await world.ask('database-migration', 'run1');
    await Promise.all((['alice', 'bob', 'maria'] as const).map((name) => world.press(name, 'approve')));
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('a late click changes nothing and says who was first', async () => {
    await world.ask('deploy-to-production', 'run1');
    const bobs = world.card('bob')!;
    await world.press('alice', 'approve');
    await world.settle();
    await world.slack.click(STAFF.bob, {
      channel: bobs.channel,
      ts: bobs.ts,
      actionId: 'approve',
      forge: true,
    });
    expect(await world.whispered('bob')).toBe(
      'This request is already approved by Alice; your click changed nothing.',
    );
  });
});

describe('what was shown is what is approved (R9, R10)', () => {
  test('an amended request refuses a click on the old card, says what changed, and shows the new', async () => {
    const id = await world.ask('deploy-to-production', 'run1', { body: { message: 'Release 1' } });
    const old = world.slack.clickPayload(STAFF.alice, {
      channel: world.card('alice')!.channel,
      ts: world.card('alice')!.ts,
      actionId: 'approve',
    });
    world.clock.advance(61_000);
    const answer = await world.post('deploy-to-production', world.webhook('run1', { message: 'Release 2' }));
    expect(answer).toEqual({ status: 202, body: { id, status: 'WAITING' } });
    await world.settle();
    expect(world.words('alice')).toContain('Release 2');
    await world.slack.sendRaw({ payload: old });
    expect(await world.whispered('alice')).toContain('changed since you saw it (the message)');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(world.cards('alice')).toHaveLength(1);
  });

  test('votes on the earlier version do not count', async () => {
    await world.ask('database-migration', 'run1', { body: { message: 'v1' } });
    await world.press('alice', 'approve');
    await world.pass(61_000);
    await world.post('database-migration', world.webhook('run1', { message: 'v2' }));
    await world.settle();
    expect(world.words('alice')).toContain('Changed since you decided');
    await world.press('bob', 'approve');
    await world.press('maria', 'approve');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('amended too fast it is held for an admin, who lets it go on', async () => {
    const { releaseRequest } = await import('../../src/usecases/deciding/repair-request.ts');
    const { personByEmail } = await import('../../src/store/people.ts');
    const id = await world.ask('deploy-to-production', 'run1', { body: { message: 'v1' } });
    await world.post('deploy-to-production', world.webhook('run1', { message: 'v2' }));
    await world.settle();
    await world.post('deploy-to-production', world.webhook('run1', { message: 'v3' }));
    await world.settle();
    expect(world.words('alice')).toContain('On hold');
    expect(world.words('ada')).toContain('keeps changing');
    const ada = (await personByEmail(world.app.context.db, world.app.organizationId, email('ada')))!;
    expect(await releaseRequest(world.app.context, id, { personId: ada.id, via: 'cli' })).toBeNull();
    await world.settle();
    expect(world.words('alice')).toContain('v3');
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('a form opened on the old version is refused when submitted', async () => {
    await world.ask('deploy-to-production', 'run1', { approverInputs: RELEASE_INPUTS });
    await world.press('alice', 'approve');
    const form = await world.form('alice');
    world.clock.advance(61_000);
    await world.post('deploy-to-production', world.webhook('run1', { message: 'new' }));
    await world.settle();
    const answer = await world.slack.submitView(STAFF.alice, form.id, { change_ticket: 'CHG123456' });
    expect(JSON.stringify(answer.viewAfter?.blocks)).toContain('changed since you saw it');
    await world.settle();
    expect(world.harness.effects).toEqual([]);
  });

  test('closing a form does nothing', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.press('bob', 'reject');
    await world.slack.closeView(STAFF.bob, (await world.form('bob')).id);
    await world.settle();
    expect(world.words('bob')).toContain('Waiting for your decision');
  });
});
