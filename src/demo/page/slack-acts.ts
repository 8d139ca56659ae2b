import type { JsonObject } from '../doubles/common/json.ts';
import type { EnteredValues, InteractionResult } from '../doubles/slack/acts.ts';
import type { SlackDouble } from '../doubles/slack/handle.ts';
import { CHANNEL } from './cast.ts';
import { positionsOf } from './draw-blocks.ts';

export interface Press {
  userId: string;
  position: number;
  /** A menu's choice. */
  value?: string;
}

export interface MessagePress extends Press {
  channel: string;
  ts: string;
  /** How often the message had been edited when this person's screen was drawn. */
  version: number;
}

/** What the presser is told, and where a link leads. */
export interface Acted {
  warning?: string;
  openedUrl?: string;
}

function elementAt(blocks: readonly JsonObject[], position: number) {
  const found = positionsOf(blocks)[position];
  if (!found) throw new Error('nothing can be pressed there');
  return { actionId: String(found.element.action_id), blockId: String(found.block.block_id) };
}

function acted(result: InteractionResult & { openedUrl?: string }): Acted {
  const { warning, openedUrl } = result;
  return { ...(warning !== undefined && { warning }), ...(openedUrl !== undefined && { openedUrl }) };
}

/** Presses what the person saw, even if the message has changed since (as a slow client would). */
export async function pressInMessage(slack: SlackDouble, press: MessagePress): Promise<Acted> {
  const { channel, ts, version, userId, position, value } = press;
  const message = slack.message(channel, ts);
  if (!message) throw new Error('there is no such message');
  const seen = message.edits[version]?.blocks ?? message.blocks;
  const outdated = version < message.edits.length;
  const target = { channel, ts, ...elementAt(seen, position), ...(outdated && { forge: true }) };
  return acted(await slack.click(userId, { ...target, ...(value !== undefined && { value }) }));
}

/** Presses a button, or chooses in a menu, of the modal in front of the person or of their Home. */
export async function pressInView(slack: SlackDouble, viewId: string, press: Press): Promise<Acted> {
  const views = [...slack.viewsOf(press.userId), slack.homeOf(press.userId)];
  const view = views.find((one) => one?.id === viewId);
  if (!view) throw new Error('this modal is closed');
  const { actionId, blockId } = elementAt(view.blocks, press.position);
  return acted(await slack.clickInView(press.userId, viewId, actionId, press.value, { blockId }));
}

/** Fills the modal and presses its submit button; errors show up in the view itself. */
export async function submitForm(
  slack: SlackDouble,
  userId: string,
  viewId: string,
  values: EnteredValues,
): Promise<Acted> {
  return acted(await slack.submitView(userId, viewId, values));
}

/** A field of a form that tells the bot at once when it changes. */
export interface EnteredField {
  userId: string;
  viewId: string;
  /** Everything entered so far, by block_id. */
  values: EnteredValues;
  /** The block_id of the field that changed. */
  block: string;
}

/** Keeps what was entered, and sends the change of the one field. */
export async function enterField(slack: SlackDouble, entered: EnteredField): Promise<Acted> {
  const { userId, viewId, values, block } = entered;
  const view = slack.enter(userId, viewId, values);
  const found = positionsOf(view.blocks).find((one) => one.block.block_id === block);
  if (!found) throw new Error('there is no such field');
  const value = values[block] ?? undefined;
  const actionId = String(found.element.action_id);
  return acted(await slack.clickInView(userId, viewId, actionId, value, { blockId: block }));
}

/** Types a slash command where the person is looking. */
export async function typeCommand(
  slack: SlackDouble,
  userId: string,
  place: string,
  line: string,
): Promise<Acted> {
  const [, command, text] = /^\s*(\/\S+)\s*([\s\S]*)$/.exec(line) ?? [];
  if (command === undefined || text === undefined)
    throw new Error('This demo sends slash commands only: try /approvals help');
  if (command !== '/approvals') throw new Error(`${command} is not a valid command.`);
  return acted(
    await slack.slashCommand(userId, command, text, place === CHANNEL.id ? CHANNEL.id : undefined),
  );
}
