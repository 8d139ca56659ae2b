import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cancelCommand } from '../../src/commands/cancel.ts';
import type { Command } from '../../src/commands/command.ts';
import { reassignCommand } from '../../src/commands/reassign.ts';
import { retryCommand } from '../../src/commands/retry.ts';
import { personId } from '../helpers/principals.ts';
import { ACME, type StaffName, startWorld, type World } from '../helpers/world.ts';
import { actionsOf, callerOf, commandOf, itemsOf, run, sentenceOf, wordsOf } from './command-line.ts';

const EVENT = 'deploy-to-production';
const ALL = 'database-migration';
const UNKNOWN = 'This request does not exist, or it is not yours to see.';
const OWN =
  'You asked for this, hold a place in it, or answer for a machine that does: another admin has to do this.';
let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const type = (command: Command, name: StaffName, typed: string) => run(world, command, name, typed);

async function statusOf(id: string): Promise<string> {
  const { db } = world.app.context;
  return (
    await db.selectFrom('approval_requests').select('status').where('id', '=', id).executeTakeFirstOrThrow()
  ).status;
}

async function auditedActions(id: string): Promise<string[]> {
  const { db } = world.app.context;
  const rows = await db
    .selectFrom('audit_events')
    .select(['action', 'detail', 'via'])
    .where('subject_id', '=', id)
    .orderBy('id')
    .execute();
  return rows.map(({ action, detail }) => {
    const { wanted, code } = JSON.parse(detail) as { wanted?: string; code?: string };
    return action === 'refused' ? `refused ${wanted}: ${code}` : action;
  });
}

describe('retry', () => {
  test('sends again what stopped, once; refused when nothing stopped', async () => {
    const id = await world.ask(EVENT, 'run1');
    expect(sentenceOf(await type(retryCommand, 'ada', id))).toContain('There is nothing to send');
    world.harness.addFault({ match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 403 });
    await world.press('alice', 'approve');
    await world.settle();
    world.harness.clearFaults();
    expect(sentenceOf(await type(retryCommand, 'ada', '#1'))).toContain('Harness is being told once more');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(sentenceOf(await type(retryCommand, 'ada', id))).toContain('There is nothing to retry');
  });

  test('R16: never by a member, nor by whoever asked; both are audited', async () => {
    const id = await world.ask(EVENT, 'run1', { by: 'ada', body: { triggeredByEmail: 'ada@acme.io' } });
    world.harness.addFault({ match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 403 });
    await world.press('alice', 'approve');
    await world.settle();
    expect(sentenceOf(await type(retryCommand, 'alice', id))).toContain('Only an admin');
    expect(sentenceOf(await type(retryCommand, 'ada', id))).toBe(OWN);
    expect(sentenceOf(await type(retryCommand, 'carol', id))).toBe(UNKNOWN);
    expect((await auditedActions(id)).filter((one) => one.startsWith('refused'))).toEqual([
      'refused retry_submission: admins_only',
      'refused retry_submission: own_request',
    ]);
    expect(world.harness.effects).toEqual([]);
  });
});

describe('cancel', () => {
  test('asks first, then closes it here with the reason; Harness hears nothing', async () => {
    const id = await world.ask(EVENT, 'run1');
    const asked = await type(cancelCommand, 'dana', `${id} wrong branch`);
    expect(wordsOf(asked)).toContain('Cancel this request?');
    expect(itemsOf(asked)[0]).toContain('Reason: wrong branch');
    expect(await statusOf(id)).toBe('WAITING');
    expect(actionsOf(asked)[0]).toMatchObject({ style: 'danger' });
    const command = commandOf(asked, 'Cancel the request');
    expect(command).toBe(`cancel ${id} now wrong branch`);
    expect(sentenceOf(await type(cancelCommand, 'dana', command.replace('cancel ', '')))).toContain(
      'is cancelled here',
    );
    await world.settle();
    expect(await statusOf(id)).toBe('ABORTED');
    expect(world.words('alice')).toContain('wrong branch');
    expect(world.harness.effects).toEqual([]);
    expect(sentenceOf(await type(cancelCommand, 'dana', id))).toContain('already cancelled');
  });

  test('an admin cancels anybody’s, also what is on hold', async () => {
    const id = await world.ask(EVENT, 'run1');
    await type(cancelCommand, 'ada', `${id} now`);
    expect(await statusOf(id)).toBe('ABORTED');
  });

  test('refused to approvers and subscribers, asked or confirmed, and audited; to strangers it is not there', async () => {
    const id = await world.ask(EVENT, 'run1');
    for (const typed of [id, `${id} now`])
      for (const name of ['alice', 'sam'] as const)
        expect(sentenceOf(await type(cancelCommand, name, typed))).toBe(
          'Only an admin, or whoever asked for it, can cancel a request.',
        );
    expect((await auditedActions(id)).filter((one) => one === 'refused cancel: admins_only')).toHaveLength(4);
    for (const typed of [id, `${id} now`, '#1 now'])
      expect(sentenceOf(await type(cancelCommand, 'carol', typed))).toBe(UNKNOWN);
    expect(await statusOf(id)).toBe('WAITING');
    expect(await type(cancelCommand, 'dana', '')).toMatchObject({ kind: 'wrong' });
  });

  test('not once the approval was sent', async () => {
    const id = await world.ask(EVENT, 'run1');
    world.harness.addFault({ match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 403 });
    await world.press('alice', 'approve');
    await world.settle();
    expect(sentenceOf(await type(cancelCommand, 'dana', id))).toContain('already been sent');
    expect(sentenceOf(await type(cancelCommand, 'dana', `${id} now`))).toContain('already been sent');
  });
});

describe('reassign', () => {
  test('gives an approver’s place to somebody else, whose card follows', async () => {
    const id = await world.ask(EVENT, 'run1');
    await world.ask(EVENT, 'run2', { by: 'carol', body: { triggeredByEmail: 'carol@acme.io' } });
    expect(sentenceOf(await type(reassignCommand, 'ada', `${id} @alice @carol`))).toBe(
      `Alice’s place in “Deploy to production” (${id}) is Carol’s now; their card follows.`,
    );
    await world.settle();
    await world.press('carol', 'approve');
    await world.pass(5_000);
    expect(await statusOf(id)).toBe('APPROVED');
  });

  test('an empty place, by the word vacant', async () => {
    const id = await world.ask(ALL, 'run1');
    const { db } = world.app.context;
    await db
      .updateTable('slots')
      .set({ person_id: null, vacant_because: 'left', state: 'vacant' })
      .where('person_id', '=', await personId(world, 'bob'))
      .execute();
    expect(sentenceOf(await type(reassignCommand, 'ada', `${id} vacant carol@acme.io`))).toContain(
      'The empty place',
    );
    const slots = await db.selectFrom('slots').select('person_id').where('request_id', '=', id).execute();
    expect(slots.map((slot) => slot.person_id)).toContain(await personId(world, 'carol'));
    expect(sentenceOf(await type(reassignCommand, 'ada', `${id} vacant sam@acme.io`))).toContain(
      'No place is vacant',
    );
  });

  test('R16: not to oneself, not in one’s own request, not by a member; nothing changes', async () => {
    const id = await world.ask(EVENT, 'run1');
    const own = await world.ask(EVENT, 'run2', { by: 'ada', body: { triggeredByEmail: 'ada@acme.io' } });
    const before = await world.app.context.db.selectFrom('slots').selectAll().execute();
    expect(sentenceOf(await type(reassignCommand, 'ada', `${id} @alice me`))).toBe(OWN);
    expect(sentenceOf(await type(reassignCommand, 'ada', `${own} @alice sam@acme.io`))).toBe(OWN);
    expect(sentenceOf(await type(reassignCommand, 'alice', `${id} @bob carol@acme.io`))).toContain(
      'Only an admin',
    );
    expect(sentenceOf(await type(reassignCommand, 'carol', `${id} @bob @alice`))).toBe(UNKNOWN);
    expect(await world.app.context.db.selectFrom('slots').selectAll().execute()).toEqual(before);
    expect(await auditedActions(id)).toContain('refused reassign: own_request');
  });

  test('who is unknown, missing, too many, or no person at all', async () => {
    const id = await world.ask(EVENT, 'run1');
    const said = async (typed: string) => sentenceOf(await type(reassignCommand, 'ada', typed));
    expect(await said(`${id} @alice <@U0STRANGER|eve>`)).toContain(
      '@eve: This account is not one of a member of your organization. Nothing was changed.',
    );
    expect(await said(`${id} @alice`)).toContain('Say whose place');
    expect(await said(`${id} @alice @bob @sam`)).toContain('Say whose place');
    expect(await said(`${id} alice bob`)).toContain('“alice” is nobody I can find');
    expect(await said(`${id} @alice @alice`)).toContain('the same person');
    expect(await said(`${id} @alice @bob`)).toContain('already holds a place');
    expect(await said(`${id} carol@acme.io dana@acme.io`)).toContain('holds no place');
    expect(await said('')).toContain('Which request?');
    const ada = await callerOf(world, 'ada');
    const elsewhere = { ...ada, account: { ...ada.account, organizationId: 900 } };
    const foreign = await run(world, reassignCommand, elsewhere, `${id} @alice @bob`);
    expect(sentenceOf(foreign)).toBe('I do not know @alice yet.');
  });
});
