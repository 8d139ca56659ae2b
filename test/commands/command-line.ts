import { lineText } from '../../src/approval/card.ts';
import type { Page, PageAction } from '../../src/approval/page.ts';
import type { Caller, Command, CommandOutcome } from '../../src/commands/command.ts';
import { parseText } from '../../src/commands/parse.ts';
import { personByEmail } from '../../src/store/people.ts';
import { email, STAFF, type StaffName, type World } from '../helpers/world.ts';

/** Somebody of the staff, as the dispatcher makes them out. */
export async function callerOf(world: World, name: StaffName): Promise<Caller> {
  const { context, organizationId } = world.app;
  const person = (await personByEmail(context.db, organizationId, email(name)))!;
  const platform = 'slack';
  return {
    account: { platform, organizationId, tenant: 'T0ACME', externalId: STAFF[name] },
    person,
    principal: { organizationId, role: person.role, personId: person.id, tokenId: 'chat', via: platform },
  };
}

/** Runs a command for somebody; `@alice` in the text is a mention. */
export async function run(
  world: World,
  command: Command,
  who: StaffName | Caller,
  typed = '',
): Promise<CommandOutcome> {
  const caller = typeof who === 'string' ? await callerOf(world, who) : who;
  const text = typed.replace(/@([a-z]+)\b/g, (all, name: StaffName) =>
    name in STAFF ? `<@${STAFF[name]}|${name}>` : all,
  );
  return command.run({ context: world.app.context, caller, args: parseText(text)! });
}

export function pageOf(outcome: CommandOutcome): Page {
  if (outcome.kind === 'page') return outcome.page;
  throw new Error(`no page: ${JSON.stringify(outcome)}`);
}

/** The sentence of a notice, or of what was typed wrongly. */
export function sentenceOf(outcome: CommandOutcome): string {
  if (outcome.kind === 'notice' || outcome.kind === 'wrong') return outcome.sentence;
  throw new Error(`no sentence: ${JSON.stringify(outcome)}`);
}

/** Every item of a page as words, its details behind it; times as <time>. */
export function itemsOf(outcome: CommandOutcome): string[] {
  return pageOf(outcome).sections.flatMap(({ items }) =>
    items.map(({ line, details }) => [line, ...details].map(withoutTimes).join(' | ')),
  );
}

/** Every word of a page. */
export function wordsOf(outcome: CommandOutcome): string {
  const { title, intro, sections, notes } = pageOf(outcome);
  return [
    title,
    ...intro.map(withoutTimes),
    ...sections.flatMap((one) => [one.title ?? '', ...(one.items.length === 0 ? [one.empty ?? ''] : [])]),
    ...itemsOf(outcome),
    ...notes.map(withoutTimes),
  ].join('\n');
}

/** Every button of a page. */
export function actionsOf(outcome: CommandOutcome): PageAction[] {
  return pageOf(outcome).sections.flatMap(({ items, actions }) => [
    ...items.flatMap((one) => one.actions),
    ...actions,
  ]);
}

/** The command behind a button with this label. */
export function commandOf(outcome: CommandOutcome, label: string): string {
  const action = actionsOf(outcome).find((one) => one.label === label);
  if (action?.kind !== 'command') throw new Error(`no button ${label}`);
  return action.command;
}

/** Where the page's one link button leads. */
export function linkOf(outcome: CommandOutcome): string {
  const [action, ...more] = actionsOf(outcome).filter(({ kind }) => kind === 'link');
  if (action?.kind !== 'link' || more.length > 0) throw new Error(`not one link: ${JSON.stringify(outcome)}`);
  return action.url;
}

function withoutTimes(line: Parameters<typeof lineText>[0]): string {
  return lineText(line.map((span) => (span.kind === 'time' ? { kind: 'text', text: '<time>' } : span)));
}
