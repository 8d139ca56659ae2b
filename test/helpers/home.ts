import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { ClickResult } from '../../src/demo/doubles/slack/acts.ts';
import { type World, wordsOf } from './world.ts';

/** How often somebody's Home was shown anew. */
export function published(world: World, userId: string): number {
  return world.slack.calls.filter(
    (call) => call.method === 'views.publish' && call.args.user_id === userId && call.performed,
  ).length;
}

/** Opens the Home tab as a person and waits until it is shown; its words. */
export async function openHome(world: World, userId: string): Promise<string> {
  const before = published(world, userId);
  await world.slack.openHome(userId);
  // Slack has its ack before the Home is owed.
  while (published(world, userId) === before) {
    await new Promise((done) => setImmediate(done));
    await world.settle();
  }
  return homeWords(world, userId);
}

/** Every word of somebody's Home, one line. */
export function homeWords(world: World, userId: string): string {
  return wordsOf(world.slack.homeOf(userId)?.blocks ?? [])
    .join(' ')
    .replace(/<(@\w+)>/g, '$1')
    .replace(/<!date[^>]*>/g, '<date>')
    .replace(/\s+/g, ' ')
    .replace(/ ([:,.])/g, '$1');
}

/** The labels of all buttons of a Home, in order. */
export function homeButtons(world: World, userId: string): string[] {
  return buttonsOf(world, userId).map(({ label }) => label);
}

/** Presses the first button with this label in somebody's Home; `confirm` false = no to the question it asks. */
export function pressInHome(
  world: World,
  userId: string,
  label: string,
  confirm = true,
): Promise<ClickResult> {
  const found = buttonsOf(world, userId).find((button) => button.label === label);
  if (!found) throw new Error(`no button “${label}” in the Home of ${userId}`);
  const { id } = world.slack.homeOf(userId)!;
  return world.slack.clickInView(userId, id, found.actionId, undefined, { blockId: found.blockId, confirm });
}

function buttonsOf(world: World, userId: string) {
  const blocks = (world.slack.homeOf(userId)?.blocks ?? []) as (JsonObject & { elements?: JsonObject[] })[];
  return blocks.flatMap((block) => {
    const elements = [...(block.elements ?? []), ...(block.accessory ? [block.accessory as JsonObject] : [])];
    return elements
      .filter((element) => element.type === 'button')
      .map((element) => ({
        label: (element.text as { text: string }).text,
        actionId: String(element.action_id),
        blockId: String(block.block_id),
      }));
  });
}
