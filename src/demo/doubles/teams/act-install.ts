import type { JsonObject } from '../common/json.ts';
import { envelope } from './activities.ts';
import type { ActResult, EventHow } from './acts.ts';
import { resultOf } from './answers.ts';
import { Refusal } from './refusal.ts';
import type { Scene } from './scene.ts';
import type { Person } from './setup.ts';
import type { Conversation } from './world.ts';

async function send(scene: Scene, activity: JsonObject): Promise<ActResult> {
  return resultOf(await scene.courier.send({ activity }), activity);
}

/** Where a team or group chat is spoken of: a team by its General channel. */
function placeOf(scene: Scene, teamOrChat: string): Conversation {
  return scene.world.conversation(scene.world.membership(teamOrChat).id);
}

function aboutTeam(
  scene: Scene,
  conversation: Conversation,
  eventType: string,
  base: JsonObject,
): JsonObject {
  const team = scene.world.teams.get(conversation.id);
  const data = base.channelData as JsonObject;
  if (!team) return { ...data };
  return {
    ...data,
    team: { id: team.id, name: team.name, aadGroupId: `group-of-${team.id}` },
    eventType,
    settings: { selectedChannel: { id: team.id } },
  };
}

/** What the bot hears when it comes or goes: two events, in no promised order. */
async function botChanges(
  scene: Scene,
  person: Person,
  conversation: Conversation,
  change: 'add' | 'remove',
  how: EventHow,
): Promise<ActResult[]> {
  if (how.silently) return [];
  const eventType = change === 'add' ? 'teamMemberAdded' : 'teamMemberRemoved';
  const members = [{ id: scene.world.botId }];
  const make = (type: 'installationUpdate' | 'conversationUpdate'): JsonObject => {
    const base = envelope(scene, person, conversation);
    const told =
      type === 'installationUpdate'
        ? { action: change }
        : { [`members${change === 'add' ? 'Added' : 'Removed'}`]: members };
    return { ...base, type, ...told, channelData: aboutTeam(scene, conversation, eventType, base) };
  };
  const events = [make('installationUpdate'), make('conversationUpdate')];
  if (how.first === 'conversationUpdate') events.reverse();
  const results: ActResult[] = [];
  for (const event of events) results.push(await send(scene, event));
  return results;
}

/** The app is installed for a person, or taken away. */
export async function setInstalled(
  scene: Scene,
  personId: string,
  installed: boolean,
  how: EventHow = {},
): Promise<ActResult[]> {
  const { world } = scene;
  const person = world.person(personId);
  if (person.installed === installed)
    throw new Refusal(`${personId} has the app ${installed ? 'already' : 'no longer'}`);
  person.installed = installed;
  world.changed({ kind: 'people' });
  const chat = world.conversation(world.chatOf(personId));
  return botChanges(scene, person, chat, installed ? 'add' : 'remove', how);
}

/** The app comes into a team or group chat, or leaves it. */
export async function setBotThere(
  scene: Scene,
  teamOrChat: string,
  by: string,
  there: boolean,
  how: EventHow = {},
): Promise<ActResult[]> {
  const membership = scene.world.membership(teamOrChat);
  if (membership.hasBot === there)
    throw new Refusal(`the app is ${there ? 'already' : 'not'} in ${teamOrChat}`);
  membership.hasBot = there;
  return botChanges(scene, scene.world.person(by), placeOf(scene, teamOrChat), there ? 'add' : 'remove', how);
}

/** A person comes into a team or group chat, or leaves it; the bot hears of it where it is. */
export async function setMember(
  scene: Scene,
  teamOrChat: string,
  personId: string,
  there: boolean,
): Promise<ActResult> {
  const { world } = scene;
  const person = world.person(personId);
  const membership = world.membership(teamOrChat);
  membership.members ??= new Set(world.people.keys());
  if (there) membership.members.add(personId);
  else membership.members.delete(personId);
  if (!membership.hasBot) return { sent: false };
  const conversation = placeOf(scene, teamOrChat);
  const base = envelope(scene, person, conversation);
  const member = [{ id: person.mri, aadObjectId: personId }];
  return send(scene, {
    ...base,
    type: 'conversationUpdate',
    [there ? 'membersAdded' : 'membersRemoved']: member,
    channelData: aboutTeam(scene, conversation, there ? 'teamMemberAdded' : 'teamMemberRemoved', base),
  });
}
