import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import {
  everythingInTeams,
  teamsAnswered,
  teamsAnsweredButtons,
  teamsAnswers,
  teamsButtons,
  teamsCards,
  teamsPress,
  teamsPressAnswered,
  teamsWords,
} from '../helpers/in-teams.ts';
import { ACME, ENTRA, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const MIGRATE = 'database-migration';
const ASKED = ['alice', 'bob', 'sam'] as const;

let world: World;
beforeEach(async () => {
  world = await startWorld({ slack: false, teams: {} });
  await world.load(ACME);
});
afterEach(async () => {
  const shown = everythingInTeams(world);
  await world.close();
  expect(shown).not.toMatch(/\/approvals|Slack/);
});

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 2_000) await world.pass(2_000);
}

/** Everything Teams tells the bot at once was handled, and what it owes is paid. */
async function heard(look: () => unknown) {
  await expect
    .poll(async () => {
      await world.pass(2_000);
      return look();
    })
    .toBeTruthy();
}

describe('cards in spite of Teams', () => {
  test('throttled: the card comes after Retry-After, once', async () => {
    world.teams.addFault({ method: 'activities.post', times: 2, status: 429, retryAfter: 7 });
    await world.ask(EVENT, 'run1');
    await wait(30_000);
    for (const name of ASKED) expect(teamsCards(world, name)).toHaveLength(1);
  });

  test.each([
    ['a 500', { status: 500 }],
    ['a 502', { status: 502 }],
    ['a reset connection', { connection: 'reset' }],
    ['a 412', { status: 412 }],
  ] as const)('%s before it was done: posted again, once', async (_, fault) => {
    world.teams.addFault({ method: 'activities.post', times: 3, when: 'before', ...fault });
    await world.ask(EVENT, 'run1');
    await wait(40_000);
    for (const name of ASKED) expect(teamsCards(world, name)).toHaveLength(1);
  });

  test('the login is down: cards come when it is back', async () => {
    world.teams.revokeTokens();
    world.teams.addFault({ method: 'token', status: 503, times: 4 });
    await world.ask(EVENT, 'run1');
    await wait(120_000);
    for (const name of ASKED) expect(teamsCards(world, name)).toHaveLength(1);
  });

  test('the bot’s token ends: the next call gets another, and nobody notices', async () => {
    await world.ask(EVENT, 'run1');
    world.teams.revokeTokens();
    await teamsPress(world, 'alice', 'Approve');
    await wait(10_000);
    for (const name of ASKED) expect(teamsWords(world, name)).toContain('confirmed by Harness');
  });

  test('an edit whose answer was lost is made again: the card says the newest, once', async () => {
    await world.ask(EVENT, 'run1');
    world.teams.addFault({ method: 'activities.update', times: 3, connection: 'reset', when: 'after' });
    await teamsPress(world, 'alice', 'Approve');
    await wait(40_000);
    for (const name of ASKED) {
      expect(teamsCards(world, name)).toHaveLength(1);
      expect(teamsWords(world, name)).toContain('confirmed by Harness');
    }
  });

  test('Teams down while people decide: everything is told when it is back', async () => {
    await world.ask(EVENT, 'run1');
    world.teams.addFault({ method: 'activities.update', times: 6, status: 503 });
    await teamsPress(world, 'alice', 'Approve');
    await wait(60_000);
    expect(world.harness.effects).toHaveLength(1);
    for (const name of ASKED) expect(teamsWords(world, name)).toContain('confirmed by Harness');
  });

  test('the directory down at the start: people are asked when it is back, nobody is dropped', async () => {
    world.teams.addFault({ method: 'graph', times: 4, status: 503 });
    await world.ask(EVENT, 'run1');
    expect(teamsCards(world, 'alice')).toEqual([]);
    await wait(120_000);
    for (const name of ASKED) expect(teamsCards(world, name)).toHaveLength(1);
  });

  test('a card its reader deleted comes back while it is needed', async () => {
    await world.ask(EVENT, 'run1');
    const [card] = teamsCards(world, 'alice');
    world.teams.message(card!.conversation, card!.id)!.deleted = true;
    await world.post(EVENT, world.webhook('run1', { message: 'new words' }));
    await wait(10_000);
    expect(teamsCards(world, 'alice')).toHaveLength(1);
    expect(teamsWords(world, 'alice')).toContain('new words');
  });

  test('a press on a card whose post was never answered adopts it', async () => {
    world.teams.addFault({ method: 'activities.post', times: 3, connection: 'reset', when: 'after' });
    world.run('run1');
    await world.post(EVENT, world.webhook('run1'));
    world.reach('run1');
    await world.settle();
    await teamsPress(world, 'alice', 'Approve');
    await wait(40_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(teamsCards(world, 'alice')).toHaveLength(1);
    expect(teamsWords(world, 'alice')).toContain('confirmed by Harness');
  });

  test('R9: of two copies of a card both decide the same request, and only once', async () => {
    world.teams.addFault({
      method: 'activities.post',
      person: ENTRA.alice,
      connection: 'reset',
      when: 'after',
    });
    await world.ask(MIGRATE, 'run1');
    await wait(20_000);
    const copies = teamsCards(world, 'alice');
    expect(copies).toHaveLength(2);
    for (const { conversation, id } of copies)
      await world.teams.press(ENTRA.alice, { conversation, activityId: id, title: 'Approve' });
    const [first] = copies;
    const card = JSON.stringify(world.teams.cardFor(ENTRA.alice, first!.conversation, first!.id));
    expect(card).toContain('You approved');
    await wait(4_000);
    expect(teamsWords(world, 'bob')).toContain('1 of 3 approved');
  });

  test('a dead recipient is visible to the others and stops nobody', async () => {
    world.teams.block(ENTRA.bob);
    await world.ask(EVENT, 'run1');
    await wait(4_000);
    for (const name of ['alice', 'ada'] as const)
      expect(teamsWords(world, name)).toContain(
        'Not reached: Bob (This person has blocked the bot in Teams.)',
      );
    await teamsPress(world, 'alice', 'Approve');
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('the app comes and goes', () => {
  test.each(['installationUpdate', 'conversationUpdate'] as const)(
    'whoever installs it is greeted once, whichever of the events comes first (%s)',
    async (first) => {
      await world.teams.uninstall(ENTRA.alice, { silently: true });
      await world.teams.install(ENTRA.alice, { first });
      await expect.poll(() => teamsAnswers(world, 'alice').length).toBe(1);
      expect(teamsAnswered(world, 'alice')).toMatch(/^Hello from Countersign/);
      expect(teamsAnswered(world, 'alice')).toContain('Type help to see everything');
      expect(teamsAnswered(world, 'alice')).not.toContain('Getting started');
    },
  );

  test('an admin is shown the setup’s state, and what to do next', async () => {
    await world.teams.uninstall(ENTRA.ada, { silently: true });
    await world.teams.install(ENTRA.ada);
    await expect.poll(() => teamsAnswered(world, 'ada')).toMatch(/Getting started: \d of \d done/);
    expect(teamsAnswered(world, 'ada')).toContain('○ A pipeline has asked');
    expect(teamsAnsweredButtons(world, 'ada')).toContain('Help');
    await teamsPressAnswered(world, 'ada', 'Help');
    expect(teamsAnswered(world, 'ada')).toMatch(/For everyone.*For admins/);
  });

  test('somebody nobody knows here is greeted, and gets no right by it (R30)', async () => {
    const eve = 'a0000000-0000-4000-8000-0000000000ee';
    world.teams.addPerson({ aadObjectId: eve, name: 'Eve', email: 'eve@evil.example', installed: false });
    await world.teams.install(eve);
    await expect.poll(() => world.teams.messagesOf(eve).length).toBe(1);
    const people = await world.app.context.db.selectFrom('people').select('email').execute();
    expect(people.map(({ email }) => email)).not.toContain('eve@evil.example');
  });

  test('a request waits while somebody has no app: it says so, and comes with the installation', async () => {
    await world.teams.uninstall(ENTRA.alice, { silently: true });
    await world.ask(MIGRATE, 'run1');
    await wait(4_000);
    for (const name of ['bob', 'ada'] as const)
      expect(teamsWords(world, name)).toMatch(/Not reached: Alice \(.*[Ii]nstall the Countersign app/i);
    await world.teams.install(ENTRA.alice);
    await heard(() => teamsCards(world, 'alice').length);
    expect(teamsAnswered(world, 'alice')).toContain('Hello from Countersign');
    expect(teamsAnsweredButtons(world, 'alice')).toEqual(['What waits for you', 'Help']);
    expect(teamsWords(world, 'alice')).toContain('Waiting for your decision');
    await wait(4_000);
    expect(teamsWords(world, 'bob')).not.toContain('Not reached');
    await teamsPress(world, 'alice', 'Approve');
    await wait(2_000);
    expect(teamsWords(world, 'bob')).toContain('1 of 3 approved');
  });

  test('taken away while a request waits: admins are told; installed again, the card is there and true', async () => {
    const id = await world.ask(MIGRATE, 'run1');
    await world.teams.uninstall(ENTRA.alice);
    await heard(() => /Not reached: Alice/.test(teamsWords(world, 'ada')));
    expect(teamsWords(world, 'bob')).toContain('Not reached: Alice');
    await teamsPress(world, 'bob', 'Approve');
    await wait(4_000);
    await world.teams.install(ENTRA.alice);
    await heard(() => /1 of 3 approved/.test(teamsWords(world, 'alice')));
    expect(teamsButtons(world, 'alice')).toContain('Approve');
    expect(teamsCards(world, 'alice')).toHaveLength(1);
    await wait(4_000);
    expect(teamsWords(world, 'ada')).not.toContain('Not reached');
    const lines = await auditOf(world.app.context.db, 'approval_request', id, 100);
    expect(lines.map(({ action }) => action)).toContain('unreachable');
  });

  test('nobody left to ask anywhere is held and told, never approved (R7)', async () => {
    world.teams.updatePerson(ENTRA.alice, { enabled: false });
    world.teams.updatePerson(ENTRA.bob, { enabled: false });
    await world.ask(EVENT, 'run1');
    await wait(4_000);
    for (const name of ['dana', 'ada'] as const) expect(teamsWords(world, name)).toContain('On hold');
    await wait(60_000);
    expect(world.harness.effects).toEqual([]);
  });

  test.each([
    ['disabled in Entra', { enabled: false }, /Not asked: Bob/],
    ['a guest', { isGuest: true }, /Not asked: Bob.*guest/],
  ])('R13: an approver who is %s is left out by name', async (_, change, why) => {
    world.teams.updatePerson(ENTRA.bob, change);
    await world.ask(EVENT, 'run1');
    expect(teamsCards(world, 'bob')).toEqual([]);
    expect(teamsWords(world, 'alice')).toMatch(why);
  });
});

test('under Teams’ documented limits no call is ever answered 429', async () => {
  await world.close();
  world = await startWorld({ slack: false, teams: { rateLimits: true } });
  await world.load(ACME);
  for (let run = 1; run <= 12; run += 1) {
    world.run(`run${run}`);
    await world.post(EVENT, world.webhook(`run${run}`));
    world.reach(`run${run}`);
  }
  await wait(60_000);
  expect(teamsCards(world, 'alice')).toHaveLength(12);
  for (const { conversation, id } of teamsCards(world, 'alice'))
    await world.teams.press(ENTRA.alice, { conversation, activityId: id, title: 'Approve' });
  await wait(180_000);
  expect(world.harness.effects).toHaveLength(12);
  for (const { card } of teamsCards(world, 'bob'))
    expect(JSON.stringify(card)).toContain('confirmed by Harness');
  const refused = world.teams.calls.filter(
    ({ answered }) => typeof answered === 'object' && answered.status === 429,
  );
  expect(refused).toEqual([]);
});
