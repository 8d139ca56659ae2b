import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { teamsButtons, teamsPress, teamsReject, teamsSay, teamsWords } from '../helpers/in-teams.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';

let world: World;
afterEach(() => world.close());

describe('with Teams alone', () => {
  beforeEach(async () => {
    world = await startWorld({ slack: false, teams: {} });
    await world.load(ACME);
  });

  test('one of the listed approves, Harness is told once, and every card says so', async () => {
    await world.ask(DEPLOY, 'run1');
    expect(teamsWords(world, 'alice')).toMatch(/^Deploy to production Waiting for your decision/);
    expect(teamsButtons(world, 'alice')).toEqual([
      'Approve',
      'Reject',
      'View pipeline',
      'Approve with comment',
      'Ask a question',
    ]);
    const pressed = await teamsPress(world, 'alice', 'Approve');
    expect(pressed.warning).toBeUndefined();
    expect(teamsWords(world, 'alice')).toMatch(/Approved/);
    expect(teamsButtons(world, 'alice')).toEqual(['View pipeline']);
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    for (const name of ['alice', 'bob', 'sam'] as const)
      expect(teamsWords(world, name)).toMatch(/Approved by Alice.*confirmed by Harness/);
  });

  test('a rejection wants a reason, in a dialog, and everybody reads it', async () => {
    await world.ask(DEPLOY, 'run1');
    const wrong = await teamsReject(world, 'bob', ' ');
    expect(wrong.dialog).toBeDefined();
    await teamsReject(world, 'bob', 'not on a Friday');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
    expect(teamsWords(world, 'alice')).toMatch(/Rejected by Bob.*not on a Friday/);
  });

  test('commands are typed without a slash', async () => {
    await world.ask(DEPLOY, 'run1');
    expect(await teamsSay(world, 'alice', 'pending')).toMatch(/Deploy to production/);
    expect(await teamsSay(world, 'alice', 'help')).not.toMatch(/approvals /);
  });
});

describe('with Slack and Teams', () => {
  test('an all-of request is approved by one in Slack and one in Teams', async () => {
    world = await startWorld({
      slack: { people: ['alice', 'dana', 'maria'] },
      teams: { people: ['bob', 'sam'] },
    });
    await world.load(ACME);
    await world.ask('database-migration', 'run1');
    await world.press('alice', 'approve');
    await world.press('maria', 'approve');
    await world.pass(2_000);
    expect(teamsWords(world, 'bob')).toMatch(/2 of 3 approved/);
    await teamsPress(world, 'bob', 'Approve');
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('alice')).toMatch(/confirmed by Harness/);
    expect(teamsWords(world, 'sam')).toMatch(/confirmed by Harness/);
  });

  test('somebody on both has one vote, whichever card they press', async () => {
    world = await startWorld({ teams: {} });
    await world.load(ACME);
    await world.ask('database-migration', 'run1');
    await world.press('alice', 'approve');
    const again = await teamsPress(world, 'alice', 'Approve');
    expect(again.warning).toBeUndefined();
    await world.pass(2_000);
    expect(teamsWords(world, 'bob')).toMatch(/1 of 3 approved/);
  });
});
