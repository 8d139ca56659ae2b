import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { historyCommand } from '../../src/commands/history.ts';
import { ACME, type StaffName, startWorld, type World } from '../helpers/world.ts';
import { actionsOf, commandOf, itemsOf, pageOf, run, sentenceOf, wordsOf } from './command-line.ts';

const EVENT = 'deploy-to-production';
const ALL = 'database-migration';
let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const history = (name: StaffName, typed = '') => run(world, historyCommand, name, typed);
const OPEN_TO_ALL = { approvers: { userGroups: ['account._account_all_users'] } };
const asCarol = { by: 'carol', body: { triggeredByEmail: 'carol@acme.io' } } as const;

async function approved(runId: string): Promise<string> {
  const id = await world.ask(EVENT, runId);
  await world.press('alice', 'approve');
  await world.pass(5_000);
  return id;
}

describe('R21: each line says what happened, not what was clicked', () => {
  test('confirmed by Harness: approved, by whom', async () => {
    const id = await approved('run1');
    const answer = await history('alice');
    expect(itemsOf(answer)).toEqual([
      'Approved by Alice <time> · confirmed by Harness · Deploy to production · payments | Asked by Dana <time>',
    ]);
    expect(commandOf(answer, 'Show')).toBe(`request ${id}`);
  });

  test('decided here, but Harness was not told: never just “approved”', async () => {
    await world.ask(EVENT, 'run1');
    world.harness.addFault({ match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 403 });
    await world.press('alice', 'approve');
    await world.settle();
    const [line] = itemsOf(await history('alice', 'approved'));
    expect(line).toContain('Approved here, not delivered to Harness by Alice');
    expect(line).toContain('Harness does not know yet.');
    expect(line).not.toContain('confirmed');
  });

  test('decided in Harness by others: theirs leads', async () => {
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, {
      user: 'h-carol',
      action: 'REJECT',
      comments: 'no',
    });
    await world.pass(70_000);
    expect(itemsOf(await history('alice', 'rejected'))[0]).toContain('Rejected in Harness by carol · Deploy');
    expect(itemsOf(await history('alice', 'approved'))).toEqual([]);
  });

  test('decided otherwise there than here: what Harness says leads, and the difference is told', async () => {
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    world.harness.decideInUi(world.harness.instances[0]!.id, {
      user: 'h-carol',
      action: 'REJECT',
      comments: 'no',
    });
    await world.press('alice', 'approve');
    await world.pass(70_000);
    const [line] = itemsOf(await history('alice'));
    expect(line).toContain('Rejected in Harness by carol');
    expect(line).toContain('Differs from the decision here: approved by Alice');
  });
});

describe('whose', () => {
  test('members see what they hold a place in, asked for or were told of; admins see all, or `mine`', async () => {
    await world.ask(EVENT, 'run1');
    await world.ask(EVENT, 'run2', asCarol);
    expect(pageOf(await history('ada')).title).toBe('All requests');
    expect(itemsOf(await history('ada'))).toHaveLength(2);
    expect(itemsOf(await history('ada', 'mine'))).toEqual([]);
    expect(itemsOf(await history('alice'))).toHaveLength(2);
    expect(itemsOf(await history('sam'))).toHaveLength(2);
    expect(itemsOf(await history('dana'))).toHaveLength(1);
    expect(itemsOf(await history('carol'))).toHaveLength(1);
    expect(pageOf(await history('carol')).title).toBe('Your requests');
  });

  test('a member who asks for all is told that this is for admins', async () => {
    await world.ask(EVENT, 'run1');
    expect(sentenceOf(await history('carol', 'all'))).toContain('Only an admin');
    expect(itemsOf(await history('ada', 'all'))).toHaveLength(1);
  });

  test('another organization’s are nobody’s here', async () => {
    await world.ask(EVENT, 'run1');
    const { db } = world.app.context;
    await db
      .insertInto('organizations')
      .values({ id: 900, name: 'Other', domains: '[]', created_at: 0 })
      .execute();
    await db.updateTable('approval_requests').set({ organization_id: 900 }).execute();
    await db
      .updateTable('list_totals')
      .set({ organization_id: 900 })
      .where('list', '=', 'approval_requests')
      .execute();
    expect(itemsOf(await history('ada', EVENT))).toEqual([]);
    expect(itemsOf(await history('ada', '@dana'))).toEqual([]);
  });
});

describe('filters, in any order', () => {
  test('status, event, person, time: each narrows, and all together', async () => {
    await approved('run1');
    await world.ask(ALL, 'run2', asCarol);
    const lines = async (typed: string) =>
      itemsOf(await history('ada', typed)).map((line) => (line.includes('migration') ? 'run2' : 'run1'));
    expect(await lines('')).toEqual(['run2', 'run1']);
    expect(await lines('approved')).toEqual(['run1']);
    expect(await lines('waiting')).toEqual(['run2']);
    expect(await lines('approved waiting')).toEqual(['run2', 'run1']);
    expect(await lines(EVENT)).toEqual(['run1']);
    expect(await lines('Database migration')).toEqual(['run2']);
    expect(await lines('event 2')).toEqual(['run2']);
    expect(await lines('@dana')).toEqual(['run1']);
    expect(await lines('@alice')).toEqual(['run2', 'run1']);
    expect(await lines('@alice @dana')).toEqual(['run1']);
    expect(await lines('since 2020-01-01')).toEqual(['run2', 'run1']);
    expect(await lines('7d')).toEqual(['run2', 'run1']);
    expect(await lines('since 2999-01-01')).toEqual([]);
    expect(await lines('@alice approved since 7d deploy to production all')).toEqual(['run1']);
    expect(await lines('1')).toEqual(['run2', 'run1']);
    world.clock.advance(3 * 86_400_000);
    expect(await lines('2d')).toEqual([]);
  });

  test('what fits nothing, and what means nothing', async () => {
    await world.ask(EVENT, 'run1');
    expect(wordsOf(await history('alice', 'expired'))).toContain('No request fits.');
    expect(wordsOf(await history('carol'))).toContain('There are no requests yet.');
    expect(sentenceOf(await history('alice', 'aproved'))).toContain('“aproved” is neither a status');
    expect(sentenceOf(await history('alice', 'deploy-to-prodction'))).toContain(
      'Did you mean “deploy-to-production”?',
    );
    expect(sentenceOf(await history('alice', 'since'))).toContain('Since when?');
    expect(sentenceOf(await history('alice', 'page x'))).toContain('Which page?');
    expect(sentenceOf(await history('alice', '9'))).toBe('There is only one page.');
    expect(sentenceOf(await history('alice', '0'))).toContain('counted from 1');
    expect(sentenceOf(await history('alice', 'nobody@acme.io'))).toBe('I do not know nobody@acme.io yet.');
  });

  test('buttons to other pages keep the filters', async () => {
    for (let i = 1; i <= 11; i += 1) await world.ask(EVENT, `run${i}`);
    const typed = '@alice waiting Deploy to production since 7d';
    const first = await history('ada', typed);
    expect(itemsOf(first)).toHaveLength(10);
    const older = commandOf(first, 'Older');
    expect(older).toBe('history alice@acme.io waiting since 7d event 1 page 2');
    const second = await history('ada', older.replace('history ', ''));
    expect(itemsOf(second)).toHaveLength(1);
    expect(actionsOf(second).map(({ label }) => label)).toEqual(['Show', 'Newer']);
  });
});
