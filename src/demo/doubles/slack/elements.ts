import { isObject, type JsonObject, objectsIn, stringOf } from '../common/json.ts';

const NOT_INTERACTIVE = new Set(['image', 'plain_text', 'mrkdwn']);
const WITHOUT_STATE = new Set(['button', 'overflow', 'workflow_button', 'feedback_buttons', 'icon_button']);

/** The interactive elements of one block, in the order people see them. */
export function elementsOf(block: JsonObject): JsonObject[] {
  const places: Record<string, unknown[]> = {
    actions: objectsIn(block.elements),
    context_actions: objectsIn(block.elements),
    section: [block.accessory],
    input: [block.element],
    card: objectsIn(block.actions),
    carousel: objectsIn(block.elements).flatMap((card) => objectsIn(card.actions)),
  };
  const found = places[String(block.type)] ?? [];
  return found.filter(isObject).filter((element) => !NOT_INTERACTIVE.has(String(element.type)));
}

export interface FoundElement {
  block: JsonObject;
  element: JsonObject;
}

/** Finds an element by action_id, and by block_id where one is given. */
export function findElement(
  blocks: JsonObject[],
  actionId: string,
  blockId?: string,
): FoundElement | undefined {
  for (const block of blocks) {
    if (blockId !== undefined && block.block_id !== blockId) continue;
    const element = elementsOf(block).find((candidate) => candidate.action_id === actionId);
    if (element) return { block, element };
  }
  return undefined;
}

/** True for elements whose value appears in `state.values`. */
export function hasState(element: JsonObject): boolean {
  return !WITHOUT_STATE.has(String(element.type));
}

let generated = 0;
function generatedId(): string {
  generated += 1;
  return `g${generated.toString(36).padStart(4, '0')}`;
}

/** A copy of the blocks with the ids Slack makes up for blocks and elements that have none. */
export function withIds(blocks: JsonObject[]): JsonObject[] {
  const copy = structuredClone(blocks);
  for (const block of copy) {
    if (stringOf(block.block_id) === undefined) block.block_id = generatedId();
    for (const element of elementsOf(block)) {
      if (stringOf(element.action_id) === undefined) element.action_id = generatedId();
    }
  }
  return copy;
}
