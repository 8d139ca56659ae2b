import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectionTestCommand } from '../../src/commands/connection-test.ts';
import { ACME, type StaffName, startWorld, type World } from '../helpers/world.ts';
import { commandOf, itemsOf, pageOf, run, sentenceOf, wordsOf } from './command-line.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const look = (name: StaffName, typed = '') => run(world, connectionTestCommand, name, typed);

test('all is well: Harness, the projects that are used, the waiting gate, Slack', async () => {
  const id = await world.ask('deploy-to-production', 'run1');
  const answer = await look('ada');
  expect(pageOf(answer).intro.length).toBe(1);
  expect(wordsOf(answer)).toContain('All that was looked at is in order.');
  expect(itemsOf(answer)).toEqual([
    '✅ Harness: answers, and takes the bot’s token.',
    '✅ Project: default / payments: the token may look there.',
    `✅ Authorization: the token may decide the gate of ${id} (deploy_payments).`,
    '✅ Slack: answers, and the bot has every right it needs.',
  ]);
  expect(commandOf(answer, 'Test again')).toBe('connection test');
});

test('before the first request: the projects that events list, and what is not known is not claimed', async () => {
  const items = itemsOf(await look('ada'));
  expect(items).toContain('✅ Project: default / payments: the token may look there.');
  expect(items.find((line) => line.startsWith('⚠️ Authorization'))).toContain('no gate is waiting');
});

test('a gate that wants two approvals works, and is not said to be in order', async () => {
  await world.ask('deploy-to-production', 'run1', { approvers: { minimumCount: 2 } });
  const said = wordsOf(await look('ada'));
  expect(said).toContain('It works. What is marked ⚠️ wants a look.');
  expect(said).toContain('wants 2 approvals in Harness');
});

test('at most five projects are asked about', async () => {
  const { db, organizationId } = { db: world.app.context.db, organizationId: world.app.organizationId };
  for (let nth = 1; nth <= 9; nth += 1)
    await db
      .insertInto('event_pipelines')
      .values({
        organization_id: organizationId,
        event_id: 1,
        account: 'acme',
        org: 'default',
        project: `p${nth}`,
        pipeline: '',
        step: '',
      })
      .execute();
  expect(itemsOf(await look('ada')).filter((line) => line.includes('Project'))).toHaveLength(5);
});

test('Harness is down: said once, nothing more is asked of it, Slack is looked at all the same', async () => {
  const fault = world.harness.addFault({
    match: { method: 'GET' },
    times: Number.POSITIVE_INFINITY,
    status: 503,
  });
  const answer = await look('ada');
  expect(wordsOf(answer)).toContain('One thing needs somebody.');
  const [harness, ...others] = itemsOf(answer);
  expect(harness).toMatch(/^❌ Harness: cannot be used: .*503/);
  expect(others).toEqual(['✅ Slack: answers, and the bot has every right it needs.']);
  expect(fault.hits).toBe(1);
});

test('the token is bad: Harness’s refusal with the remedy', async () => {
  world.harness.addFault({ match: { method: 'GET' }, times: Number.POSITIVE_INFINITY, status: 401 });
  expect(itemsOf(await look('ada'))[0]).toMatch(/^❌ Harness: cannot be used: .*HARNESS_API_KEY/);
});

test('Slack is down: said, and Harness is looked at all the same', async () => {
  world.slack.addFault({ method: 'auth.test', times: Number.POSITIVE_INFINITY, slackError: 'invalid_auth' });
  const items = itemsOf(await look('ada'));
  expect(items.at(-1)).toMatch(/^❌ Slack: /);
  expect(items[0]).toContain('✅ Harness');
});

test('members are refused by the use case itself; words after it are too much', async () => {
  expect(sentenceOf(await look('alice'))).toBe('Only an admin can test the connections.');
  expect(await look('ada', 'please')).toMatchObject({ kind: 'wrong' });
});
