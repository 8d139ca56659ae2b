import { isObject, type JsonObject, objectOf, stringOf } from '../common/json.ts';
import { openDialog } from './act-dialog.ts';
import { envelope, invoke } from './activities.ts';
import type { ActResult, PressResult, PressTarget } from './acts.ts';
import { readCardAnswer, resultOf, wentWrong } from './answers.ts';
import { asOldClient, type Button, buttonsOf, pick } from './buttons.ts';
import { problemsOf, refuseImpossible, valuesOf } from './input-values.ts';
import { Refusal } from './refusal.ts';
import { actor, type Scene, seen } from './scene.ts';
import type { Person } from './setup.ts';
import type { StoredMessage } from './shown.ts';
import { type Conversation, splitThread } from './world.ts';

interface Pressed extends Button {
  message: StoredMessage | undefined;
  conversation: Conversation;
  person: Person;
}

function shownCards(scene: Scene, message: StoredMessage, person: string, stale: boolean): JsonObject[] {
  const card = scene.messages.cardFor(message, person);
  return [...(card ? [card] : []), ...(stale ? scene.messages.shownBefore(message, person) : [])];
}

function find(scene: Scene, personId: string, target: PressTarget): Pressed {
  const { forge } = target;
  const { base } = splitThread(target.conversation);
  const conversation = scene.world.conversation(base);
  const person = actor(scene, personId, conversation, forge !== undefined);
  if (forge) {
    const { type = 'Action.Execute', title = 'Forged', verb = 'forged', data = {} } = forge;
    const action = { type, title, ...(type === 'Action.Execute' && { verb }), data };
    return {
      action,
      inputs: [],
      offered: [],
      message: scene.messages.find(base, target.activityId),
      conversation,
      person,
    };
  }
  // A slow client may still show what was deleted.
  const message = target.stale
    ? scene.messages.find(base, target.activityId)
    : seen(scene, personId, base, target.activityId);
  if (!message) throw new Refusal(`there never was a message ${base} ${target.activityId}`);
  const cards = shownCards(scene, message, personId, target.stale === true);
  const rows = cards.map((card) => clientsButtons(card, target.oldClient === true));
  for (const buttons of rows.slice(0, -1)) {
    const found = attempt(() => pick(buttons, target));
    if (found) return { ...found, message, conversation, person };
  }
  return { ...pick(rows.at(-1) ?? [], target), message, conversation, person };
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function clientsButtons(card: JsonObject, oldClient: boolean): Button[] {
  const buttons = buttonsOf(card);
  if (!oldClient) return buttons;
  return buttons.flatMap((button) => {
    const action = asOldClient(button.action);
    return action ? [{ ...button, action }] : [];
  });
}

/** The action's data with what was entered. */
function withInputs(data: unknown, values: Record<string, string>): unknown {
  if (data === undefined || isObject(data)) return { ...data, ...values };
  return Object.keys(values).length > 0 ? values : data;
}

function build(scene: Scene, pressed: Pressed, target: PressTarget): JsonObject {
  const { action, inputs, message, conversation, person } = pressed;
  const entered = target.inputs ?? {};
  const values =
    target.forge || target.skipClientChecks
      ? { ...valuesOf(inputs, entered), ...entered }
      : valuesOf(inputs, entered);
  const data = withInputs(action.data, values);
  // A forged press may name a message that is nowhere.
  const about = message ?? { ...NOWHERE, id: target.activityId, conversation: conversation.id };
  if (action.type === 'Action.Execute') {
    const { type, id, title, verb } = action;
    const value = { action: { type, ...(id !== undefined && { id }), title, verb, data }, trigger: 'manual' };
    return invoke(scene, person, conversation, { name: 'adaptiveCard/action', value, about });
  }
  if (action.type !== 'Action.Submit') throw new Refusal(`${String(action.type)} sends nothing`);
  const teams = objectOf(objectOf(action.data).msteams);
  if (teams.type === 'task/fetch') {
    const value = { data, context: { theme: 'default' } };
    return invoke(scene, person, conversation, { name: 'task/fetch', value, about });
  }
  const thread = conversation.kind === 'channel' ? (about.threadOf ?? about.id) : undefined;
  return {
    ...envelope(scene, person, conversation, thread),
    type: 'message',
    ...textOf(teams),
    value: teams.type === 'messageBack' && teams.value !== undefined ? teams.value : data,
    replyToId: about.id,
  };
}

const NOWHERE: Omit<StoredMessage, 'id' | 'conversation'> = {
  author: '',
  text: '',
  textFormat: 'plain',
  deleted: true,
  postedAt: 0,
  edits: [],
};

/** The words some buttons say in the person's name. */
function textOf(teams: JsonObject): JsonObject {
  if (teams.type === 'messageBack') return { text: stringOf(teams.text) ?? '', textFormat: 'plain' };
  if (teams.type === 'imBack') return { text: stringOf(teams.value) ?? '', textFormat: 'plain' };
  return {};
}

/** The activity a press would send, without sending it. */
export function pressActivity(scene: Scene, person: string, target: PressTarget): JsonObject {
  return build(scene, find(scene, person, target), target);
}

/** A person presses a button of a message as they see it. */
export async function press(scene: Scene, personId: string, target: PressTarget): Promise<PressResult> {
  const pressed = find(scene, personId, target);
  const { action, inputs, offered, message, conversation } = pressed;
  const card = () => {
    const seenNow = message && scene.messages.cardFor(message, personId);
    return seenNow ? { card: seenNow } : {};
  };
  if (action.type === 'Action.OpenUrl') return { sent: false, openedUrl: String(action.url), ...card() };
  if (!target.forge && !target.skipClientChecks) {
    refuseImpossible(offered, target.inputs ?? {}, scene.world.people);
    const inputErrors = problemsOf(inputs, target.inputs ?? {});
    if (Object.keys(inputErrors).length > 0) return { sent: false, inputErrors, ...card() };
  }
  const activity = build(scene, pressed, target);
  const version = message?.card;
  const result = resultOf(await scene.courier.send({ activity }), activity);
  if (activity.name === 'task/fetch') {
    const about = { kind: 'task', conversation: conversation.id, activityId: target.activityId } as const;
    return { ...openDialog(scene, personId, about, result), ...card() };
  }
  if (activity.type === 'message') return { ...result, ...card() };
  // As with a look: the answer about a version that was replaced meanwhile changes nothing.
  const current = message?.card === version ? message : undefined;
  return { ...applyCardAnswer(scene, personId, conversation, current, result), ...card() };
}

function applyCardAnswer(
  scene: Scene,
  person: string,
  conversation: Conversation,
  message: StoredMessage | undefined,
  result: ActResult,
): PressResult {
  const outcome = readCardAnswer(result);
  if (outcome.kind === 'card') {
    // Who was shown nothing has nothing replaced.
    if (message && scene.messages.sees(message, person))
      scene.messages.replaceCard(message, person, outcome.card);
    return result;
  }
  if (outcome.kind === 'words') {
    scene.world.tell(person, conversation.id, outcome.text);
    return { ...result, toast: outcome.text };
  }
  return { ...result, warning: wentWrong(outcome.kind === 'wrong' ? outcome.why : 'no answer to a card') };
}
