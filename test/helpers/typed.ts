import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { ClickResult } from '../../src/demo/doubles/slack/acts.ts';
import type { StoredMessage } from '../../src/demo/doubles/slack/shown.ts';
import { STAFF, type StaffName, until, type World, wordsOf } from './world.ts';

const IDS: Readonly<Record<string, StaffName>> = Object.fromEntries(
  Object.entries(STAFF).map(([name, id]) => [id, name as StaffName]),
);

/** How often somebody was told something alone, or shown a form. */
function answers(world: World): number {
  return world.slack.calls.filter(
    ({ method, performed }) =>
      performed && /^(response_url|chat\.postEphemeral|views\.(open|push|update))$/.test(method),
  ).length;
}

/** Types `/approvals …`; every word of the answer, or of the form that opens, once it is there. People as @name. */
export async function say(world: World, name: StaffName, text: string, channel?: string): Promise<string> {
  const before = answers(world);
  const { warning } = await world.slack.slashCommand(STAFF[name], '/approvals', text, channel);
  if (warning !== undefined) throw new Error(`Slack warned: ${warning}`);
  await until(world.slack, () => (answers(world) > before ? true : undefined));
  return world.slack.calls.at(-1)?.method.startsWith('views.')
    ? linesOf(world.slack.openViewOf(STAFF[name])?.blocks)
    : answered(world, name);
}

/** The newest answer that this person alone sees, every word of it. */
export function answered(world: World, name: StaffName): string {
  return linesOf(newest(world, name)?.blocks);
}

/** What its buttons are labelled, in order. */
export function answeredButtons(world: World, name: StaffName): string[] {
  return buttonsOf(newest(world, name)).map(({ label }) => label);
}

/** Presses the first button with this label on the newest answer, and waits for what follows; `confirm` false = no. */
export async function pressAnswered(
  world: World,
  name: StaffName,
  label: string,
  how: { confirm?: boolean; silent?: boolean } = {},
): Promise<ClickResult> {
  const message = newest(world, name)!;
  const button = buttonsOf(message).find((one) => one.label === label);
  if (!button) throw new Error(`no button “${label}” in: ${answered(world, name)}`);
  const before = answers(world);
  const { channel, ts } = message;
  const { confirm = true, silent = false } = how;
  const result = await world.slack.click(STAFF[name], { channel, ts, actionId: button.actionId, confirm });
  if (confirm && !silent) await until(world.slack, () => (answers(world) > before ? true : undefined));
  return result;
}

function newest(world: World, name: StaffName): StoredMessage | undefined {
  return world.slack.messagesOf(STAFF[name]).findLast(({ visibleTo }) => visibleTo === STAFF[name]);
}

function buttonsOf(message: StoredMessage | undefined): { label: string; actionId: string }[] {
  const blocks = (message?.blocks ?? []) as (JsonObject & { elements?: JsonObject[] })[];
  return blocks
    .flatMap(({ elements = [] }) => elements)
    .filter(({ type }) => type === 'button')
    .map((button) => ({
      label: (button.text as { text: string }).text,
      actionId: String(button.action_id),
    }));
}

/** A line per line of rich text, a line per block else; buttons in brackets. */
export function linesOf(blocks: readonly unknown[] | undefined): string {
  return (blocks ?? [])
    .flatMap((block) => {
      const {
        type,
        elements = [],
        text,
        accessory,
      } = block as Record<string, unknown> & {
        elements?: unknown[];
      };
      if (type === 'actions') return [elements.map(labelOf).join(' ')];
      if (accessory) return [wordsOf(text).join(' '), labelOf(accessory)];
      return type === 'rich_text' ? elements.flatMap(richLines) : [wordsOf(block).join(' ')];
    })
    .join('\n')
    .replace(/<(@\w+)>/g, '$1')
    .replace(/<!date[^>]*>/g, '<date>')
    .replace(/@(U[A-Z0-9]+)/g, (found, id: string) => (IDS[id] ? `@${IDS[id]}` : found));
}

function labelOf(button: unknown): string {
  return `[${wordsOf(button).join('')}]`;
}

/** Each item of a list is a line. */
function richLines(element: unknown): string[] {
  const { type, elements = [] } = element as { type: string; elements?: unknown[] };
  return type === 'rich_text_list' ? elements.flatMap(richLines) : [wordsOf(element).join('')];
}
