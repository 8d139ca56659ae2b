import type { JsonObject } from '../../src/demo/doubles/teams/json.ts';
import type {
  DialogResult,
  Inputs,
  PressResult,
  StoredMessage,
  TypeHow,
} from '../../src/demo/doubles/teams/types.ts';
import { ENTRA, type StaffName, until, type World } from './world.ts';

/** The cards of requests somebody has in their own chat, oldest first. */
export function teamsCards(world: World, name: StaffName): StoredMessage[] {
  return world.teams
    .messagesOf(ENTRA[name])
    .filter((message) => message.card !== undefined && message.visibleTo === undefined);
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

/** Types something to the bot; every word of the answer, once it is there. */
export async function teamsSay(
  world: World,
  name: StaffName,
  text: string,
  how: TypeHow = {},
): Promise<string> {
  const seen = () => world.teams.messagesOf(ENTRA[name]).filter(({ author }) => author.startsWith('28:'));
  const before = seen().length;
  const { warning } = await world.teams.type(ENTRA[name], text, how);
  if (warning !== undefined) throw new Error(`Teams warned: ${warning}`);
  const answer = await until(world.teams, () => seen()[before]);
  return answer.card ? cardWords(answer.card) : answer.text;
}

/** Every word of a card, in order, one line. */
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
    return key === 'text' && typeof child === 'string' ? [child] : textsOf(child);
  });
}
