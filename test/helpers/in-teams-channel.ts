import type { LookResult, PressResult } from '../../src/demo/doubles/teams/acts.ts';
import type { StoredMessage } from '../../src/demo/doubles/teams/shown.ts';
import { buttonsOf, cardWords, isRequestCard } from './in-teams.ts';
import { ENTRA, type StaffName, type World } from './world.ts';

export const TEAM = '19:platform@thread.tacv2';
export const ROOM = '19:releases@thread.tacv2';
export const GROUP_CHAT = '19:release-crew@thread.v2';

/** Deploys are shown in a channel, migrations in a group chat. */
export const SHARED_IN_TEAMS = `
organization: { name: Acme, domains: [acme.io] }
people:
  - { email: dana@acme.io, name: Dana, manager: maria@acme.io }
  - { email: alice@acme.io, name: Alice }
  - { email: bob@acme.io, name: Bob }
  - { email: carol@acme.io, name: Carol }
  - { email: maria@acme.io, name: Maria }
events:
  - { slug: deploy-to-production, name: Deploy to production }
  - { slug: database-migration, name: Database migration }
policies:
  - { slug: standard, name: Standard, default: true }
workflows:
  - { policy: standard, event: deploy-to-production, requirement: any, approvers: [alice@acme.io, bob@acme.io], channels: [{ teams: '${ROOM}' }] }
  - { policy: standard, event: database-migration, requirement: all, approvers: [alice@acme.io, bob@acme.io], channels: [{ teams: '${GROUP_CHAT}' }] }
`;

/** A team with a channel, and a group chat, with everybody and the bot in them. */
export function openRooms(world: World): void {
  const members = world.teams.people().map(({ aadObjectId }) => aadObjectId);
  world.teams.addTeam({ id: TEAM, name: 'Platform' });
  world.teams.addChannel({ id: ROOM, name: 'releases', team: TEAM });
  world.teams.addGroupChat({ id: GROUP_CHAT, name: 'Release crew', members });
}

/** The cards there, oldest first. */
export function roomCards(world: World, room = ROOM): StoredMessage[] {
  return world.teams.messagesOf(room).filter(isShared);
}

/** In a channel a card may ask for nothing any more; it is a card all the same, for it names its request. */
function isShared(message: StoredMessage): boolean {
  return isRequestCard(message) || (message.card !== undefined && cardWords(message.card).includes('apr_'));
}

/** The newest card there as somebody sees it; `asked`: after their client asked for it anew, if it does. */
export async function inRoom(
  world: World,
  name: StaffName,
  room = ROOM,
): Promise<{ words: string; buttons: string[]; looked: LookResult }> {
  const { id } = roomCards(world, room).at(-1)!;
  const looked = await world.teams.look(ENTRA[name], room, id);
  const card = world.teams.cardFor(ENTRA[name], room, id);
  return { words: cardWords(card), buttons: buttonsOf(card), looked };
}

/** Looks at the newest card there and presses a button of it. */
export async function pressInRoom(
  world: World,
  name: StaffName,
  title: string,
  room = ROOM,
): Promise<PressResult> {
  await inRoom(world, name, room);
  const { id } = roomCards(world, room).at(-1)!;
  return world.teams.press(ENTRA[name], { conversation: room, activityId: id, title });
}

/** The lines below the newest card there: in a channel its thread, in a group chat what follows. */
export function linesInRoom(world: World, room = ROOM): string[] {
  const card = roomCards(world, room).at(-1)!;
  const below = room.endsWith('@thread.v2')
    ? world.teams.messagesOf(room).filter((message) => !isShared(message))
    : world.teams.threadOf(room, card.id);
  return below.map(({ text }) => text.replaceAll('\u2060', ''));
}
