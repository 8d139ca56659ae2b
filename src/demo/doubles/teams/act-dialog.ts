import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../common/json.ts';
import { invoke } from './activities.ts';
import type { ActResult, DialogResult, Inputs } from './acts.ts';
import { readDialogAnswer, resultOf, wentWrong } from './answers.ts';
import { buttonsOf, pick } from './buttons.ts';
import { problemsOf, refuseImpossible, valuesOf } from './input-values.ts';
import { Refusal } from './refusal.ts';
import { actor, type Scene } from './scene.ts';
import type { StoredDialog } from './shown.ts';
import { splitThread } from './world.ts';

type About = Pick<StoredDialog, 'kind' | 'conversation' | 'activityId' | 'commandId'>;

/** Shows the dialog that the answer holds, or says what it says instead. */
export function openDialog(scene: Scene, person: string, about: About, result: ActResult): DialogResult {
  const outcome = readDialogAnswer(result, true);
  if (outcome.kind === 'dialog') {
    const dialog: StoredDialog = {
      id: randomUUID(),
      person,
      ...about,
      title: outcome.title,
      card: outcome.card,
    };
    scene.world.showDialog(person, dialog);
    return { ...result, dialog };
  }
  if (outcome.kind === 'words') return told(scene, person, about.conversation, result, outcome.text);
  return { ...result, warning: wentWrong(outcome.kind === 'wrong' ? outcome.why : 'no dialog') };
}

function told(
  scene: Scene,
  person: string,
  conversation: string,
  result: ActResult,
  text: string,
): DialogResult {
  scene.world.tell(person, conversation, text);
  return { ...result, toast: text };
}

/** A person begins an action command of the message extension. */
export async function openExtension(
  scene: Scene,
  personId: string,
  commandId: string,
  how: { conversation?: string } = {},
): Promise<DialogResult> {
  const { base } = splitThread(how.conversation ?? scene.world.chatOf(personId));
  const conversation = scene.world.conversation(base);
  const person = actor(scene, personId, conversation);
  const value = { commandId, commandContext: 'compose', context: { theme: 'default' } };
  const activity = invoke(scene, person, conversation, { name: 'composeExtension/fetchTask', value });
  const result = resultOf(await scene.courier.send({ activity }), activity);
  return openDialog(scene, personId, { kind: 'extension', conversation: base, commandId }, result);
}

function submission(scene: Scene, dialog: StoredDialog, data: unknown): JsonObject {
  const conversation = scene.world.conversation(dialog.conversation);
  const person = scene.world.person(dialog.person);
  const context = { theme: 'default' };
  if (dialog.kind === 'task')
    return invoke(scene, person, conversation, { name: 'task/submit', value: { data, context } });
  const value = { commandId: dialog.commandId, commandContext: 'compose', data, context };
  return invoke(scene, person, conversation, { name: 'composeExtension/submitAction', value });
}

/** A person fills in the dialog that is open and presses one of its buttons. */
export async function submitDialog(
  scene: Scene,
  person: string,
  entered: Inputs = {},
  how: { title?: string; data?: JsonObject; skipClientChecks?: boolean } = {},
): Promise<DialogResult> {
  const dialog = scene.world.dialogs.get(person);
  if (!dialog) throw new Refusal(`${person} has no dialog open`);
  const submits = buttonsOf(dialog.card).filter(({ action }) => action.type === 'Action.Submit');
  const { action, inputs, offered } = pick(submits, how);
  if (!how.skipClientChecks) {
    refuseImpossible(offered, entered, scene.world.people);
    const inputErrors = problemsOf(inputs, entered);
    if (Object.keys(inputErrors).length > 0) return { sent: false, inputErrors, dialog };
  }
  const values = { ...valuesOf(inputs, entered), ...(how.skipClientChecks && entered) };
  const data =
    action.data === undefined || isObject(action.data) ? { ...action.data, ...values } : action.data;
  const activity = submission(scene, dialog, data);
  const result = resultOf(await scene.courier.send({ activity }), activity);
  const outcome = readDialogAnswer(result, false);
  // What was closed meanwhile stays closed.
  const isOpen = scene.world.dialogs.get(person)?.id === dialog.id;
  if (outcome.kind === 'dialog') {
    const next = { ...dialog, title: outcome.title, card: outcome.card };
    if (isOpen) scene.world.showDialog(person, next);
    return { ...result, ...(isOpen && { dialog: next }) };
  }
  if (outcome.kind === 'wrong')
    return { ...result, warning: wentWrong(outcome.why), ...(isOpen && { dialog }) };
  if (isOpen) scene.world.showDialog(person, undefined);
  return outcome.kind === 'words' ? told(scene, person, dialog.conversation, result, outcome.text) : result;
}
