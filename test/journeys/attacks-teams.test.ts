import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { personByEmail } from '../../src/store/people.ts';
import { updatePerson } from '../../src/usecases/people/manage-people.ts';
import { buttonsOf, cardWords, teamsCards, teamsPress, teamsWords } from '../helpers/in-teams.ts';
import { accepted, adminOf, auditLines } from '../helpers/management.ts';
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

describe('with Slack and Teams', () => {
  const EVE = 'e0000000-0000-4000-8000-0000000000ee';
  beforeEach(async () => {
    world = await startWorld({ teams: {} });
    await world.load(ACME);
  });

  const identity = (externalId: string) =>
    world.app.context.db
      .selectFrom('identities')
      .select(['person_id', 'standing'])
      .where('external_id', '=', externalId)
      .executeTakeFirst();
  const askedInTeams = (id: string) => world.teams.messagesOf(id).filter(({ card }) => card !== undefined);

  /** Does something and waits until the bot has answered this person. */
  async function answered(id: string, act: () => Promise<unknown>): Promise<void> {
    const seen = () => world.teams.messagesOf(id).filter(({ author }) => author === world.teams.botId);
    const before = seen().length;
    await act();
    await until(world.teams, () => seen()[before]);
  }

  test('a card of Slack is none of Teams’, nor is one of Teams of Slack', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const card = await cardId(request, 'alice', 'slack');
    for (const data of [
      { do: 'press', verb: 'approve', card, version: 1 },
      { do: 'refresh', card, version: 1 },
    ]) {
      const { body } = await forged('alice', data);
      expect(JSON.stringify(body ?? null)).not.toMatch(/payments/);
    }
    await undecided();
  });

  test('R9: a press that carries another version is refused, however the card looks now', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const card = await cardId(request, 'alice');
    for (const version of [0, 2, 999_999]) {
      const shown = await forged(
        'alice',
        { do: 'press', verb: 'approve', card, version },
        { activityId: teamsCards(world, 'alice')[0]!.id },
      );
      expect(cardWords(shown.card)).toMatch(/changed since/i);
    }
    await undecided();
  });

  test('a press and a form that are sent again, byte for byte, count once', async () => {
    await world.ask('database-migration', 'run1');
    const pressed = await teamsPress(world, 'alice', 'Approve');
    await world.teams.sendRaw({ replayOf: pressed.delivery! });
    await teamsPress(world, 'bob', 'Ask a question');
    const asked = await world.teams.submitDialog(ENTRA.bob, { question: 'Why now?' });
    await world.teams.sendRaw({ replayOf: asked.delivery! });
    await world.pass(2_000);
    const votes = await world.app.context.db.selectFrom('votes').selectAll().execute();
    expect(votes).toHaveLength(1);
    expect(teamsWords(world, 'sam')).toMatch(/1 of 3 approved/);
  });

  test('R13: who asked and may not decide, who only reads, and who is a stranger decide nothing by another’s card', async () => {
    world.teams.addPerson({ aadObjectId: EVE, name: 'Eve', email: 'eve@evil.io' });
    const request = await world.ask(DEPLOY, 'run1');
    const activity = world.teams.pressActivity(ENTRA.alice, {
      conversation: world.teams.chatOf(ENTRA.alice),
      activityId: teamsCards(world, 'alice')[0]!.id,
      title: 'Approve',
    });
    for (const id of [ENTRA.carol, ENTRA.sam, ENTRA.ada, EVE]) {
      const { mri, name } = world.teams.person(id);
      const from = { id: mri, name, aadObjectId: id };
      const conversation = { ...(activity.conversation as JsonObject), id: world.teams.chatOf(id) };
      const { responseBody } = await world.teams.sendRaw({ activity: { ...activity, from, conversation } });
      expect([name, responseBody]).not.toEqual([name, expect.stringMatching(/payments/)]);
    }
    await undecided();
    expect(request).toBeDefined();
  });

  test('R13 R14: who is disabled in Entra is asked for nothing more, in Slack neither', async () => {
    await world.ask(DEPLOY, 'run1');
    world.teams.updatePerson(ENTRA.alice, { enabled: false });
    await world.pass(15 * 60_000);
    await world.ask(DEPLOY, 'run2');
    expect((await identity(ENTRA.alice))?.standing).toBe('deactivated');
    for (const card of world.cards('alice'))
      await world.slack
        .click('U0ALICE', { channel: card.channel, ts: card.ts, actionId: 'approve' })
        .catch(() => {});
    await undecided();
    expect(world.cards('alice')).toHaveLength(1);
  });

  test('R17: of two accounts with one address neither is joined', async () => {
    const id = EVE;
    world.teams.addPerson({
      aadObjectId: id,
      name: 'Eve',
      email: 'ALICE@ACME.IO',
      userPrincipalName: 'alice2@acme.io',
    });
    await world.ask(DEPLOY, 'run1');
    expect(await identity(EVE)).toBeUndefined();
    expect(await identity(ENTRA.alice)).toBeUndefined();
    expect(world.cards('alice')).toHaveLength(1);
  });

  test('R13 R17: a guest with somebody’s sign-in name, and somebody of another tenant, get nowhere', async () => {
    const guest = 'e0000000-0000-4000-8000-0000000000e1';
    const foreigner = 'e0000000-0000-4000-8000-0000000000e2';
    const name = 'alice_acme.io#EXT#@acme.onmicrosoft.com';
    world.teams.addPerson({
      aadObjectId: guest,
      name: 'Guest',
      email: 'eve@evil.io',
      userPrincipalName: name,
      isGuest: true,
    });
    world.teams.addPerson({
      aadObjectId: foreigner,
      name: 'Foreigner',
      email: 'alice@acme.io',
      tenantId: 'b2a1c3d4-0000-4000-8000-00000000ffff',
    });
    await answered(guest, () => world.teams.type(guest, 'pending'));
    expect(cardWords(askedInTeams(guest).at(-1)!.card)).toMatch(/Guests can do nothing here/);
    const { status } = await world.teams.type(foreigner, 'pending');
    expect(status).toBe(403);
    const request = await world.ask(DEPLOY, 'run1');
    const card = await cardId(request, 'alice');
    for (const id of [guest, foreigner]) {
      const { body } = await world.teams.press(id, {
        conversation: world.teams.chatOf(id),
        activityId: 'nowhere',
        forge: { data: { do: 'press', verb: 'approve', card, version: 1 } },
      });
      expect(JSON.stringify(body ?? null)).not.toMatch(/payments/);
      expect(await identity(id)).toBeUndefined();
    }
    await undecided();
  });

  test('R17: a mail that becomes somebody’s later moves nothing', async () => {
    await world.ask(DEPLOY, 'run1');
    world.teams.updatePerson(ENTRA.alice, { email: 'left@acme.io', userPrincipalName: 'left@acme.io' });
    world.teams.addPerson({ aadObjectId: EVE, name: 'Eve', email: 'alice@acme.io', installed: false });
    await answered(EVE, () => world.teams.install(EVE));
    await answered(EVE, () => world.teams.type(EVE, 'pending'));
    expect((await identity(ENTRA.alice))?.person_id).toBe(await idOf('alice'));
    expect((await identity(EVE))?.person_id).not.toBe(await idOf('alice'));
    await world.pass(15 * 60_000);
    await world.ask(DEPLOY, 'run2');
    expect(JSON.stringify(askedInTeams(EVE))).not.toMatch(/payments/);
  });

  test('R30: whoever installs the app has no more rights than before', async () => {
    world.teams.addPerson({ aadObjectId: EVE, name: 'Eve', email: 'eve@acme.io', installed: false });
    await answered(EVE, () => world.teams.install(EVE));
    expect(await identity(EVE)).toBeUndefined();
    await answered(EVE, () => world.teams.type(EVE, 'admins add eve@acme.io'));
    expect(JSON.stringify(askedInTeams(EVE).at(-1)!.card)).toMatch(/Only an admin/);
  });

  test('R16: only the account that is asked confirms whose it is', async () => {
    const { context } = world.app;
    world.teams.addPerson({ aadObjectId: EVE, name: 'New', email: 'new@acme.io' });
    await world.ask(DEPLOY, 'run1');
    accepted(await updatePerson(context, adminOf(world), await idOf('alice'), { teamsUserId: EVE }));
    const { id } = await context.db.selectFrom('identity_changes').select('id').executeTakeFirstOrThrow();
    for (const name of ['alice', 'bob', 'ada'] as const)
      await answered(ENTRA[name], () => world.teams.type(ENTRA[name], `confirm-account ${id}`));
    expect(await identity(EVE)).toBeUndefined();
    await world.settle();
    const asked = askedInTeams(EVE).at(-1)!;
    await world.teams.press(EVE, {
      conversation: asked.conversation,
      activityId: asked.id,
      title: 'Yes, this is me',
    });
    expect((await identity(EVE))?.person_id).toBe(await idOf('alice'));
    // No part in what was open.
    await teamsPress(world, 'alice', 'Approve').catch(() => {});
    await world.press('alice', 'approve').catch(() => {});
    await undecided();
  });
});
