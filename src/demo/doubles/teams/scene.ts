import type { Courier } from './courier.ts';
import type { Messages } from './messages.ts';
import { Refusal } from './refusal.ts';
import type { Person } from './setup.ts';
import type { StoredMessage } from './shown.ts';
import { type Conversation, splitThread, type World } from './world.ts';

/** What people's acts work on. */
export interface Scene {
  world: World;
  messages: Messages;
  courier: Courier;
  serviceUrl: () => string;
}

/** A person who can use the bot there: (unless forged) still in the tenant and in the conversation, and so is the bot. */
export function actor(scene: Scene, personId: string, conversation: Conversation, forge = false): Person {
  const { world } = scene;
  const person = world.person(personId);
  if (forge) return person;
  if (person.enabled === false) throw new Refusal(`${personId} is disabled: they can do nothing in Teams`);
  if (!world.isMember(conversation, personId)) throw new Refusal(`${personId} is not in ${conversation.id}`);
  if (!world.hasBot(conversation)) throw new Refusal(`the app is not installed in ${conversation.id}`);
  if (person.blocked && conversation.kind === 'personal') throw new Refusal(`${personId} blocked the bot`);
  return person;
}

/** A message this person sees. */
export function seen(scene: Scene, person: string, conversation: string, activityId: string): StoredMessage {
  const { base } = splitThread(conversation);
  const message = scene.messages.find(base, activityId);
  if (!message || !scene.messages.sees(message, person))
    throw new Refusal(`${person} sees no message ${base} ${activityId}`);
  return message;
}
