import type { JsonObject } from '../doubles/slack/json.ts';
import type { EnteredValues, InteractionResult, SlackDouble } from '../doubles/slack/types.ts';
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

/** Presses a button, or chooses in a menu, of the modal in front of the person. */
export async function pressInView(slack: SlackDouble, viewId: string, press: Press): Promise<Acted> {
  const view = slack.viewsOf(press.userId).find((one) => one.id === viewId);
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
