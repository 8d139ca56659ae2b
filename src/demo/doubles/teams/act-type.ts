import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../common/json.ts';
import { envelope } from './activities.ts';
import type { TypeHow, TypeResult } from './acts.ts';
import { resultOf } from './answers.ts';
import { Refusal } from './refusal.ts';
import { actor, type Scene, seen } from './scene.ts';
import { type Conversation, splitThread } from './world.ts';

/** Teams sends what people type as HTML text. */
const encoded = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

interface Place {
  conversation: Conversation;
  threadOf: string | undefined;
}

function placeOf(scene: Scene, person: string, how: TypeHow): Place {
  const { base, root } = splitThread(how.conversation ?? scene.world.chatOf(person));
  const conversation = scene.world.conversation(base);
  const threadOf = how.threadOf ?? root;
  if (threadOf === undefined) return { conversation, threadOf };
  if (conversation.kind !== 'channel') throw new Refusal('threads are in channels');
  const message = seen(scene, person, base, threadOf);
  return { conversation, threadOf: message.threadOf ?? message.id };
}

function build(
  scene: Scene,
  personId: string,
  text: string,
  how: TypeHow,
  place: Place,
  id: string,
): JsonObject {
  const { world } = scene;
  const { conversation, threadOf } = place;
  const person = world.person(personId);
  const isPersonal = conversation.kind === 'personal';
  if (how.targeted && isPersonal) throw new Refusal('there are no slash commands in personal chats');
  const base = envelope(
    scene,
    person,
    conversation,
    conversation.kind === 'channel' ? (threadOf ?? id) : undefined,
  );
  const name = `<at>${encoded(world.appName)}</at>`;
  const mentions = !isPersonal && !how.targeted;
  const gap = conversation.kind === 'channel' ? '&nbsp;' : ' ';
  const words = mentions ? `${name}${gap}${encoded(text)}` : encoded(text);
  const mention = { type: 'mention', mentioned: { id: world.botId, name: world.appName }, text: name };
  return {
    ...base,
    id,
    type: 'message',
    text: words,
    textFormat: 'plain',
    attachments: [{ contentType: 'text/html', content: `<p>${words}</p>` }],
    entities: [...(mentions ? [mention] : []), ...(base.entities as JsonObject[])],
    ...(threadOf !== undefined && { replyToId: threadOf }),
    ...(how.targeted && { recipient: { ...(base.recipient as JsonObject), isTargeted: true } }),
  };
}

/** The activity typing would send. */
export function typeActivity(scene: Scene, person: string, text: string, how: TypeHow = {}): JsonObject {
  return build(scene, person, text, how, placeOf(scene, person, how), `f:${randomUUID()}`);
}

/** A person writes something; in shared places the bot hears it only by its name, or as a slash command. */
export async function type(
  scene: Scene,
  person: string,
  text: string,
  how: TypeHow = {},
): Promise<TypeResult> {
  const place = placeOf(scene, person, how);
  const { conversation, threadOf } = place;
  actor(scene, person, conversation);
  if (how.targeted && conversation.kind === 'personal')
    throw new Refusal('there are no slash commands in personal chats');
  const mentionsBot = conversation.kind !== 'personal' && !how.targeted && how.mention !== false;
  const message = scene.messages.add({
    conversation,
    author: person,
    text,
    textFormat: 'plain',
    ...(mentionsBot && { mentionsBot }),
    ...(threadOf !== undefined && { threadOf }),
    ...(how.targeted && { visibleTo: person }),
  });
  if (how.mention === false && conversation.kind !== 'personal' && !how.targeted)
    return { sent: false, message };
  const activity = build(scene, person, text, how, place, message.id);
  const delivery = await scene.courier.send({ activity });
  return { ...resultOf(delivery, activity), message };
}
