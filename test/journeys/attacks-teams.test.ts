import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/demo/doubles/teams/json.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { personByEmail } from '../../src/store/people.ts';
import { buttonsOf, cardWords, teamsCards } from '../helpers/in-teams.ts';
import { auditLines } from '../helpers/management.ts';
import { ACME, ENTRA, email, type StaffName, startWorld, until, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';
const TEAM = '19:platform@thread.tacv2';
const OPS = '19:ops@thread.tacv2';
const WITH_OPS = ACME.replace(
  'event: deploy-to-production, requirement: any, approvers: [alice@acme.io, bob@acme.io], subscribers: [sam@acme.io]',
  `event: deploy-to-production, requirement: any, approvers: [alice@acme.io, bob@acme.io], subscribers: [sam@acme.io], channels: [{ teams: '${OPS}' }]`,
);

let world: World;
afterEach(() => world.close());

const idOf = async (name: StaffName) =>
  (await personByEmail(world.app.context.db, world.app.organizationId, email(name)))!.id;

/** The id of somebody's own card, or of the channel's. */
async function cardId(request: string, name: StaffName | 'ops', platform = 'teams'): Promise<string> {
  const cards = await cardsOf(world.app.context.db, request);
  const personId = name === 'ops' ? null : await idOf(name);
  const found = cards.find((card) =>
    card.platform === platform && personId === null
      ? card.target.kind === 'channel'
      : card.personId === personId && card.platform === platform,
  );
  return found!.id;
}

const opsMessage = () =>
  world.teams.messagesOf(OPS).find(({ author, card }) => author === world.teams.botId && card)!;

/** What a client sends whatever the card shows: a button of the attacker's own making. */
function forged(
  name: StaffName,
  data: JsonObject,
  where: { conversation?: string; activityId?: string; type?: 'Action.Execute' | 'Action.Submit' } = {},
) {
  const {
    conversation = world.teams.chatOf(ENTRA[name]),
    activityId = 'nowhere',
    type = 'Action.Execute',
  } = where;
  return world.teams.press(ENTRA[name], { conversation, activityId, forge: { type, data } });
}

const task = { msteams: { type: 'task/fetch' } };
const undecided = async () => {
  await world.pass(2_000);
  expect(world.harness.effects).toEqual([]);
};

describe('in a channel, where anybody may post a card with buttons of their own making', () => {
  let request: string;
  beforeEach(async () => {
    world = await startWorld({ slack: false, teams: {} });
    world.teams.addTeam({ id: TEAM, name: 'Platform' });
    world.teams.addChannel({ id: OPS, name: 'Ops', team: TEAM });
    await world.load(WITH_OPS);
    request = await world.ask(DEPLOY, 'run1');
    expect(opsMessage()).toBeDefined();
  });

  test.each([
    ['a message', {}, 'Action.Submit'],
    ['a dialog that is opened', task, 'Action.Submit'],
    ['an Action.Execute', {}, 'Action.Execute'],
  ] as const)('R13: a filled-in form that comes back as %s decides nothing', async (_, more, type) => {
    const card = await cardId(request, 'ops');
    const data = { ...more, do: 'submit', form: 'approve', card, version: 1, comment: '' };
    await forged('alice', data, { conversation: OPS, activityId: opsMessage().id, type });
    await undecided();
  });

  test('R13: nor does a press of Approve with the id of one’s own card', async () => {
    const card = await cardId(request, 'alice');
    const data = { do: 'press', verb: 'approve', card, version: 1 };
    const { toast, card: shown } = await forged('alice', data, {
      conversation: OPS,
      activityId: opsMessage().id,
    });
    expect(toast ?? cardWords(shown)).toMatch(/needs a form/);
    await undecided();
  });

  test.each([
    ['a press', {}, 'Action.Execute'],
    ['a message', {}, 'Action.Submit'],
    ['a dialog that is opened', task, 'Action.Submit'],
  ] as const)(
    'a command that changes something does not come from a button there: %s',
    async (_, more, type) => {
      await forged(
        'ada',
        { ...more, do: 'command', command: 'delete 1 now' },
        { conversation: OPS, activityId: opsMessage().id, type },
      );
      await forged(
        'ada',
        { ...more, do: 'command', command: 'admins add bob@acme.io' },
        { conversation: OPS, activityId: opsMessage().id, type },
      );
      await world.settle();
      const { db } = world.app.context;
      expect(
        await db.selectFrom('approval_workflows').select('id').where('id', '=', 1).execute(),
      ).toHaveLength(1);
      expect((await personByEmail(db, world.app.organizationId, email('bob')))!.role).toBe('member');
    },
  );

  test('the buttons of a page that was asked for there work', async () => {
    const seen = () =>
      world.teams.messagesOf(OPS, { as: ENTRA.ada }).filter((one) => one.visibleTo !== undefined);
    await world.teams.type(ENTRA.ada, 'delete 1', { conversation: OPS });
    const asked = await until(world.teams, () => seen().at(-1));
    // What was sealed for her is worth nothing from somebody else.
    const sealed = JSON.stringify(asked.card).match(/"seal":"([^"]+)"/)![1]!;
    const { body } = await forged(
      'bob',
      { do: 'command', command: 'delete 1 now', seal: sealed },
      { conversation: OPS, activityId: asked.id },
    );
    expect(JSON.stringify(body)).toMatch(/Type the command instead/);
    const done = await world.teams.press(ENTRA.ada, {
      conversation: OPS,
      activityId: asked.id,
      title: 'Delete',
    });
    expect(cardWords(done.card)).toMatch(/is deleted/);
  });

  test('a dialog that somebody linked to is answered by the true form, which decides when it is sent', async () => {
    const card = await cardId(request, 'ops');
    const at = { conversation: OPS, activityId: opsMessage().id };
    const send = async (data: JsonObject) => {
      const activity = world.teams.pressActivity(ENTRA.alice, {
        ...at,
        forge: { type: 'Action.Submit', data },
      });
      const sent = await world.teams.sendRaw({
        activity: { ...activity, type: 'invoke', name: 'task/submit', value: { data } },
      });
      return sent.responseBody;
    };
    const data = { do: 'submit', form: 'approve', card, version: 1, comment: 'lunch' };
    const answer = await send(data);
    await undecided();
    expect(answer).toMatch(/"type":"continue"/);
    expect(answer).toMatch(/Deploy to production/);
    expect(answer).toMatch(/lunch/);
    const seal = answer.match(/"seal":"([^"]+)"/)![1]!;
    await send({ ...data, form: 'reject', seal });
    await undecided();
    await send({ ...data, seal });
    await world.pass(2_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  });

  test('the form of a workflow that somebody else filled in is shown, and not saved', async () => {
    const data = { do: 'save_workflow', workflow: 1, seenAt: null, kept: [], approvers: ENTRA.carol };
    const at = { conversation: OPS, activityId: opsMessage().id };
    const activity = world.teams.pressActivity(ENTRA.ada, { ...at, forge: { type: 'Action.Submit', data } });
    for (const name of ['task/submit', 'task/fetch', 'composeExtension/submitAction']) {
      const value = { commandId: 'newWorkflow', data };
      const { responseBody } = await world.teams.sendRaw({
        activity: { ...activity, type: 'invoke', name, value },
      });
      expect(responseBody).toMatch(/"type":"continue"/);
    }
    const lines = await auditLines(world, 'approval_workflow');
    expect(lines.filter(({ via }) => via === 'teams')).toEqual([]);
  });

  test('R13: who is no approver gets no buttons by refresh, and an approver’s are for them alone', async () => {
    const { id } = opsMessage();
    const look = async (name: StaffName) => {
      await forged(
        name,
        { do: 'refresh', card: await cardId(request, 'ops'), version: 1 },
        { conversation: OPS, activityId: id },
      );
      return buttonsOf(world.teams.cardFor(ENTRA[name], OPS, id));
    };
    expect(await look('alice')).toContain('Approve');
    expect(await look('carol')).toEqual(['View pipeline']);
    expect(await look('ada')).toEqual(['View pipeline']);
  });

  test('somebody’s own card is shown to nobody else, wherever it is asked for', async () => {
    const card = await cardId(request, 'alice');
    for (const name of ['bob', 'carol', 'ada'] as const)
      for (const data of [
        { do: 'refresh', card, version: 1 },
        { do: 'press', verb: 'approve', card, version: 1 },
      ] as const) {
        if (name === 'bob' && data.do === 'press') continue;
        const { body } = await forged(name, data);
        expect(JSON.stringify(body)).not.toMatch(/Deploy to production|payments/);
      }
    await undecided();
  });
});

describe('a card whose post was never answered', () => {
  let request: string;
  beforeEach(async () => {
    world = await startWorld({ slack: false, teams: {} });
    world.teams.addTeam({ id: TEAM, name: 'Platform' });
    world.teams.addChannel({ id: OPS, name: 'Ops', team: TEAM });
    await world.load(WITH_OPS);
    await world.ask(DEPLOY, 'run0');
    request = await world.ask(DEPLOY, 'run1');
  });
  /** As it is between the post and the answer that never came. */
  async function lose(card: string): Promise<void> {
    await world.app.context.db
      .updateTable('cards')
      .set({ channel: null, message: null, state: 'posting' })
      .where('id', '=', card)
      .execute();
  }

  test('is not taken to be where somebody else reads it', async () => {
    const card = await cardId(request, 'alice');
    await lose(card);
    const { id } = opsMessage();
    const before = cardWords(opsMessage().card);
    await forged('alice', { do: 'refresh', card, version: 1 }, { conversation: OPS, activityId: id });
    await forged(
      'alice',
      { do: 'press', verb: 'approve', card, version: 1 },
      { conversation: OPS, activityId: id },
    );
    await world.pass(60_000);
    expect(buttonsOf(world.teams.message(OPS, id)!.card)).not.toContain('Approve');
    expect(cardWords(world.teams.message(OPS, id)!.card)).toBe(before);
  });

  test('is not taken to be where another card is', async () => {
    const lost = await cardId(request, 'alice');
    await lose(lost);
    const [first] = teamsCards(world, 'alice');
    await forged('alice', { do: 'refresh', card: lost, version: 1 }, { activityId: first!.id });
    const { ref } = (await cardsOf(world.app.context.db, request)).find(({ id }) => id === lost)!;
    expect(ref).toBeNull();
  });

  test('is known again by a look at it', async () => {
    const lost = await cardId(request, 'alice');
    await lose(lost);
    const message = teamsCards(world, 'alice').at(-1)!;
    await forged('alice', { do: 'refresh', card: lost, version: 1 }, { activityId: message.id });
    const { ref } = (await cardsOf(world.app.context.db, request)).find(({ id }) => id === lost)!;
    expect(ref?.message).toBe(message.id);
  });
});
