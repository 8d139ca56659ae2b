import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import {
  everythingInTeams,
  teamsDialog,
  teamsPress,
  teamsReject,
  teamsSubmit,
  teamsToast,
} from '../helpers/in-teams.ts';
import {
  GROUP_CHAT,
  inRoom,
  linesInRoom,
  openRooms,
  pressInRoom,
  ROOM,
  roomCards,
  SHARED_IN_TEAMS,
  TEAM,
} from '../helpers/in-teams-channel.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { ENTRA, type StaffName, startWorld, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';
const MIGRATE = 'database-migration';

let world: World;
beforeEach(async () => {
  world = await startWorld({ slack: false, teams: {} });
  openRooms(world);
  await world.load(SHARED_IN_TEAMS);
});
afterEach(async () => {
  const shown = everythingInTeams(world);
  await world.close();
  expect(shown).not.toMatch(/\/approvals|Slack/);
});

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 2_000) await world.pass(2_000);
}

const audit = async (id: string) =>
  (await auditOf(world.app.context.db, 'approval_request', id, 100)).map(
    ({ action, detail }) => `${action}${detail.code ? `:${detail.wanted}:${detail.code}` : ''}`,
  );

/** What a button of the newest card in the channel carries, pressed by hand. */
function forge(name: StaffName, verb: string, type: 'Action.Execute' | 'Action.Submit' = 'Action.Execute') {
  const { id, card } = roomCards(world).at(-1)!;
  const [, crd, version] = /"card":"(crd_[^"]+)","version":(\d+)/.exec(JSON.stringify(card))!;
  const data = { do: 'press', verb, card: crd!, version: Number(version) };
  return world.teams.press(ENTRA[name], { conversation: ROOM, activityId: id, forge: { type, data } });
}

describe('a card in a channel', () => {
  test('is without buttons as everybody gets it, and asks for the view of each who may decide', async () => {
    await world.ask(DEPLOY, 'run1');
    const [card] = roomCards(world);
    const { refresh } = card!.card as { refresh: { userIds: string[] } };
    expect(refresh.userIds).toEqual([ENTRA.alice, ENTRA.bob].map((id) => world.teams.person(id).mri));
    for (const name of ['carol', 'dana', 'ada'] as const) {
      const seen = await inRoom(world, name);
      expect(seen.looked.sent).toBe(false);
      expect(seen.buttons).toEqual(['View pipeline']);
    }
    for (const name of ['alice', 'bob'] as const) {
      const seen = await inRoom(world, name);
      expect(seen.words).toContain('Waiting for your decision');
      expect(seen.buttons).toEqual([
        'Approve',
        'Reject',
        'View pipeline',
        'Approve with comment',
        'Ask a question',
      ]);
    }
    expect((await inRoom(world, 'carol')).words).toContain('Any one of these may decide: Alice, Bob');
  });

  test('nothing is decided there by one press: Approve opens the dialog, and its submit decides', async () => {
    await world.ask(DEPLOY, 'run1');
    await pressInRoom(world, 'alice', 'Approve');
    expect(teamsDialog(world, 'alice')).toContain('Deploy to production');
    await world.pass(2_000);
    expect(world.harness.effects).toEqual([]);
    await teamsSubmit(world, 'alice', { comment: 'Looks good' });
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
    for (const name of ['alice', 'bob', 'carol'] as const) {
      const seen = await inRoom(world, name);
      expect(seen.words).toMatch(/Approved by Alice.*confirmed by Harness/);
      expect(seen.buttons).toEqual(['View pipeline']);
    }
    expect((roomCards(world)[0]!.card as { refresh?: unknown }).refresh).toBeUndefined();
  });

  test('asks for inputs in the dialog, and rejects with a reason', async () => {
    await world.ask(DEPLOY, 'run1', { approverInputs: RELEASE_INPUTS });
    await pressInRoom(world, 'bob', 'Approve');
    await teamsSubmit(world, 'bob', { 'input-0': 'nonsense' }, { skipClientChecks: true });
    expect(teamsDialog(world, 'bob')).toContain('Does not have the form');
    await teamsSubmit(world, 'bob', { 'input-0': 'CHG123456' });
    await world.pass(2_000);
    expect(world.harness.effects[0]!.approverInputs).toContainEqual({
      name: 'change_ticket',
      value: 'CHG123456',
    });
    await world.ask(DEPLOY, 'run2');
    await pressInRoom(world, 'bob', 'Reject');
    await teamsSubmit(world, 'bob', { comment: 'Not on a Friday' });
    await wait(4_000);
    expect(linesInRoom(world)[0]).toBe('Bob rejected: “Not on a Friday”');
  });

  test('counts on while all must approve; whoever has decided sees their own view of that', async () => {
    await world.ask(MIGRATE, 'run1');
    expect((await inRoom(world, 'alice', GROUP_CHAT)).words).toContain('Waiting for your decision');
    await pressInRoom(world, 'alice', 'Approve', GROUP_CHAT);
    await teamsSubmit(world, 'alice');
    await world.pass(2_000);
    expect((await inRoom(world, 'alice', GROUP_CHAT)).buttons).not.toContain('Approve');
    expect((await inRoom(world, 'bob', GROUP_CHAT)).words).toMatch(/1 of 2 approved/);
    expect((await inRoom(world, 'carol', GROUP_CHAT)).words).toMatch(/approved by Alice.*waiting for Bob/);
    await teamsPress(world, 'bob', 'Approve');
    await wait(4_000);
    expect(world.harness.effects).toHaveLength(1);
    expect((await inRoom(world, 'carol', GROUP_CHAT)).words).toContain('confirmed by Harness');
  });

  test.each(['carol', 'dana', 'ada'] as const)(
    'R13: %s, who may not decide, is told so, decides nothing by hand, and it is audited',
    async (name) => {
      const id = await world.ask(DEPLOY, 'run1');
      for (const verb of ['approve', 'reject', 'approve_with_comment', 'ask_question', 'review']) {
        await forge(name, verb);
        await forge(name, verb, 'Action.Submit');
      }
      const refused = async () => (await audit(id)).filter((line) => line.startsWith('refused'));
      // What an old client sends is handled after its answer.
      await expect.poll(async () => (await refused()).length).toBe(10);
      await world.pass(2_000);
      expect(world.harness.effects).toEqual([]);
      expect(world.teams.dialogOf(ENTRA[name])).toBeUndefined();
    },
  );

  test('R13: a one-click approval forged onto it decides nothing for an approver either', async () => {
    await world.ask(DEPLOY, 'run1');
    await forge('alice', 'approve');
    await forge('alice', 'approve', 'Action.Submit');
    await world.pass(2_000);
    expect(world.harness.effects).toEqual([]);
    expect((await inRoom(world, 'bob')).words).toContain('Waiting for your decision');
  });

  test('R9: a dialog opened from it on the old version is refused at its submit', async () => {
    await world.ask(DEPLOY, 'run1', { body: { message: 'Release 1' } });
    await pressInRoom(world, 'alice', 'Approve');
    world.clock.advance(61_000);
    await world.post(DEPLOY, world.webhook('run1', { message: 'Release 2' }));
    await world.settle();
    const answer = await teamsSubmit(world, 'alice');
    expect([answer.toast, teamsDialog(world, 'alice')].join()).toContain('changed since you saw it');
    await world.pass(2_000);
    expect(world.harness.effects).toEqual([]);
    expect((await inRoom(world, 'alice')).words).toContain('Release 2');
  });

  test('R15: two who decide at once from it: the first submit decides, the other is told who was first', async () => {
    await world.ask(DEPLOY, 'run1');
    await pressInRoom(world, 'alice', 'Approve');
    await pressInRoom(world, 'bob', 'Approve');
    await teamsSubmit(world, 'alice');
    const second = await teamsSubmit(world, 'bob');
    expect([second.toast, teamsDialog(world, 'bob')].join()).toContain('already approved by Alice');
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('somebody who is no approver any more is shown the card as everybody sees it', async () => {
    await world.ask(DEPLOY, 'run1');
    expect((await inRoom(world, 'alice')).buttons).toContain('Approve');
    await world.load(
      SHARED_IN_TEAMS.replace(
        'any, approvers: [alice@acme.io, bob@acme.io]',
        'any, approvers: [bob@acme.io]',
      ),
    );
    await world.pass(2_000);
    const seen = await inRoom(world, 'alice');
    expect(seen.buttons).toEqual(['View pipeline']);
    expect(seen.words).toContain('Bob');
  });
});

describe('more approvers than Teams refreshes for', () => {
  test('the card keeps one button that asks who presses it; everybody’s own card has theirs', async () => {
    const many = Array.from({ length: 65 }, (_, n) => `p${n}@acme.io`);
    for (const [n, address] of many.entries())
      world.teams.addPerson({ aadObjectId: `many-${n}`, name: `Person ${n}`, email: address });
    await world.load(
      SHARED_IN_TEAMS.replace(
        'people:',
        `people:\n${many.map((address) => `  - { email: ${address} }`).join('\n')}`,
      ).replace('any, approvers: [alice@acme.io, bob@acme.io]', `any, approvers: [${many.join(', ')}]`),
    );
    await world.ask(DEPLOY, 'run1');
    await wait(40_000);
    const [card] = roomCards(world);
    const { refresh } = card!.card as { refresh: { userIds: string[] } };
    expect(refresh.userIds).toHaveLength(60);
    const seen = await inRoom(world, 'carol');
    expect(seen.buttons).toEqual(['Review', 'View pipeline']);
    const last = 'many-64';
    const at = { conversation: ROOM, activityId: card!.id };
    expect((await world.teams.press(ENTRA.carol, { ...at, title: 'Review' })).toast).toContain(
      'not one of the approvers',
    );
    await world.teams.press(last, { ...at, title: 'Review' });
    await world.teams.submitDialog(last, {}, { title: 'Approve' });
    await world.teams.submitDialog(last, {});
    // Some seventy cards, twenty a second, and each comes back in its turn.
    await wait(8_000);
    expect(world.harness.effects).toHaveLength(1);
    expect((await inRoom(world, 'carol')).words).toContain('confirmed by Harness');
  });
});

describe('the thread below it', () => {
  test('tells the comments, the decision and Harness’s outcome, each once', async () => {
    await world.ask(DEPLOY, 'run1');
    await teamsPress(world, 'alice', 'Approve with comment');
    await teamsSubmit(world, 'alice', { comment: 'Backed up' });
    await wait(20_000);
    expect(linesInRoom(world)).toEqual([
      'Alice approved: “Backed up”',
      expect.stringMatching(/^Approved by Alice .* · confirmed by Harness$/),
    ]);
  });

  test('in a group chat they follow the card', async () => {
    await world.ask(MIGRATE, 'run1');
    await teamsPress(world, 'alice', 'Approve with comment');
    await teamsSubmit(world, 'alice', { comment: 'Backed up' });
    await wait(4_000);
    expect(linesInRoom(world, GROUP_CHAT)).toEqual(['Alice approved: “Backed up”']);
  });

  test('words are only words', async () => {
    await world.ask(DEPLOY, 'run1');
    const hostile = '<at>Dana</at> *bold* [Approve](https://evil.example) <b>x</b>';
    await teamsReject(world, 'bob', hostile);
    await wait(4_000);
    const [line] = linesInRoom(world);
    expect(line).toContain(hostile);
    const posted = world.teams.threadOf(ROOM, roomCards(world)[0]!.id)[0]!;
    expect(posted.textFormat).toBe('plain');
    expect(posted.text).not.toMatch(/<at>|<b>|\]\(/);
  });

  test('a line whose answer was lost is told once: better lost than told twice', async () => {
    await world.ask(DEPLOY, 'run1');
    const lost = world.teams.addFault({
      method: 'activities.post',
      conversation: ROOM,
      connection: 'reset',
      when: 'after',
    });
    await teamsReject(world, 'bob', 'No');
    await wait(20_000);
    expect(lost.hits).toBe(1);
    expect(linesInRoom(world).filter((line) => line.includes('“No”'))).toHaveLength(1);
    expect(linesInRoom(world).at(-1)).toContain('confirmed by Harness');
  });

  test('tells what was decided in Harness itself', async () => {
    await world.ask(DEPLOY, 'run1');
    world.harness.abort('run1');
    await wait(120_000);
    expect(linesInRoom(world)).toEqual(['Run aborted in Harness']);
  });
});

describe('a channel that cannot be reached', () => {
  test('stops nobody', async () => {
    await world.teams.removeBot(TEAM, ENTRA.ada, { silently: true });
    await world.ask(DEPLOY, 'run1');
    await wait(4_000);
    expect(roomCards(world)).toEqual([]);
    await teamsPress(world, 'alice', 'Approve');
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('where the app comes back later, the next card is there', async () => {
    await world.teams.removeBot(TEAM, ENTRA.ada);
    await world.ask(DEPLOY, 'run1');
    await wait(4_000);
    await world.teams.addBot(TEAM, ENTRA.ada);
    await world.ask(DEPLOY, 'run2');
    await wait(4_000);
    expect(roomCards(world)).toHaveLength(1);
  });

  test('a card that was taken away there comes back to nobody’s surprise: decisions go on', async () => {
    await world.ask(DEPLOY, 'run1');
    const gone = world.teams.message(ROOM, roomCards(world)[0]!.id)!;
    gone.deleted = true;
    await teamsReject(world, 'alice', 'No');
    await wait(20_000);
    expect(roomCards(world)).toEqual([]);
    expect(world.harness.effects).toHaveLength(1);
    const { db } = world.app.context;
    const due = await db
      .selectFrom('outbox')
      .select('kind')
      .where('kind', 'in', ['sync_thread', 'sync_card'])
      .where('state', '=', 'due')
      .execute();
    expect(due).toEqual([]);
  });
});

test('the toast of a refusal in a channel is for the one who pressed', async () => {
  await world.ask(DEPLOY, 'run1');
  await forge('carol', 'approve_with_comment');
  expect(teamsToast(world, 'alice')).toBe('');
});
