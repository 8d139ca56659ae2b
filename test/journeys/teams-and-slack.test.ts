import { afterEach, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import { questionsOf } from '../../src/store/questions.ts';
import { CHANNEL, channelThread, channelWords, submitTop } from '../helpers/in-channel.ts';
import {
  teamsAnswers,
  teamsButtons,
  teamsCards,
  teamsDialog,
  teamsLook,
  teamsPress,
  teamsReject,
  teamsSay,
  teamsSubmit,
  teamsToast,
  teamsWords,
} from '../helpers/in-teams.ts';
import {
  inRoom,
  linesInRoom,
  openRooms,
  pressInRoom,
  ROOM,
  SHARED_IN_TEAMS,
} from '../helpers/in-teams-channel.ts';
import {
  ACME,
  ENTRA,
  STAFF,
  type StaffName,
  startWorld,
  type World,
  type WorldOptions,
} from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';
const MIGRATE = 'database-migration';

let world: World;
afterEach(() => world.close());

async function start(options: WorldOptions = {}, yaml = ACME) {
  world = await startWorld({ teams: {}, ...options });
  await world.load(yaml);
}

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 2_000) await world.pass(2_000);
}

/** Teams has its answer to an event before what comes of it is on record. */
const untilTeamsSays = (name: StaffName, words: string) =>
  expect
    .poll(
      async () => {
        await wait(2_000);
        return teamsWords(world, name);
      },
      { timeout: 20_000 },
    )
    .toContain(words);

const audit = async (id: string) =>
  (await auditOf(world.app.context.db, 'approval_request', id, 200)).map(
    ({ action, detail }) => `${action}${detail.code ? `:${detail.code}` : ''}`,
  );

describe('one request, live on both', () => {
  test('everybody has a card on each, one per platform, and all of them say the same', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    for (const name of ['alice', 'bob', 'sam'] as const) {
      expect(world.cards(name)).toHaveLength(1);
      expect(teamsCards(world, name)).toHaveLength(1);
    }
    await world.press('alice', 'approve');
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
    for (const name of ['alice', 'bob', 'sam', 'dana'] as const) {
      expect(world.words(name)).toMatch(/Approved by @U0ALICE <date> · confirmed by Harness/);
      expect(teamsWords(world, name)).toMatch(/Approved by Alice.*confirmed by Harness/);
    }
    expect(teamsButtons(world, 'bob')).toEqual(['View pipeline']);
  });

  test('a rejection in Teams is read in Slack, with its reason', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    await teamsReject(world, 'bob', 'Not <!channel> on a *Friday*');
    await wait(4_000);
    expect(world.words('alice')).toContain('Not <!channel> on a *Friday*');
    expect(JSON.stringify(world.card('alice')!.blocks)).not.toContain('mrkdwn","text":"Not');
  });

  test('a decision on one refuses the press on the other, which says who was first', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    await world.press('alice', 'approve');
    await teamsPress(world, 'bob', 'Approve');
    expect(teamsWords(world, 'bob')).toMatch(/^This request is already approved by Alice/);
    await wait(4_000);
    await world.ask(DEPLOY, 'run2');
    const card = world.card('bob')!;
    await teamsPress(world, 'alice', 'Approve');
    await world.slack.click(STAFF.bob, { channel: card.channel, ts: card.ts, actionId: 'approve' });
    expect(await world.whispered('bob')).toContain('already approved by Alice');
  });

  test('R15: the same person on both at once is one vote', async () => {
    await start();
    const id = await world.ask(MIGRATE, 'run1');
    await Promise.all([
      world.press('alice', 'approve'),
      teamsPress(world, 'alice', 'Approve'),
      world.press('alice', 'approve'),
      teamsPress(world, 'alice', 'Approve'),
    ]);
    await wait(4_000);
    const lines = await audit(id);
    expect(lines.filter((line) => line === 'voted')).toHaveLength(1);
    expect(lines.filter((line) => line === 'refused:already_voted')).toHaveLength(3);
    for (const words of [world.words('bob'), teamsWords(world, 'bob')])
      expect(words).toContain('1 of 3 approved');
  });

  test('R15: approve on one and reject on the other at once: one decision, told once, alike on both', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    await teamsPress(world, 'bob', 'Reject');
    await Promise.all([world.press('alice', 'approve'), teamsSubmit(world, 'bob', { comment: 'No' })]);
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
    const word = world.harness.effects[0]!.action === 'APPROVE' ? 'Approved' : 'Rejected';
    for (const name of ['alice', 'bob', 'sam', 'dana'] as const)
      for (const words of [world.words(name), teamsWords(world, name)]) expect(words).toContain(`${word} by`);
  });

  test('R9: amended meanwhile, the stale card on either is refused', async () => {
    await start();
    await world.ask(MIGRATE, 'run1', { body: { message: 'v1' } });
    const { conversation, id } = teamsCards(world, 'alice')[0]!;
    const inTeams = world.teams.pressActivity(ENTRA.alice, {
      conversation,
      activityId: id,
      title: 'Approve',
    });
    await world.press('alice', 'approve');
    await world.pass(61_000);
    await world.post(MIGRATE, world.webhook('run1', { message: 'v2' }));
    await wait(4_000);
    for (const words of [world.words('alice'), teamsWords(world, 'alice')])
      expect(words).toContain('Changed since you decided');
    expect((await world.teams.sendRaw({ activity: inTeams })).responseBody).toContain(
      'changed since you saw it',
    );
    await teamsPress(world, 'alice', 'Approve');
    await wait(2_000);
    expect(world.words('alice')).toContain('You approved');
  });

  test('R14: removed by a command in Teams, the place is lost on both at once', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    const number = /#(\d+) Deploy to production/.exec(await teamsSay(world, 'ada', 'list'))![1]!;
    expect(await teamsSay(world, 'ada', `approvers remove bob@acme.io ${number}`)).toContain(
      'lose them at once',
    );
    const card = world.card('bob')!;
    await world.slack.click(STAFF.bob, { channel: card.channel, ts: card.ts, actionId: 'approve' });
    expect(await world.whispered('bob')).toContain('not one of the approvers');
    await teamsPress(world, 'bob', 'Approve');
    expect(teamsWords(world, 'bob')).toContain('not one of the approvers');
    await wait(4_000);
    for (const words of [world.words('bob'), teamsWords(world, 'bob')])
      expect(words).toContain('You are no longer an approver');
    expect(world.harness.effects).toEqual([]);
  });

  test('a channel on each: both cards and both threads tell it', async () => {
    world = await startWorld({ teams: {} });
    openRooms(world);
    world.slack.addChannel({ id: CHANNEL, name: 'releases' });
    await world.load(
      SHARED_IN_TEAMS.replace(`[{ teams: '${ROOM}' }]`, `[{ teams: '${ROOM}' }, { slack: ${CHANNEL} }]`),
    );
    await world.ask(DEPLOY, 'run1');
    await pressInRoom(world, 'alice', 'Reject');
    await teamsSubmit(world, 'alice', { comment: 'Not now' });
    await wait(6_000);
    expect(channelWords(world)).toMatch(/Rejected by Alice/);
    expect((await inRoom(world, 'carol')).words).toMatch(/Rejected by Alice/);
    for (const lines of [channelThread(world), linesInRoom(world)])
      expect(lines).toEqual(['Alice rejected: “Not now”', expect.stringContaining('confirmed by Harness')]);
  });
});

describe('questions and answers across', () => {
  const asked = (id: string) => questionsOf(world.app.context.db, id);
  const cardsOf = (name: StaffName) => [world.words(name), teamsWords(world, name)];

  test('asked in Teams, answered in Slack: on every card on both', async () => {
    await start();
    const id = await world.ask(MIGRATE, 'run1');
    await teamsPress(world, 'alice', 'Ask a question');
    await teamsSubmit(world, 'alice', { question: 'Is there a *backup*?' });
    await wait(4_000);
    for (const name of ['alice', 'bob', 'maria', 'dana'] as const)
      for (const words of cardsOf(name)) expect(words).toContain('Is there a *backup*?');
    expect(teamsButtons(world, 'dana')).toContain('Answer');
    const [question] = await asked(id);
    await world.press('dana', 'answer_question');
    await submitTop(world, 'dana', { [`answer-${question!.id}`]: 'Yes, from this morning.' });
    await wait(4_000);
    for (const name of ['alice', 'bob', 'maria', 'dana'] as const)
      for (const words of cardsOf(name)) expect(words).toContain('Dana answered: “Yes, from this morning.”');
    expect(teamsButtons(world, 'dana')).not.toContain('Answer');
  });

  test('asked in Slack, answered in Teams: on every card on both', async () => {
    await start();
    const id = await world.ask(MIGRATE, 'run1');
    await world.press('alice', 'ask_question');
    await submitTop(world, 'alice', { question: 'Is there a backup?' });
    await wait(4_000);
    const [question] = await asked(id);
    await teamsPress(world, 'dana', 'Answer');
    expect(teamsDialog(world, 'dana')).toContain('Alice asks: “Is there a backup?”');
    await teamsSubmit(world, 'dana', { [`answer-${question!.id}`]: 'Yes, from this morning.' });
    await wait(4_000);
    for (const name of ['alice', 'bob', 'maria', 'dana'] as const)
      for (const words of cardsOf(name)) expect(words).toContain('Dana answered: “Yes, from this morning.”');
    // Whoever asked is told where they are.
    const told = teamsAnswers(world, 'alice').map(({ text }) => text.replaceAll('\u2060', ''));
    expect(told.join()).toContain('Dana answered “Is there a backup?”: “Yes, from this morning.”');
  });

  test('two answers at once from both: the first stands, the other is told', async () => {
    await start();
    const id = await world.ask(DEPLOY, 'run1');
    await teamsPress(world, 'alice', 'Ask a question');
    await teamsSubmit(world, 'alice', { question: 'Why now?' });
    await wait(4_000);
    const [question] = await asked(id);
    const key = `answer-${question!.id}`;
    await world.press('dana', 'answer_question');
    await world.form('dana');
    await teamsPress(world, 'dana', 'Answer');
    const [, inTeams] = await Promise.all([
      submitTop(world, 'dana', { [key]: 'From Slack' }),
      teamsSubmit(world, 'dana', { [key]: 'From Teams' }),
    ]);
    const [answered] = await asked(id);
    expect(['From Slack', 'From Teams']).toContain(answered!.answer!.text);
    if (answered!.answer!.text === 'From Slack')
      expect([inTeams.toast, teamsDialog(world, 'dana')].join()).toContain('answered already');
    expect((await audit(id)).filter((line) => line === 'question_answered')).toHaveLength(1);
  });

  test('R13: who may not ask or answer, may not in Teams', async () => {
    await start();
    const id = await world.ask(DEPLOY, 'run1');
    await teamsPress(world, 'alice', 'Ask a question');
    await teamsSubmit(world, 'alice', { question: 'Why now?' });
    await wait(4_000);
    const forge = async (name: StaffName, whose: StaffName, verb: string) => {
      const { conversation, id: activityId, card } = teamsCards(world, whose).at(-1)!;
      const [, crd, version] = /"card":"(crd_[^"]+)","version":(\d+)/.exec(JSON.stringify(card))!;
      const data = {
        msteams: { type: 'task/fetch' },
        do: 'press',
        verb,
        card: crd!,
        version: Number(version),
      };
      return world.teams.press(ENTRA[name], {
        ...{ conversation, activityId },
        forge: { type: 'Action.Submit', data },
      });
    };
    for (const name of ['carol', 'dana', 'ada'] as const)
      expect((await forge(name, 'alice', 'ask_question')).toast).toContain('not one of the approvers');
    for (const name of ['alice', 'bob', 'carol', 'ada'] as const)
      expect((await forge(name, 'dana', 'answer_question')).toast).toBe(
        'Only who started this run can answer questions about it, so nothing was changed.',
      );
    expect(await asked(id)).toHaveLength(1);
  });

  test.each([
    ['nothing', '  ', 'Please write your question.'],
    ['1001 characters', 'x'.repeat(1001), 'Please use at most 1000 characters.'],
  ])('a question of %s is refused at its field, past the client', async (_, question, sentence) => {
    await start();
    const id = await world.ask(DEPLOY, 'run1');
    await teamsPress(world, 'alice', 'Ask a question');
    const { warning } = await teamsSubmit(world, 'alice', { question }, { skipClientChecks: true });
    expect(warning).toBeUndefined();
    expect(teamsDialog(world, 'alice')).toContain(sentence);
    expect(await asked(id)).toEqual([]);
  });

  test('R9: a question about what has changed since is sent back with its words', async () => {
    await start();
    await world.ask(DEPLOY, 'run1', { body: { message: 'Release 1' } });
    await teamsPress(world, 'alice', 'Ask a question');
    world.clock.advance(61_000);
    await world.post(DEPLOY, world.webhook('run1', { message: 'Release 2' }));
    await world.settle();
    await teamsSubmit(world, 'alice', { question: 'Why Release 1?' });
    expect(teamsDialog(world, 'alice')).toContain('changed since you saw it (the message)');
    expect(JSON.stringify(world.teams.dialogOf(ENTRA.alice)!.card)).toContain('Why Release 1?');
  });

  test('after the decision neither asking nor answering is of use, and both say so', async () => {
    await start();
    const id = await world.ask(DEPLOY, 'run1');
    await teamsPress(world, 'alice', 'Ask a question');
    await teamsSubmit(world, 'alice', { question: 'Why now?' });
    await wait(4_000);
    await teamsPress(world, 'dana', 'Answer');
    await teamsPress(world, 'bob', 'Ask a question');
    await world.press('bob', 'approve');
    await wait(4_000);
    const [question] = await asked(id);
    const late = await teamsSubmit(world, 'dana', { [`answer-${question!.id}`]: 'Because' });
    expect([late.toast, teamsDialog(world, 'dana')].join()).toContain('already approved by Bob');
    const ask = await teamsSubmit(world, 'bob', { question: 'And?' });
    expect([ask.toast, teamsDialog(world, 'bob')].join()).toContain('already approved by Bob');
    expect((await asked(id)).map(({ answer }) => answer)).toEqual([null]);
  });
});

describe('one of the two is down', () => {
  test('Teams is silent: Slack goes on, Harness is told; Teams’ cards catch up', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    world.teams.addFault({ method: 'activities', status: 503, times: Infinity });
    world.teams.addFault({ method: 'graph', status: 503, times: Infinity });
    await world.press('alice', 'approve');
    await wait(10_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('bob')).toContain('confirmed by Harness');
    expect(teamsWords(world, 'bob')).toContain('Waiting for your decision');
    // A press on the card that lies meanwhile is refused, and its answer is the truth.
    await teamsPress(world, 'bob', 'Approve');
    expect(teamsWords(world, 'bob')).toMatch(/already approved by Alice/);
    world.teams.clearFaults();
    await wait(120_000);
    for (const name of ['alice', 'bob', 'sam'] as const)
      expect(teamsWords(world, name)).toMatch(/Approved by Alice.*confirmed by Harness/);
  });

  test('Slack is silent: Teams goes on, Harness is told; Slack’s cards catch up', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    world.slack.addFault({ status: 503, times: Infinity });
    await teamsPress(world, 'alice', 'Approve');
    await wait(10_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(teamsWords(world, 'bob')).toContain('confirmed by Harness');
    expect(world.words('bob')).toContain('Waiting for your decision');
    world.slack.clearFaults();
    await wait(120_000);
    for (const name of ['alice', 'bob', 'sam'] as const)
      expect(world.words(name)).toContain('confirmed by Harness');
  });

  test('Teams’ directory and chats are down when it is asked: whom Slack knows is asked there at once', async () => {
    await start();
    world.teams.addFault({ status: 503, times: Infinity });
    await world.ask(DEPLOY, 'run1');
    await wait(30_000);
    expect(world.words('alice')).toContain('Waiting for your decision');
    await world.press('alice', 'approve');
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('Slack’s directory and chats are down when it is asked: whom Teams knows is asked there at once', async () => {
    await start();
    world.slack.addFault({ status: 503, times: Infinity });
    await world.ask(DEPLOY, 'run1');
    await wait(30_000);
    expect(teamsWords(world, 'alice')).toContain('Waiting for your decision');
    await teamsPress(world, 'alice', 'Approve');
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('the one that was down at first brings its card when it is back, while it is still of use', async () => {
    await start();
    world.teams.addFault({ status: 503, times: Infinity });
    await world.ask(MIGRATE, 'run1');
    await wait(30_000);
    world.teams.clearFaults();
    await wait(180_000);
    expect(teamsCards(world, 'bob').length).toBeGreaterThan(0);
    await teamsPress(world, 'bob', 'Approve');
    await wait(4_000);
    expect(world.words('alice')).toContain('1 of 3 approved');
  });
});

describe('who can be reached where', () => {
  test('not known in Teams, asked in Slack: nothing is amiss', async () => {
    await start({ teams: { people: ['bob'] } });
    await world.ask(DEPLOY, 'run1');
    expect(world.words('alice')).toContain('Waiting for your decision');
    expect(teamsWords(world, 'bob')).not.toContain('Not reached');
    expect(world.words('ada')).toBe('');
  });

  test('in Teams without the app, asked in Slack: nobody is alarmed', async () => {
    await start();
    await world.teams.uninstall(ENTRA.alice, { silently: true });
    await world.ask(DEPLOY, 'run1');
    await wait(10_000);
    expect(teamsCards(world, 'alice')).toEqual([]);
    expect(world.words('alice')).toContain('Waiting for your decision');
    expect([world.words('ada'), teamsWords(world, 'ada')]).toEqual(['', '']);
    await world.press('alice', 'approve');
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('known in Teams alone and without the app there: visibly not reached, and the admins are told the remedy', async () => {
    await start({ slack: { people: ['bob', 'ada', 'dana'] } });
    await world.teams.uninstall(ENTRA.alice, { silently: true });
    await world.ask(DEPLOY, 'run1');
    await wait(10_000);
    for (const words of [
      world.words('bob'),
      teamsWords(world, 'bob'),
      world.words('ada'),
      teamsWords(world, 'ada'),
    ])
      expect(words).toMatch(/Not reached: Alice \(.*install/i);
    // The app comes: so does the card, and nobody reads any more that she cannot be reached.
    await world.teams.install(ENTRA.alice);
    await untilTeamsSays('alice', 'Waiting for your decision');
    for (const words of [world.words('bob'), teamsWords(world, 'bob')])
      expect(words).not.toContain('Not reached');
    await teamsPress(world, 'alice', 'Approve');
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('reached neither here nor there: every reason is said', async () => {
    await start();
    await world.teams.uninstall(ENTRA.alice, { silently: true });
    world.slack.addFault({
      method: 'conversations.open',
      user: STAFF.alice,
      times: Infinity,
      slackError: 'user_disabled',
    });
    await world.ask(DEPLOY, 'run1');
    await wait(10_000);
    for (const words of [world.words('bob'), teamsWords(world, 'bob')]) {
      expect(words).toContain('Not reached: Alice (');
      expect(words).toContain('deactivated');
      expect(words).toMatch(/Teams/);
    }
  });

  test('whoever takes the app away while asked there alone is not reached from then on; the admins are told', async () => {
    await start({ slack: { people: ['bob', 'ada', 'dana'] } });
    await world.ask(MIGRATE, 'run1');
    expect(teamsWords(world, 'alice')).toContain('Waiting for your decision');
    await world.teams.uninstall(ENTRA.alice);
    await expect
      .poll(async () => {
        await world.pass(2_000);
        return world.words('ada');
      })
      .toMatch(/Not reached: Alice/);
    await world.teams.install(ENTRA.alice);
    await untilTeamsSays('alice', 'Waiting for your decision');
    await teamsPress(world, 'alice', 'Approve');
    await wait(4_000);
    expect(world.words('bob')).toContain('1 of 3 approved');
    expect(world.words('bob')).not.toContain('Not reached');
  });

  test('whoever blocks the bot in Teams is asked in Slack all the same', async () => {
    await start();
    world.teams.block(ENTRA.alice);
    await world.ask(DEPLOY, 'run1');
    await wait(10_000);
    expect(world.words('alice')).toContain('Waiting for your decision');
    expect(world.words('bob')).not.toContain('Not reached');
  });
});

describe('one person, two accounts (R17)', () => {
  test('joined by the address of the organization’s own domain: one person, pinned', async () => {
    await start();
    await world.ask(DEPLOY, 'run1');
    const rows = await world.app.context.db
      .selectFrom('identities')
      .innerJoin('people', 'people.id', 'identities.person_id')
      .select(['identities.platform', 'identities.external_id'])
      .where('people.email', '=', 'alice@acme.io')
      .orderBy('identities.platform')
      .execute();
    expect(rows.map(({ platform, external_id }) => [platform, external_id])).toEqual([
      ['slack', STAFF.alice],
      ['teams', ENTRA.alice],
    ]);
    // Another address later moves nothing.
    world.teams.updatePerson(ENTRA.carol, { email: 'alice@acme.io' });
    world.teams.updatePerson(ENTRA.alice, { email: 'elsewhere@acme.io' });
    expect(await teamsSay(world, 'alice', 'pending')).toContain('Deploy to production');
    expect(await teamsSay(world, 'carol', 'pending')).not.toContain('Deploy to production');
  });

  test('somebody in Teams with a foreign address is nobody here', async () => {
    await start();
    const eve = 'a0000000-0000-4000-8000-0000000000ee';
    world.teams.addPerson({ aadObjectId: eve, name: 'Eve', email: 'alice@evil.example' });
    await world.ask(DEPLOY, 'run1');
    await world.teams.type(eve, 'pending');
    await expect.poll(() => world.teams.messagesOf(eve).length).toBe(2);
    expect(JSON.stringify(world.teams.messagesOf(eve).at(-1)!.card)).not.toContain('Deploy');
  });

  test('R13: a guest with an address of ours decides nothing', async () => {
    await start({ slack: { people: ['bob', 'ada', 'dana'] } });
    world.teams.updatePerson(ENTRA.alice, { isGuest: true });
    await world.ask(DEPLOY, 'run1');
    await wait(4_000);
    expect(teamsCards(world, 'alice')).toEqual([]);
    expect(teamsWords(world, 'bob')).toMatch(/Not asked: Alice.*guest/i);
  });
});

describe('the manager', () => {
  const asCarol = { by: 'carol', body: { triggeredByEmail: 'carol@acme.io' } } as const;

  test('is who the people table says, whatever Entra says', async () => {
    await start({ slack: false });
    world.teams.updatePerson(ENTRA.dana, { manager: ENTRA.sam });
    await world.ask(MIGRATE, 'run1');
    expect(teamsWords(world, 'maria')).toContain('Waiting for your decision');
    expect(teamsWords(world, 'sam')).not.toContain('Waiting for your decision');
  });

  test('is who Entra says, where the table says nothing', async () => {
    await start({ slack: false });
    world.teams.updatePerson(ENTRA.carol, { manager: ENTRA.sam });
    await world.ask(MIGRATE, 'run1', asCarol);
    await wait(2_000);
    expect(teamsWords(world, 'sam')).toContain('Waiting for your decision');
    expect(teamsWords(world, 'alice')).toContain('0 of 3 approved');
    expect(await teamsSay(world, 'ada', 'manager carol@acme.io')).toMatch(
      /The manager of .*Carol.* is .*Sam/,
    );
  });

  test('R7: none in Entra is a normal state: the place is vacant and said so; an admin gives it to somebody', async () => {
    await start({ slack: false });
    const id = await world.ask(MIGRATE, 'run1', asCarol);
    await wait(2_000);
    expect(teamsWords(world, 'alice')).toContain('The requester’s manager is not set');
    expect(teamsWords(world, 'ada')).toContain('Nobody to ask');
    for (const name of ['alice', 'bob'] as const) await teamsPress(world, name, 'Approve');
    await wait(4_000);
    expect(world.harness.effects).toEqual([]);
    await teamsSay(world, 'ada', `reassign ${id} vacant sam@acme.io`);
    await wait(2_000);
    await teamsPress(world, 'sam', 'Approve');
    await wait(4_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  });

  test('cannot be read without consent: the place is vacant, and the cards say why', async () => {
    await start({ slack: false });
    world.teams.addFault({
      method: 'graph.manager',
      status: 403,
      code: 'Authorization_RequestDenied',
      times: Infinity,
    });
    await world.ask(MIGRATE, 'run1', asCarol);
    await wait(30_000);
    expect(teamsWords(world, 'alice')).toMatch(/manager/);
    expect(teamsWords(world, 'ada')).toMatch(/User\.Read\.All/);
    expect(await teamsSay(world, 'ada', 'connection test')).toMatch(/Teams/);
  });
});

test('a post in Teams whose answer was lost leaves no card that lies once it is looked at', async () => {
  await start({ slack: false });
  const lost = world.teams.addFault({
    method: 'activities.post',
    person: ENTRA.alice,
    connection: 'reset',
    when: 'after',
  });
  await world.ask(DEPLOY, 'run1');
  await wait(20_000);
  expect(lost.hits).toBe(1);
  // Teams lets nobody look: a second copy is the smaller evil.
  const copies = teamsCards(world, 'alice');
  expect(copies).toHaveLength(2);
  await teamsPress(world, 'bob', 'Approve');
  await wait(4_000);
  for (const { conversation, id } of copies) {
    await world.teams.look(ENTRA.alice, conversation, id, { again: true });
    const card = JSON.stringify(world.teams.cardFor(ENTRA.alice, conversation, id));
    expect(card).toContain('confirmed by Harness');
    expect(card).not.toContain('"verb":"approve"');
  }
  expect(world.harness.effects).toHaveLength(1);
});

test('the first look at a card whose post was lost says where it is: no second copy comes', async () => {
  await start({ slack: false });
  world.teams.addFault({
    method: 'activities.post',
    person: ENTRA.alice,
    connection: 'reset',
    when: 'after',
  });
  world.run('run1');
  await world.post(DEPLOY, world.webhook('run1'));
  world.reach('run1');
  await world.settle();
  expect(teamsCards(world, 'alice')).toHaveLength(1);
  await teamsLook(world, 'alice');
  await wait(20_000);
  expect(teamsCards(world, 'alice')).toHaveLength(1);
  await teamsPress(world, 'alice', 'Approve');
  await wait(4_000);
  expect(teamsWords(world, 'alice')).toContain('confirmed by Harness');
  expect(teamsToast(world, 'alice')).toBe('');
});
