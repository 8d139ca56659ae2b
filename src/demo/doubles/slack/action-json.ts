import type { JsonObject } from '../common/json.ts';
import type { FoundElement } from './elements.ts';
import { Refusal } from './refusal.ts';
import { entered } from './view-state.ts';

const BUTTONS = new Set(['button', 'icon_button', 'workflow_button']);
const SHOWN = ['text', 'style', 'url', 'confirm', 'placeholder', 'icon', 'initial_option', 'initial_options'];

/** One entry of `actions` in a block_actions payload. */
export function actionJson(
  found: FoundElement,
  value: string | string[] | undefined,
  ts: string,
): JsonObject {
  const { block, element } = found;
  const shown = Object.fromEntries(SHOWN.filter((key) => key in element).map((key) => [key, element[key]]));
  const identity = {
    type: element.type,
    action_id: element.action_id,
    block_id: block.block_id,
    action_ts: ts,
  };
  if (BUTTONS.has(String(element.type))) {
    const own = value ?? element.value;
    return structuredClone({ ...identity, ...shown, ...(own !== undefined && { value: own }) });
  }
  if (value === undefined) throw new Refusal(`a ${String(element.type)} needs a value to be chosen`);
  return structuredClone({ ...identity, ...shown, ...entered(element, value) });
}
