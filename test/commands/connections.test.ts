import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectionPauseCommand, connectionResumeCommand } from '../../src/commands/connection-pause.ts';
import { connectionRemoveCommand } from '../../src/commands/connection-remove.ts';
import { connectionTestCommand } from '../../src/commands/connection-test.ts';
import { connectionsCommand } from '../../src/commands/connections.ts';
import { type Account, connect, ENCRYPTED, startAccount } from '../helpers/harness-accounts.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { actionsOf, commandOf, itemsOf, pageOf, run, sentenceOf, wordsOf } from './command-line.ts';

let world: World;
let globex: Account;
beforeEach(async () => {
  world = await startWorld({ env: ENCRYPTED });
  await world.load(ACME);
  globex = await startAccount(world, 'globex');
  await connect(world, globex, { name: 'payments' });
});
afterEach(async () => {
  await world.close();
  await globex.harness.close();
});

const list = () => run(world, connectionsCommand, 'ada');

describe('connections', () => {
  test('lists each with its state and what can be done about it', async () => {
    const answer = await list();
    expect(wordsOf(answer)).toContain('2 Harness accounts are connected.');
    const [environment, payments] = itemsOf(answer);
    expect(environment).toMatch(
      /^✅ environment · in use \| 127.0.0.1:\d+ · account acme · set by the environment$/,
    );
    expect(payments).toMatch(/^✅ payments · in use \| 127.0.0.1:\d+ · account globex · added 20\d\d-/);
    const [ofEnvironment, ofPayments] = pageOf(answer).sections[0]!.items.map(({ actions }) =>
      actions.map(({ label }) => label),
    );
    expect(ofEnvironment).toEqual(['Test', 'Pause']);
    expect(ofPayments).toEqual(['Test', 'Pause', 'New key', 'Remove']);
  });

  test('paused by hand and resumed, by the buttons it shows', async () => {
    const pausing = await run(world, connectionPauseCommand, 'ada', 'payments moving house');
    expect(wordsOf(pausing)).toContain('⏸️ payments · paused by an admin');
    expect(wordsOf(await list())).toContain('2 Harness accounts are connected; 1 is paused.');
    expect(itemsOf(await list())[1]).toContain('Because: moving house');
    expect(commandOf(await list(), 'Resume')).toBe('connection resume payments');
    expect(wordsOf(await run(world, connectionResumeCommand, 'ada', 'payments'))).toContain(
      'payments · in use',
    );
  });

  test('refused by Harness: why, and since when', async () => {
    globex.harness.removePrincipal(globex.apiKey);
    await run(world, connectionTestCommand, 'ada');
    expect(itemsOf(await list())[1]).toMatch(
      /⏸️ payments · paused by itself .*Token is not valid.* since <time>/,
    );
  });

  test('removed after asking once more', async () => {
    const asked = await run(world, connectionRemoveCommand, 'ada', 'payments');
    expect(wordsOf(asked)).toContain('Nothing waits for it.');
    expect(itemsOf(await list())).toHaveLength(2);
    await globex.ask('run1');
    expect(wordsOf(await run(world, connectionRemoveCommand, 'ada', 'payments'))).toContain(
      '1 open request is',
    );
    const remove = commandOf(asked, 'Remove').replace('connection remove ', '');
    expect(wordsOf(await run(world, connectionRemoveCommand, 'ada', remove))).toContain('is removed');
    expect(itemsOf(await list())).toHaveLength(1);
    expect(sentenceOf(await run(world, connectionRemoveCommand, 'ada', 'payments'))).toContain(
      'no connection “payments”',
    );
  });

  test('the environment’s is not removed; names that are none are said back', async () => {
    expect(sentenceOf(await run(world, connectionRemoveCommand, 'ada', 'environment'))).toContain(
      'HARNESS_API_KEY',
    );
    for (const command of [connectionPauseCommand, connectionResumeCommand, connectionTestCommand])
      expect(sentenceOf(await run(world, command, 'ada', 'nowhere'))).toContain('no connection “nowhere”');
    expect(sentenceOf(await run(world, connectionPauseCommand, 'ada'))).toContain('Which connection?');
    expect(sentenceOf(await run(world, connectionRemoveCommand, 'ada', 'payments please'))).toContain(
      'Nothing was removed',
    );
  });

  test('members see and change nothing', async () => {
    for (const command of [
      connectionsCommand,
      connectionPauseCommand,
      connectionResumeCommand,
      connectionRemoveCommand,
    ])
      expect(
        sentenceOf(await run(world, command, 'alice', command === connectionsCommand ? '' : 'payments')),
      ).toContain('Only an admin');
  });
});

describe('connection test', () => {
  test('looks at each, under its name, at the projects and gates that are its own', async () => {
    const here = await world.ask('deploy-to-production', 'run1');
    const there = await globex.ask('run2');
    const items = itemsOf(await run(world, connectionTestCommand, 'ada'));
    expect(items).toContain('✅ Harness “environment”: answers, and takes the bot’s token.');
    expect(items).toContain('✅ Harness “payments”: answers, and takes the bot’s token.');
    for (const id of [here, there])
      expect(items).toContain(`✅ Authorization: the token may decide the gate of ${id} (deploy_payments).`);
  });

  test('by name: that one alone, and no chat', async () => {
    const answer = await run(world, connectionTestCommand, 'ada', 'Payments');
    expect(pageOf(answer).title).toBe('Connection “payments”');
    expect(itemsOf(answer).some((line) => line.includes('Slack') || line.includes('environment'))).toBe(
      false,
    );
    expect(commandOf(answer, 'Test again')).toBe('connection test payments');
    expect(actionsOf(answer).map(({ label }) => label)).toContain('Harness connections');
  });

  test('a gate that wants two approvals, and one that others may decide: said with the remedy', async () => {
    const approvers = { minimumCount: 2, userGroups: ['account.ops'] };
    const id = await globex.ask('run1', { approvers });
    const items = itemsOf(await run(world, connectionTestCommand, 'ada', 'payments'));
    expect(items).toContain(
      `⚠️ Gate: the gate of ${id} (deploy_payments) wants 2 approvals in Harness, and the bot is one | Set minimumCount to 1 in the pipeline’s approval step.`,
    );
    expect(items.find((line) => line.startsWith('⚠️ Gates: '))).toContain(
      'can also be decided in Harness itself, by group account.ops',
    );
  });

  test.each([
    [
      { serviceAccounts: ['account.other'] },
      /not authorized to approve\/reject \| .*list its service account/,
    ],
    [
      { disallowedUserEmails: ['approvalbot@service.harness.io'] },
      /disallowed user list.* \| .*disallowedUserEmails: take it off/,
    ],
  ])('Harness’s reason at a gate, and what to do about it: %j', async (approvers, words) => {
    await globex.ask('run1', { approvers });
    const items = itemsOf(await run(world, connectionTestCommand, 'ada', 'payments'));
    expect(items.find((line) => line.startsWith('❌ Authorization: '))).toMatch(words);
  });

  test('a key that is good again lets the connection go on', async () => {
    globex.harness.removePrincipal(globex.apiKey);
    const broken = itemsOf(await run(world, connectionTestCommand, 'ada', 'payments'));
    expect(broken[0]).toMatch(
      /^❌ Harness “payments”: cannot be used: .*Token is not valid.* \| Give it a new key: \/approvals connection key payments$/,
    );
    expect(broken[0]).not.toContain('HARNESS_API_KEY');
    globex.harness.addPrincipal({
      ...world.harness.users[0]!,
      apiKey: globex.apiKey,
      kind: 'USER',
      identifier: 'dana',
      name: 'dana',
      email: 'dana@acme.io',
    });
    await run(world, connectionTestCommand, 'ada', 'payments');
    expect(wordsOf(await list())).toContain('2 Harness accounts are connected.');
  });
});
