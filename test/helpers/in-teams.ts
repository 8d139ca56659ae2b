import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { DialogResult, Inputs, PressResult, TypeHow } from '../../src/demo/doubles/teams/acts.ts';
import type { StoredMessage } from '../../src/demo/doubles/teams/shown.ts';
import { ENTRA, type StaffName, until, type World } from './world.ts';

/** The cards of requests somebody has in their own chat, oldest first. */
export function teamsCards(world: World, name: StaffName): StoredMessage[] {
  return world.teams.messagesOf(ENTRA[name]).filter(isRequestCard);
}

/** A page names cards too, yet is none; a card without buttons asks to be refreshed at least. */
export function isRequestCard({ card, visibleTo }: StoredMessage): boolean {
  if (!card || visibleTo !== undefined) return false;
  return card.refresh !== undefined || /"do":"press"(?![^{}]*"page":true)/.test(JSON.stringify(card));
}

/** The newest of them as this person sees it; every word, in order. */
export function teamsWords(world: World, name: StaffName): string {
  const message = teamsCards(world, name).at(-1);
  if (!message) return '';
  return cardWords(world.teams.cardFor(ENTRA[name], message.conversation, message.id));
}

/** What its buttons are called. */
export function teamsButtons(world: World, name: StaffName): string[] {
  const message = teamsCards(world, name).at(-1);
  return message ? buttonsOf(world.teams.cardFor(ENTRA[name], message.conversation, message.id)) : [];
}

/** Presses a button of the newest card in somebody's own chat. */
export function teamsPress(
  world: World,
  name: StaffName,
  title: string,
  inputs: Inputs = {},
): Promise<PressResult> {
  const message = teamsCards(world, name).at(-1);
  if (!message) throw new Error(`${name} has no card in Teams`);
  const { conversation, id: activityId } = message;
  return world.teams.press(ENTRA[name], { conversation, activityId, title, inputs });
}

/** Presses Reject in Teams, gives the reason, submits the dialog. */
export async function teamsReject(world: World, name: StaffName, reason: string): Promise<DialogResult> {
  await teamsPress(world, name, 'Reject');
  return world.teams.submitDialog(ENTRA[name], { comment: reason });
}

/** Fills in and submits the dialog that stands open before somebody. */
export function teamsSubmit(
  world: World,
  name: StaffName,
  inputs: Inputs = {},
  how: Parameters<World['teams']['submitDialog']>[2] = {},
): Promise<DialogResult> {
  return world.teams.submitDialog(ENTRA[name], inputs, how);
}

/** Presses Approve on a card that asks for inputs, fills in the dialog, submits it. */
export async function teamsApproveWith(world: World, name: StaffName, inputs: Inputs): Promise<DialogResult> {
  await teamsPress(world, name, 'Approve');
  return teamsSubmit(world, name, inputs);
}

/** Every word of the dialog that stands open before somebody, labels of fields too; '' = there is none. */
export function teamsDialog(world: World, name: StaffName): string {
  return cardWords(world.teams.dialogOf(ENTRA[name])?.card);
}

/** The newest plain words somebody was told after a press or a submit; '' = none. */
export function teamsToast(world: World, name: StaffName): string {
  return world.teams.toasts.findLast(({ person }) => person === ENTRA[name])?.text ?? '';
}

/** Looks at the newest card in somebody's own chat: their client asks for it anew. */
export async function teamsLook(world: World, name: StaffName, again = true): Promise<string> {
  const { conversation, id } = teamsCards(world, name).at(-1)!;
  return cardWords((await world.teams.look(ENTRA[name], conversation, id, { again })).card);
}

/** What the bot said to this person and is no card of a request: answers, notices, greetings; oldest first. */
export function teamsAnswers(world: World, name: StaffName): StoredMessage[] {
  const { botId } = world.teams;
  return world.teams
    .messagesOf(ENTRA[name])
    .filter((message) => message.author === botId && !isRequestCard(message));
}

/** Every word of the newest of them. */
export function teamsAnswered(world: World, name: StaffName): string {
  const message = teamsAnswers(world, name).at(-1);
  return message ? messageWords(world, name, message) : '';
}

/** What its buttons are called. */
export function teamsAnsweredButtons(world: World, name: StaffName): string[] {
  const { conversation, id } = teamsAnswers(world, name).at(-1)!;
  return buttonsOf(world.teams.cardFor(ENTRA[name], conversation, id));
}

/** Presses the first button so called of the newest answer: it changes, or a dialog opens. */
export function teamsPressAnswered(world: World, name: StaffName, title: string): Promise<PressResult> {
  const { conversation, id } = teamsAnswers(world, name).at(-1)!;
  const index = teamsAnsweredButtons(world, name).indexOf(title);
  return world.teams.press(ENTRA[name], {
    conversation,
    activityId: id,
    ...(index < 0 ? { title } : { index }),
  });
}

/**
 * Types something to the bot, two seconds later; every word of the answer, once it is there. In a shared conversation `@bob` is a real
 * mention of Bob.
 */
export async function teamsSay(
  world: World,
  name: StaffName,
  text: string,
  how: TypeHow = {},
): Promise<string> {
  const seen = () => teamsAnswers(world, name);
  const before = seen().length;
  // Nobody types faster than Teams lets the bot answer.
  world.clock.advance(2_000);
  const mentions = how.conversation === undefined ? [] : mentionsIn(world, text);
  if (mentions.length > 0) {
    const { status } = await world.teams.sendRaw({ activity: mentioning(world, name, text, how, mentions) });
    if (status !== 200) throw new Error(`Teams was answered ${status}`);
  } else {
    const { warning } = await world.teams.type(ENTRA[name], text, how);
    if (warning !== undefined) throw new Error(`Teams warned: ${warning}`);
  }
  return messageWords(world, name, await until(world.teams, () => seen()[before]));
}

const MENTION = /@(\w+)(?![\w.])/g;

function mentionsIn(world: World, text: string): { word: string; entity: JsonObject }[] {
  return [...text.matchAll(MENTION)].flatMap(([word, name]) => {
    const person = world.teams.people().find(({ aadObjectId }) => aadObjectId === ENTRA[name as StaffName]);
    if (!person) return [];
    // As Teams has it: no object id, and the name that is shown.
    const mentioned = { id: person.mri, name: person.name };
    return [{ word, entity: { type: 'mention', text: `<at>${person.name}</at>`, mentioned } }];
  });
}

function mentioning(
  world: World,
  name: StaffName,
  text: string,
  how: TypeHow,
  mentions: readonly { word: string; entity: JsonObject }[],
): JsonObject {
  const activity = world.teams.typeActivity(ENTRA[name], text, how);
  return {
    ...activity,
    text: mentions.reduce(
      (said, { word, entity }) => said.replace(word, String(entity.text)),
      String(activity.text),
    ),
    entities: [...(activity.entities as JsonObject[]), ...mentions.map(({ entity }) => entity)],
  };
}

function messageWords(world: World, name: StaffName, { conversation, id, text }: StoredMessage): string {
  const card = world.teams.cardFor(ENTRA[name], conversation, id);
  return card ? cardWords(card) : text;
}

/** Whatever Teams was ever given to show: messages, answers to presses, dialogs. */
export function everythingInTeams(world: World): string {
  const posted = world.teams.calls.filter(({ method }) => method.startsWith('activities.'));
  return [
    ...posted.map(({ args }) => JSON.stringify(args)),
    ...world.teams.deliveries.map((one) => one.responseBody),
  ]
    .join('\n')
    .replaceAll('\u2060', '');
}

/** Every word of a card or dialog, in order, one line. */
export function cardWords(card: JsonObject | undefined): string {
  return textsOf(card?.body)
    .join(' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([:,.])/g, '$1')
    .trim();
}

/** The words on a card's buttons, in order, those of its overflow menu too. */
export function buttonsOf(card: JsonObject | undefined): string[] {
  const found: string[] = [];
  visit(card);
  return found;

  function visit(value: unknown): void {
    if (Array.isArray(value)) for (const one of value) visit(one);
    else if (value !== null && typeof value === 'object') {
      const node = value as JsonObject;
      if (String(node.type).startsWith('Action.') && typeof node.title === 'string') found.push(node.title);
      for (const [key, child] of Object.entries(node))
        if (!['fallback', 'refresh', 'data'].includes(key)) visit(child);
    }
  }
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (key === 'fallback' || key === 'data' || key === 'actions') return [];
    return (key === 'text' || key === 'label') && typeof child === 'string' ? [child] : textsOf(child);
  });
}
