import { type JsonObject, stringOf } from '../common/json.ts';
import { resultOf } from './ack.ts';
import { actionJson } from './action-json.ts';
import type { ClickResult, ClickTarget } from './acts.ts';
import { refuseImpossibleChoice } from './choices.ts';
import { type FoundElement, findElement } from './elements.ts';
import { actor, envelope, type Interactions, newResponseUrl } from './interaction-context.ts';
import { Refusal } from './refusal.ts';
import type { StoredMessage } from './shown.ts';
import { stateOf } from './view-state.ts';

function forged(target: ClickTarget): FoundElement {
  const element = {
    type: 'button',
    action_id: target.actionId,
    text: { type: 'plain_text', text: 'Forged', emoji: true },
  };
  return { block: { type: 'actions', block_id: target.blockId ?? 'forged', elements: [element] }, element };
}

/** What an earlier version showed: a slow client still draws it. */
function shownBefore(message: StoredMessage | undefined, target: ClickTarget): FoundElement | undefined {
  const versions = [...(message?.edits ?? [])].reverse();
  for (const version of versions) {
    const found = findElement(version.blocks, target.actionId, target.blockId);
    if (found) return found;
  }
  return undefined;
}

function shownTo(interactions: Interactions, userId: string, target: ClickTarget) {
  const { workspace } = interactions;
  const message = workspace.message(target.channel, target.ts);
  const found = message && findElement(message.blocks, target.actionId, target.blockId);
  if (target.forge) return { message, found: found ?? shownBefore(message, target) ?? forged(target) };
  if (!message || !workspace.sees(message, userId)) {
    throw new Refusal(`${userId} sees no message ${target.channel}/${target.ts}`);
  }
  if (!found) throw new Refusal(`the message shows no "${target.actionId}" now`);
  if (found.element.type === 'button' && target.value !== undefined && target.value !== found.element.value) {
    throw new Refusal('a person cannot change the value of a button');
  }
  return { message, found };
}

function messagePart(interactions: Interactions, message: StoredMessage | undefined): JsonObject {
  // Ephemeral messages are not part of the payload.
  if (!message || message.visibleTo !== undefined) return {};
  return { message: interactions.workspace.messageJson(message, true) };
}

function build(interactions: Interactions, userId: string, target: ClickTarget) {
  const { workspace, triggers } = interactions;
  const person = actor(interactions, userId, target.forge);
  const { message, found } = shownTo(interactions, userId, target);
  const channel = workspace.channels.get(target.channel);
  const isEphemeral = message?.visibleTo !== undefined;
  const responseUrl = newResponseUrl(interactions, { userId, channel: target.channel, messageTs: target.ts });
  const triggerId = triggers.issue(userId);
  const payload = {
    ...envelope(interactions, 'block_actions', person),
    container: {
      type: 'message',
      message_ts: target.ts,
      channel_id: target.channel,
      is_ephemeral: isEphemeral,
    },
    trigger_id: triggerId,
    channel: { id: target.channel, name: channel?.name ?? 'privategroup' },
    ...messagePart(interactions, message),
    state: { values: message ? stateOf(message.blocks, {}) : {} },
    response_url: responseUrl,
    actions: [actionJson(found, target.value, workspace.nextTs())],
  };
  return { payload, found, triggerId, responseUrl };
}

/** The payload of a click, without sending it. */
export function clickPayload(interactions: Interactions, userId: string, target: ClickTarget): JsonObject {
  return build(interactions, userId, target).payload;
}

/** Clicks something in a message as a person. */
export async function clickInMessage(
  interactions: Interactions,
  userId: string,
  target: ClickTarget,
): Promise<ClickResult> {
  actor(interactions, userId, target.forge);
  const { found } = shownTo(interactions, userId, target);
  if (target.confirm === false) {
    if (!found.element.confirm) throw new Refusal(`"${target.actionId}" asks for no confirmation`);
    return { sent: false, cancelled: true };
  }
  if (!target.forge && target.value !== undefined)
    refuseImpossibleChoice(interactions.workspace, userId, found.element, target.value);
  const { payload, triggerId, responseUrl } = build(interactions, userId, target);
  const delivery = await interactions.carrier.payload(payload);
  const openedUrl = stringOf(found.element.url);
  return {
    ...resultOf(delivery, (trouble) => `⚠ Something went wrong: ${trouble}`),
    payload,
    triggerId,
    responseUrl,
    ...(openedUrl !== undefined && { openedUrl }),
  };
}
