import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PageAction } from '../../src/approval/page.ts';
import { requestCommand } from '../../src/commands/request.ts';
import { ACME, type StaffName, startWorld, type World } from '../helpers/world.ts';
import { actionsOf, callerOf, itemsOf, pageOf, run, sentenceOf, wordsOf } from './command-line.ts';

const EVENT = 'deploy-to-production';
const ALL = 'database-migration';
const UNKNOWN = 'This request does not exist, or it is not yours to see.';
let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const request = (name: StaffName, typed: string) => run(world, requestCommand, name, typed);
const labels = (actions: readonly PageAction[]) => actions.map(({ label }) => label);

describe('the whole story', () => {
  test('decision, delivery and Harness’s outcome; slots, votes with comments, hash', async () => {
    const id = await world.ask(ALL, 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    await world.reject('bob', 'the backup is not done');
    await world.pass(5_000);
    const answer = await request('dana', id);
    const words = wordsOf(answer);
    expect(pageOf(answer).title).toBe('#1 Database migration');
    expect(words).toContain('Rejected by Bob <time> · confirmed by Harness');
    expect(itemsOf(answer)).toEqual(
      expect.arrayContaining([
        'Where default / payments',
        'Asked by Dana',
        'Alice · approved',
        'Bob · rejected',
        'Maria (the requester’s manager) · did not decide before it was over',
        'Bob rejected <time> · Slack | “the backup is not done”',
        'Alice approved <time> · Slack',
        'The rejection: delivered, and confirmed by Harness · 1 attempt',
      ]),
    );
    expect(words).toContain('Harness says: REJECTED by ');
    expect(words).toMatch(/Content hash [0-9a-f]{64}/);
    expect(labels(actionsOf(answer))).toEqual(['Open pipeline']);
  });

  test('R21: decided but not delivered; the admin may retry, the approver may not', async () => {
    const id = await world.ask(EVENT, 'run1');
    world.harness.addFault({ match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 403 });
    await world.press('alice', 'approve');
    await world.settle();
    const answer = await request('ada', id);
    expect(wordsOf(answer)).toContain('Approved here, not delivered to Harness by Alice');
    expect(wordsOf(answer)).toContain('The approval: not delivered; an admin can retry · 1 attempt');
    expect(labels(actionsOf(answer))).toEqual(['Retry', 'Open pipeline']);
    expect(labels(actionsOf(await request('alice', id)))).toEqual(['Open pipeline']);
  });

  test('a vote that no longer counts says why, an empty place why it is empty, a card whom it missed', async () => {
    const id = await world.ask(ALL, 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    const { db } = world.app.context;
    await db.updateTable('votes').set({ void_because: 'Alice is deactivated' }).execute();
    await db
      .updateTable('slots')
      .set({ person_id: null, vacant_because: 'Alice is deactivated', state: 'vacant' })
      .where('state', '=', 'approved')
      .execute();
    await db
      .updateTable('cards')
      .set({ state: 'unreachable', detail: 'is no longer in Slack' })
      .where('part', '=', 'approver')
      .execute();
    const answer = await request('ada', id);
    const items = itemsOf(answer);
    expect(items).toContain('Alice approved <time> · Slack | Does not count: Alice is deactivated');
    expect(items).toContain('Vacant · Alice is deactivated');
    expect(items).toContain('Bob · Slack: is no longer in Slack');
    expect(wordsOf(answer)).toContain(`reassign ${id} @from @to`);
  });

  test('while it waits: Review for its approver, Cancel for whoever asked and for admins, nothing for subscribers', async () => {
    const id = await world.ask(EVENT, 'run1');
    const ofAlice = await request('alice', id);
    expect(labels(actionsOf(ofAlice))).toEqual(['Review', 'Open pipeline']);
    expect(wordsOf(ofAlice)).toContain('Waiting for your decision');
    expect(wordsOf(ofAlice)).not.toContain('reassign');
    expect(labels(actionsOf(await request('dana', id)))).toEqual(['Cancel', 'Open pipeline']);
    expect(labels(actionsOf(await request('ada', id)))).toEqual(['Cancel', 'Open pipeline']);
    expect(labels(actionsOf(await request('sam', id)))).toEqual(['Open pipeline']);
  });

  test('R16: an admin who asked is not told how to reassign their own', async () => {
    const id = await world.ask(EVENT, 'run1', { by: 'ada', body: { triggeredByEmail: 'ada@acme.io' } });
    expect(wordsOf(await request('ada', id))).not.toContain('reassign');
  });
});

describe('which one', () => {
  test('by id, by its beginning, by its number', async () => {
    const id = await world.ask(EVENT, 'run1');
    await world.ask(EVENT, 'run2');
    for (const typed of [id, id.slice(0, 12), '1', '#1'])
      expect(pageOf(await request('dana', typed)).title).toBe('#1 Deploy to production');
    expect(pageOf(await request('dana', '#2')).title).toBe('#2 Deploy to production');
  });

  test('too little, too much, nothing, nonsense', async () => {
    const id = await world.ask(EVENT, 'run1');
    for (const typed of [
      id.slice(0, 7),
      'apr_',
      'apr_nothing-such',
      '99',
      '%',
      'apr_%%%%%%%',
      '999999999999999',
    ])
      expect(sentenceOf(await request('dana', typed))).toBe(UNKNOWN);
    expect(await request('dana', '')).toMatchObject({ kind: 'wrong' });
    expect(sentenceOf(await request('dana', `${id} please`))).toContain('too much');
  });

  test('a beginning that fits several lists them', async () => {
    const id = await world.ask(EVENT, 'run1');
    const { db } = world.app.context;
    const row = await db.selectFrom('approval_requests').selectAll().executeTakeFirstOrThrow();
    const twin = { ...row, id: `${id}A`, number: 1_000, execution_id: 'run2' };
    await db.insertInto('approval_requests').values(twin).execute();
    const said = sentenceOf(await request('ada', id.slice(0, 10)));
    expect(said).toContain(id);
    expect(said).toContain(twin.id);
    expect(pageOf(await request('ada', id)).title).toBe('#1 Deploy to production');
    // Dana asked for both; whom it concerns not sees neither.
    expect(sentenceOf(await request('carol', id.slice(0, 10)))).toBe(UNKNOWN);
  });

  test('one that is not mine, and another organization’s, answer like one that is not there', async () => {
    const id = await world.ask(EVENT, 'run1');
    expect(sentenceOf(await request('carol', id))).toBe(UNKNOWN);
    expect(sentenceOf(await request('carol', '1'))).toBe(UNKNOWN);
    expect(sentenceOf(await request('carol', id.slice(0, 12)))).toBe(UNKNOWN);
    const ada = await callerOf(world, 'ada');
    const { db } = world.app.context;
    await db
      .insertInto('organizations')
      .values({ id: 900, name: 'Other', domains: '[]', created_at: 0 })
      .execute();
    const foreign = {
      ...ada,
      account: { ...ada.account, organizationId: 900 },
      principal: { ...ada.principal, organizationId: 900 },
    };
    for (const typed of [id, '1', id.slice(0, 12)])
      expect(sentenceOf(await run(world, requestCommand, foreign, typed))).toBe(UNKNOWN);
  });
});
