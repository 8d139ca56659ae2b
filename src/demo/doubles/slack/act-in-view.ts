import { isObject, type JsonObject, stringOf } from '../common/json.ts';
import { resultOf } from './ack.ts';
import { actionJson } from './action-json.ts';
import type { ClickResult, EnteredValues, InteractionResult } from './acts.ts';
import { refuseImpossibleChoice } from './choices.ts';
import { elementsOf, findElement, hasState } from './elements.ts';
import { actor, envelope, type Interactions } from './interaction-context.ts';
import { Refusal } from './refusal.ts';
import type { StateValue, StoredView } from './shown.ts';
import { textOf } from './text.ts';
import { entered } from './view-state.ts';

/** The view on top of this person's screen (or their Home tab); anything else cannot be touched. */
export function touchable({ views }: Interactions, userId: string, viewId: string): StoredView {
  const shown = [views.topOf(userId), views.homeOf(userId)].find((view) => view?.id === viewId);
  if (!shown) throw new Refusal(`${userId} does not have view ${viewId} in front of them`);
  return shown;
}

function remember(view: StoredView, block: JsonObject, element: JsonObject, value: StateValue): void {
  const row = view.entered[String(block.block_id)] ?? {};
  row[String(element.action_id)] = value;
  view.entered[String(block.block_id)] = row;
}

function labelled(view: StoredView, name: string) {
  const places = view.blocks.flatMap((block) => elementsOf(block).map((element) => ({ block, element })));
  const fillable = places.filter(({ element }) => hasState(element));
  const found =
    fillable.find(({ block }) => block.block_id === name) ??
    fillable.find(({ block }) => textOf(block.label) === name) ??
    fillable.find(({ element }) => element.action_id === name);
  if (!found) throw new Refusal(`the view has no input "${name}"`);
  return found;
}

/** Fills inputs, named by block_id, label or action_id. */
export function enterInView(
  interactions: Interactions,
  userId: string,
  viewId: string,
  values: EnteredValues,
): StoredView {
  actor(interactions, userId);
  const view = touchable(interactions, userId, viewId);
  for (const [name, value] of Object.entries(values)) {
    const { block, element } = labelled(view, name);
    refuseImpossibleChoice(interactions.workspace, userId, element, value);
    remember(view, block, element, entered(element, value));
    delete view.shownErrors[String(block.block_id)];
  }
  interactions.workspace.changed({ kind: view.type === 'home' ? 'home' : 'view', userId });
  return view;
}

/** Clicks a button, or chooses in a menu, inside a modal or the Home tab. */
export async function clickInView(
  interactions: Interactions,
  userId: string,
  viewId: string,
  actionId: string,
  value: string | string[] | undefined,
  how: { blockId?: string; confirm?: boolean } = {},
): Promise<ClickResult> {
  const person = actor(interactions, userId);
  const view = touchable(interactions, userId, viewId);
  const found = findElement(view.blocks, actionId, how.blockId);
  if (!found) throw new Refusal(`the view shows no "${actionId}"`);
  const { block, element } = found;
  const dispatches = block.type !== 'input' || block.dispatch_action === true;
  if (!dispatches) throw new Refusal(`input "${actionId}" dispatches no action: use enter`);
  if (element.type === 'button' && value !== undefined && value !== element.value) {
    throw new Refusal('a person cannot change the value of a button');
  }
  if (how.confirm === false) {
    if (!element.confirm) throw new Refusal(`"${actionId}" asks for no confirmation`);
    return { sent: false, cancelled: true };
  }
  if (value !== undefined) refuseImpossibleChoice(interactions.workspace, userId, element, value);
  if (hasState(element) && value !== undefined) remember(view, block, element, entered(element, value));
  const triggerId = interactions.triggers.issue(userId, view.id);
  const payload = {
    ...envelope(interactions, 'block_actions', person),
    container: { type: 'view', view_id: view.id },
    trigger_id: triggerId,
    view: interactions.views.json(view, true),
    actions: [actionJson(found, value, interactions.workspace.nextTs())],
  };
  const delivery = await interactions.carrier.payload(payload);
  const openedUrl = stringOf(element.url);
  return {
    ...resultOf(delivery, (trouble) => `⚠ Something went wrong: ${trouble}`),
    payload,
    triggerId,
    ...(openedUrl !== undefined && { openedUrl }),
  };
}

/** Closes the modal in front; Slack tells the bot only with notify_on_close. */
export async function closeView(
  interactions: Interactions,
  userId: string,
  viewId: string,
): Promise<InteractionResult> {
  const person = actor(interactions, userId);
  const view = touchable(interactions, userId, viewId);
  if (view.type === 'home') throw new Refusal('a Home tab cannot be closed');
  const gone = view.clearOnClose ? [...interactions.views.stackOf(userId)].reverse() : [view];
  if (view.clearOnClose) interactions.views.closeAll(userId);
  else interactions.views.closeTop(userId);
  let result: InteractionResult = { sent: false };
  for (const closed of gone.filter((candidate) => candidate.notifyOnClose)) {
    const payload = {
      ...envelope(interactions, 'view_closed', person),
      view: interactions.views.json(closed, true),
      is_cleared: view.clearOnClose,
    };
    const delivery = await interactions.carrier.payload(payload);
    // The person sees nothing of this: the modal is gone either way.
    result = { ...resultOf(delivery, (trouble) => trouble), payload };
  }
  return result;
}

/** The block_ids of a view's input blocks: the only ones errors may be shown under. */
export function inputBlockIds(view: StoredView): string[] {
  const inputs = view.blocks.filter((block) => block.type === 'input' && isObject(block.element));
  return inputs.map((block) => String(block.block_id));
}
