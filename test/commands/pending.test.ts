import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pendingCommand } from '../../src/commands/pending.ts';
import { inTransaction } from '../../src/store/database.ts';
import { updatePerson } from '../../src/store/people.ts';
import { personId } from '../helpers/principals.ts';
import { ACME, type StaffName, startWorld, type World } from '../helpers/world.ts';
import { actionsOf, callerOf, commandOf, itemsOf, pageOf, run, sentenceOf, wordsOf } from './command-line.ts';

const EVENT = 'deploy-to-production';
const ALL = 'database-migration';
let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const pending = (name: StaffName, typed = '') => run(world, pendingCommand, name, typed);

describe('what waits for me', () => {
  test('newest first: what, where, who asked, since when, how far; with my own card behind Review', async () => {
    await world.ask(EVENT, 'run1');
    await world.pass(5_000);
    const second = await world.ask(ALL, 'run2');
    await world.press('bob', 'approve');
    await world.settle();
    const answer = await pending('alice');
    expect(itemsOf(answer)).toEqual([
      'Database migration · payments | Asked by Dana · since <time> · 1 of 3 approved',
      'Deploy to production · payments | Asked by Dana · since <time> · any one of 2 may decide',
    ]);
    const [review, link, show] = pageOf(answer).sections[0]!.items[0]!.actions;
    const card = await world.app.context.db
      .selectFrom('cards')
      .select('id')
      .where('request_id', '=', second)
      .where('person_id', '=', await personId(world, 'alice'))
      .executeTakeFirstOrThrow();
    expect(review).toMatchObject({ kind: 'card', press: 'review', cardId: card.id, contentVersion: 1 });
    expect(link).toMatchObject({ kind: 'link', url: expect.stringContaining('/executions/run2') as string });
    expect(show).toMatchObject({ kind: 'command', command: `request ${second}` });
  });

  test('nothing waits: a friendly sentence', async () => {
    expect(wordsOf(await pending('carol'))).toContain('Nothing waits for your decision');
    await world.ask(EVENT, 'run1');
    expect(wordsOf(await pending('dana'))).toContain('Nothing waits for your decision');
  });

  test('R13: what I decided, what is over and what was taken from me is not listed', async () => {
    await world.ask(ALL, 'run1');
    expect(itemsOf(await pending('alice'))).toHaveLength(1);
    await world.press('alice', 'approve');
    await world.settle();
    expect(itemsOf(await pending('alice'))).toEqual([]);
    expect(itemsOf(await pending('bob'))).toHaveLength(1);
    await world.reject('bob', 'not today');
    await world.settle();
    for (const name of ['bob', 'maria'] as const) expect(itemsOf(await pending(name))).toEqual([]);
  });

  test('R13: nothing waits for whoever asked and may not approve, nor for the deactivated', async () => {
    const asked = { by: 'alice', body: { triggeredByEmail: 'alice@acme.io' } } as const;
    const first = await world.ask(EVENT, 'run1', asked);
    expect(itemsOf(await pending('alice'))).toHaveLength(1);
    const { db } = world.app.context;
    await db
      .updateTable('approval_requests')
      .set({ disallow_requester: 1 })
      .where('id', '=', first)
      .execute();
    expect(itemsOf(await pending('alice'))).toEqual([]);
    expect(itemsOf(await pending('bob'))).toHaveLength(1);
    const bob = await callerOf(world, 'bob');
    await inTransaction(db, (trx) => updatePerson(trx, bob.person.id, { status: 'deactivated' }, 0));
    expect(itemsOf(await run(world, pendingCommand, bob))).toEqual([]);
  });

  test('a request on hold can only be rejected, and says why', async () => {
    const id = await world.ask(EVENT, 'run1');
    await world.app.context.db
      .updateTable('approval_requests')
      .set({ problem: 'amended_too_often', problem_detail: 'it was changed too often.' })
      .where('id', '=', id)
      .execute();
    expect(itemsOf(await pending('alice'))[0]).toContain('On hold. it was changed too often.');
  });

  test('ten to a page, with buttons to the others', async () => {
    for (let i = 1; i <= 12; i += 1) await world.ask(EVENT, `run${i}`);
    const first = await pending('alice');
    expect(itemsOf(first)).toHaveLength(10);
    expect(commandOf(first, 'Next')).toBe('pending 2');
    const second = await pending('alice', '2');
    expect(itemsOf(second)).toHaveLength(2);
    expect(commandOf(second, 'Previous')).toBe('pending 1');
    expect(sentenceOf(await pending('alice', '3'))).toBe('There are only 2 pages.');
    expect(sentenceOf(await pending('alice', '0'))).toContain('counted from 1');
    expect(sentenceOf(await pending('alice', 'soon'))).toContain('whose');
  });
});

describe('what waits for somebody else', () => {
  test('is shown to an admin, without a Review that would be another’s', async () => {
    await world.ask(EVENT, 'run1');
    const answer = await pending('ada', '@alice');
    expect(pageOf(answer).title).toBe('Waiting for Alice');
    expect(itemsOf(answer)).toHaveLength(1);
    expect(actionsOf(answer).map(({ label }) => label)).toEqual(['Open pipeline', 'Show']);
    expect(sentenceOf(await pending('ada', 'nobody@acme.io'))).toContain('I do not know');
    expect(sentenceOf(await pending('ada', '@alice @bob'))).toBe('Name one person.');
  });

  test('is refused to members, known or not; one’s own name is fine', async () => {
    await world.ask(EVENT, 'run1');
    for (const other of ['@bob', '@carol', 'nobody@acme.io'])
      expect(sentenceOf(await pending('alice', other))).toBe(
        'Only an admin sees what waits for somebody else.',
      );
    expect(pageOf(await pending('alice', '@alice')).title).toBe('Waiting for you');
    expect(pageOf(await pending('alice', 'me')).title).toBe('Waiting for you');
  });
});
