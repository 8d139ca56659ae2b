import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gatesCommand } from '../../src/commands/gates.ts';
import { listGates } from '../../src/usecases/gates/list-gates.ts';
import { as } from '../helpers/principals.ts';
import { ACME, type StaffName, startWorld, type World } from '../helpers/world.ts';
import { callerOf, commandOf, itemsOf, pageOf, run, sentenceOf, wordsOf } from './command-line.ts';

const EVENT = 'deploy-to-production';
const OPEN_TO_ALL = { approvers: { userGroups: ['account._account_all_users'] } };
let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const gates = (name: StaffName, typed = '') => run(world, gatesCommand, name, typed);

describe('R23: who else could approve a gate in Harness', () => {
  test('nobody but the bot: said, with when it was looked at', async () => {
    const id = await world.ask(EVENT, 'run1');
    const answer = await gates('ada', EVENT);
    expect(pageOf(answer).sections[0]!.title).toBe('Deploy to production (deploy-to-production)');
    expect(itemsOf(answer)).toEqual([
      'Any pipeline may ask.',
      'Deploy payments · default / payments | Nobody but the bot can approve it in Harness. | Confirmed by Harness · last looked at <time>',
    ]);
    expect(commandOf(answer, 'Newest request')).toBe(`request ${id}`);
    const looked = await world.app.context.db
      .selectFrom('approval_requests')
      .select('harness')
      .executeTakeFirstOrThrow();
    expect((JSON.parse(looked.harness) as { lookedAt: number }).lookedAt).toBe(world.clock.now());
  });

  test('others may: a warning with the remedy; the newest request of the pipeline counts', async () => {
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    const [, warned] = itemsOf(await gates('ada', EVENT));
    expect(warned).toContain('⚠️ Can also be approved in Harness itself by group account._account_all_users.');
    expect(warned).toContain('Leave only the bot’s service account');
    await world.ask(EVENT, 'run2');
    const [, mended, ...more] = itemsOf(await gates('ada', EVENT));
    expect(mended).toContain('Nobody but the bot');
    expect(more).toEqual([]);
  });

  test('a gate that Harness never showed: not known, and not claimed', async () => {
    await world.post(EVENT, world.webhook('run1'));
    await world.pass(30_000);
    const [, gate] = itemsOf(await gates('ada', EVENT));
    expect(gate).toContain('deploy_payments · default / payments | Harness never showed its gate');
    expect(gate).toContain('Not confirmed by Harness · asked <time>');
  });

  test('pipelines that are listed and never asked are never seen; what is no longer listed is warned of', async () => {
    const rollback = await gates('ada', 'rollback');
    expect(itemsOf(rollback)).toEqual([
      'May ask: default / payments / deploy_payments',
      'default / payments / deploy_payments · never seen: no request came yet',
    ]);
    expect(itemsOf(await gates('ada', EVENT))).toEqual([
      'Any pipeline may ask.',
      'Never seen: no request came yet.',
    ]);
    await world.ask('rollback', 'run1');
    expect(itemsOf(await gates('ada', 'rollback'))[1]).toContain('Nobody but the bot');
    await world.app.context.db.updateTable('event_pipelines').set({ pipeline: 'other' }).execute();
    const [, gone, unseen] = itemsOf(await gates('ada', 'rollback'));
    expect(gone).toContain('no longer lists this pipeline');
    expect(unseen).toContain('default / payments / other · never seen');
  });

  test('of several pipelines, those that need an eye come first', async () => {
    const { db } = world.app.context;
    await world.ask(EVENT, 'run1');
    await world.ask(EVENT, 'run2', OPEN_TO_ALL);
    await db
      .updateTable('approval_requests')
      .set({ pipeline: 'zz' })
      .where('execution_id', '=', 'run2')
      .execute();
    const [, first, second] = itemsOf(await gates('ada', EVENT));
    expect(first).toContain('⚠️');
    expect(second).toContain('Nobody but the bot');
  });
});

describe('which events', () => {
  test('three at once, by name, with buttons to the others', async () => {
    await world.load(
      `${ACME.replace('  - { slug: rollback,', '  - { slug: audit-export, name: Audit export }\n  - { slug: rollback,')}`,
    );
    const first = await gates('ada');
    const titles = (answer: typeof first) => pageOf(answer).sections.map(({ title }) => title);
    expect(titles(first)).toEqual([
      'Audit export (audit-export)',
      'Database migration (database-migration)',
      'Deploy to production (deploy-to-production)',
    ]);
    expect(commandOf(first, 'Next')).toBe('gates page 2');
    const second = await gates('ada', 'page 2');
    expect(titles(second)).toEqual(['Rollback (rollback)']);
    expect(commandOf(second, 'Previous')).toBe('gates page 1');
    expect(sentenceOf(await gates('ada', 'page 9'))).toBe('There is no such page.');
  });

  test('one that is not there: what was meant', async () => {
    expect(sentenceOf(await gates('ada', 'rolback'))).toBe(
      'There is no event “rolback”. Did you mean “rollback”? “/approvals events” shows those there are.',
    );
    expect(sentenceOf(await gates('ada', 'page x'))).toContain('Which page?');
  });

  test('members are refused by the use case itself', async () => {
    expect(sentenceOf(await gates('alice'))).toBe('Only an admin sees the gates.');
    expect(
      await listGates(world.app.context, await as(world, 'alice'), {
        eventId: null,
        page: { number: 1, size: 3 },
      }),
    ).toMatchObject({ ok: false, refusal: { kind: 'forbidden' } });
  });

  test('another organization sees none of it', async () => {
    await world.ask(EVENT, 'run1');
    const ada = await callerOf(world, 'ada');
    const foreign = { ...ada, principal: { ...ada.principal, organizationId: 900 } };
    expect(sentenceOf(await run(world, gatesCommand, foreign))).toBe('There are no events yet.');
    expect(wordsOf(await gates('ada', '1'))).toContain('Deploy payments');
    expect(sentenceOf(await run(world, gatesCommand, foreign, '1'))).toContain('There is no event');
  });
});
