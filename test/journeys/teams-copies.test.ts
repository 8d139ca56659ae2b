import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoredMessage } from '../../src/demo/doubles/teams/shown.ts';
import type { ChatPlatform, PlatformName } from '../../src/usecases/ports.ts';
import { cardWords, teamsCards } from '../helpers/in-teams.ts';
import { openRooms, ROOM, roomCards, SHARED_IN_TEAMS } from '../helpers/in-teams-channel.ts';
import { ENTRA, type StaffName, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';

let world: World;
beforeEach(async () => {
  world = await startWorld({ slack: false, teams: {} });
  openRooms(world);
  await world.load(SHARED_IN_TEAMS);
});
afterEach(() => world.close());

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 2_000) await world.pass(2_000);
}

/** A post there is done, yet its answer is lost: a second copy follows, and nobody knows of the first. */
async function twice(lost: { conversation: string } | { person: string }): Promise<void> {
  world.teams.addFault({ method: 'activities.post', ...lost, connection: 'reset', when: 'after' });
  await world.ask(EVENT, 'run1');
  await wait(20_000);
}

const press = (name: StaffName, { conversation, id }: StoredMessage, title: string) =>
  world.teams.press(ENTRA[name], { conversation, activityId: id, title });
const look = (name: StaffName, { conversation, id }: StoredMessage) =>
  world.teams.look(ENTRA[name], conversation, id, { again: true });

test('of two copies in a channel the one nobody knew of goes once an approver looks at it', async () => {
  await twice({ conversation: ROOM });
  const [lost, known] = roomCards(world);
  expect(roomCards(world)).toHaveLength(2);
  await look('alice', lost!);
  await wait(90_000);
  expect(roomCards(world).map(({ id }) => id)).toEqual([known!.id]);
  await press('bob', teamsCards(world, 'bob').at(-1)!, 'Approve');
  await wait(10_000);
  // Whoever is asked nothing sees the card as everybody does, and their client asks for no other.
  expect(cardWords(world.teams.cardFor(ENTRA.carol, ROOM, known!.id))).toContain('confirmed by Harness');
});

test('a copy that is looked at after the decision goes, too', async () => {
  await twice({ conversation: ROOM });
  await press('bob', teamsCards(world, 'bob').at(-1)!, 'Approve');
  await wait(10_000);
  const [lost, known] = roomCards(world);
  expect(cardWords((await look('alice', lost!)).card)).toContain('Approved');
  await wait(90_000);
  expect(roomCards(world).map(({ id }) => id)).toEqual([known!.id]);
});

test('of two copies in somebody’s own chat the older goes once it was pressed, and the other is true', async () => {
  await twice({ person: ENTRA.alice });
  const [lost, known] = teamsCards(world, 'alice');
  expect(cardWords((await press('alice', lost!, 'Approve')).card)).toContain('Approved');
  await wait(90_000);
  expect(teamsCards(world, 'alice').map(({ id }) => id)).toEqual([known!.id]);
  expect(cardWords(world.teams.cardFor(ENTRA.alice, known!.conversation, known!.id))).toContain(
    'confirmed by Harness',
  );
  expect(world.harness.effects).toHaveLength(1);
});

test('where the other copy is there no more, the one that is looked at stays and is kept up to date', async () => {
  await twice({ person: ENTRA.alice });
  const [lost, known] = teamsCards(world, 'alice');
  world.teams.message(known!.conversation, known!.id)!.deleted = true;
  await look('alice', lost!);
  await wait(90_000);
  expect(teamsCards(world, 'alice').map(({ id }) => id)).toEqual([lost!.id]);
  await press('bob', teamsCards(world, 'bob').at(-1)!, 'Approve');
  await wait(10_000);
  expect(cardWords(world.teams.cardFor(ENTRA.alice, lost!.conversation, lost!.id))).toContain(
    'confirmed by Harness',
  );
});

test('pressed in the moment in which its post is repeated, the first copy stays the only one', async () => {
  world.teams.addFault({
    ...{ method: 'activities.post', person: ENTRA.alice, connection: 'reset', when: 'after' },
  });
  await world.ask(EVENT, 'run1');
  const platforms = world.app.context.platforms as Map<PlatformName, ChatPlatform>;
  const teams = platforms.get('teams')!;
  let pressed: Promise<unknown> | null = null;
  platforms.set('teams', {
    ...teams,
    async findCard(...asked) {
      pressed ??= press('alice', teamsCards(world, 'alice')[0]!, 'Approve');
      await pressed;
      return teams.findCard(...asked);
    },
  });
  await wait(30_000);
  expect(pressed).not.toBeNull();
  const [first, ...others] = teamsCards(world, 'alice');
  expect(others).toEqual([]);
  expect(cardWords(world.teams.cardFor(ENTRA.alice, first!.conversation, first!.id))).toContain(
    'confirmed by Harness',
  );
  const cards = await world.app.context.db.selectFrom('cards').select('state').execute();
  expect(cards.map(({ state }) => state)).not.toContain('posting');
});

test('a copy goes though Teams is in trouble meanwhile, and nothing else does', async () => {
  await twice({ person: ENTRA.alice });
  const [lost, known] = teamsCards(world, 'alice');
  world.teams.addFault({ method: 'activities.delete', status: 503, times: 3 });
  world.teams.addFault({ method: 'activities.update', status: 502, times: 2 });
  await look('alice', lost!);
  await look('alice', known!);
  await wait(180_000);
  expect(teamsCards(world, 'alice').map(({ id }) => id)).toEqual([known!.id]);
  const removals = world.teams.calls.filter(({ method }) => method === 'activities.delete');
  expect(removals.filter(({ performed }) => performed)).toHaveLength(1);
});

test('a press that says it came from another card’s message removes nothing', async () => {
  await world.ask(EVENT, 'run1');
  await world.ask(EVENT, 'run2');
  const [first, second] = teamsCards(world, 'alice');
  const activity = world.teams.pressActivity(ENTRA.alice, {
    ...{ conversation: first!.conversation, activityId: first!.id, title: 'Reject' },
  });
  await world.teams.sendRaw({ activity: { ...activity, replyToId: second!.id } });
  await wait(90_000);
  expect(teamsCards(world, 'alice')).toHaveLength(2);
  expect(world.teams.calls.filter(({ method }) => method === 'activities.delete')).toEqual([]);
});

test('a form that an old client got as a message is no copy of the card: what is pressed in it leaves it there', async () => {
  await world.ask(EVENT, 'run1');
  const { conversation, id } = teamsCards(world, 'alice').at(-1)!;
  const seen = () => world.teams.messagesOf(ENTRA.alice).length;
  const before = seen();
  const card = JSON.stringify(world.teams.cardFor(ENTRA.alice, conversation, id));
  const cardId = /crd_[\w-]+/.exec(card)![0];
  const data = { do: 'press', verb: 'review', card: cardId, version: 1 };
  const base = world.teams.typeActivity(ENTRA.alice, '', { conversation });
  await world.teams.sendRaw({ activity: { ...base, replyToId: id, value: data } });
  await expect.poll(seen).toBe(before + 1);
  const form = world.teams.messagesOf(ENTRA.alice).at(-1)!;
  const [button] = JSON.stringify(form.card).match(/\{"do":"press"[^{}]*\}/g) ?? [];
  await world.teams.sendRaw({ activity: { ...base, replyToId: form.id, value: JSON.parse(button!) } });
  await wait(90_000);
  expect(world.teams.message(conversation, form.id)?.deleted).toBe(false);
  expect(world.teams.calls.filter(({ method }) => method === 'activities.delete')).toEqual([]);
});
