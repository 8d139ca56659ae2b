import { objectOf } from '../common/json.ts';
import { invoke } from './activities.ts';
import type { LookResult } from './acts.ts';
import { readCardAnswer, resultOf } from './answers.ts';
import { type Scene, seen } from './scene.ts';
import { splitThread } from './world.ts';

/** What the client does when a message comes into view: cards that name this person are asked for anew, once a version. */
export async function look(
  scene: Scene,
  personId: string,
  conversationId: string,
  activityId: string,
  how: { again?: boolean } = {},
): Promise<LookResult> {
  const { base } = splitThread(conversationId);
  const conversation = scene.world.conversation(base);
  const message = seen(scene, personId, base, activityId);
  const card = () => {
    const seenNow = scene.messages.cardFor(message, personId);
    return seenNow ? { card: seenNow } : {};
  };
  const action = objectOf(objectOf(message.card?.refresh).action);
  const isFirst = scene.messages.looksFirst(message, personId);
  const asks = scene.messages.isRefreshedFor(message, personId) && scene.world.hasBot(conversation);
  if (!asks || !(isFirst || how.again)) return { sent: false, ...card() };
  const person = scene.world.person(personId);
  const { id, title, verb, data = {} } = action;
  const asked = {
    type: action.type,
    ...(id !== undefined && { id }),
    ...(title !== undefined && { title }),
    verb,
    data,
  };
  const value = { action: asked, trigger: 'automatic' };
  const activity = invoke(scene, person, conversation, {
    name: 'adaptiveCard/action',
    value,
    about: message,
  });
  const version = message.card;
  const result = resultOf(await scene.courier.send({ activity }), activity);
  const outcome = readCardAnswer(result);
  if (outcome.kind === 'wrong') {
    scene.messages.forgetLook(message, personId);
    return { ...result, warning: `The card could not be refreshed. (${outcome.why})`, ...card() };
  }
  // An answer about a version that was replaced meanwhile is dropped; the new one asks for itself.
  if (outcome.kind === 'card' && message.card === version)
    scene.messages.replaceCard(message, personId, outcome.card);
  return { ...result, ...card() };
}
