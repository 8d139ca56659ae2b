import { isObject, type JsonObject, objectsIn } from '../common/json.ts';
import { Refusal } from './refusal.ts';

/** Something to press. */
export interface Button {
  action: JsonObject;
  /** The inputs it takes along. */
  inputs: readonly JsonObject[];
  /** All that can be filled in around it. */
  offered: readonly JsonObject[];
}

/** What a card offers: its buttons in the order they are drawn, each with the inputs that belong to it. */
export function buttonsOf(card: JsonObject, outer: readonly JsonObject[] = []): Button[] {
  const actions: JsonObject[] = [];
  const inputs: JsonObject[] = [...outer];
  for (const element of objectsIn(card.body)) walk(element, actions, inputs);
  if (isObject(card.selectAction)) actions.push(card.selectAction);
  actions.push(...objectsIn(card.actions));
  return actions.flatMap((action) => {
    if (action.type !== 'Action.ShowCard' || !isObject(action.card))
      return [{ action, inputs: takenBy(action, inputs), offered: inputs }];
    return [{ action, inputs: [], offered: inputs }, ...buttonsOf(action.card, inputs)];
  });
}

function takenBy(action: JsonObject, inputs: readonly JsonObject[]): readonly JsonObject[] {
  return String(action.associatedInputs).toLowerCase() === 'none' ? [] : inputs;
}

function walk(element: JsonObject, actions: JsonObject[], inputs: JsonObject[]): void {
  if (String(element.type).startsWith('Input.')) inputs.push(element);
  for (const key of ['selectAction', 'inlineAction']) {
    const action = element[key];
    if (isObject(action)) actions.push(action);
  }
  if (element.type === 'ActionSet') actions.push(...objectsIn(element.actions));
  for (const key of ['items', 'columns', 'rows', 'cells', 'inlines', 'images'])
    for (const inner of objectsIn(element[key])) walk(inner, actions, inputs);
}

/** The form a client knows that knows no Action.Execute; undefined: it draws no such button. */
export function asOldClient(action: JsonObject): JsonObject | undefined {
  if (action.type !== 'Action.Execute') return action;
  const { fallback } = action;
  if (!isObject(fallback)) return undefined;
  return { ...(action.title !== undefined && { title: action.title }), ...fallback };
}

/** Whether one value holds all of another. */
function holds(whole: unknown, part: unknown): boolean {
  if (!isObject(part)) return JSON.stringify(whole) === JSON.stringify(part);
  return isObject(whole) && Object.entries(part).every(([key, value]) => holds(whole[key], value));
}

/** The one button of these that the target means. */
export function pick(
  buttons: readonly Button[],
  target: { title?: string; index?: number; data?: JsonObject },
): Button {
  const fitting = buttons.filter(
    ({ action }, index) =>
      (target.title === undefined || action.title === target.title) &&
      (target.index === undefined || index === target.index) &&
      (target.data === undefined || holds(action.data, target.data)),
  );
  const [first, ...others] = fitting;
  const titles = buttons.map(({ action }) => String(action.title)).join(', ');
  if (!first) throw new Refusal(`there is no such button; there are: ${titles || 'none'}`);
  if (others.length > 0) throw new Refusal(`several buttons fit; there are: ${titles}`);
  return first;
}
