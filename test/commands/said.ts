import { expect } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { Page, PageAction } from '../../src/approval/page.ts';
import { createChatCommands } from '../../src/commands/run.ts';
import type { ChatAccount, CommandAnswer } from '../../src/usecases/chat-commands.ts';
import { STAFF, type StaffName, type World } from '../helpers/world.ts';

/** The Slack account of somebody at Acme, as Slack's signature vouches for it. */
export function accountOf(world: World, name: StaffName | { externalId: string }): ChatAccount {
  const externalId = typeof name === 'string' ? STAFF[name] : name.externalId;
  return { platform: 'slack', organizationId: world.app.organizationId, tenant: 'T0ACME', externalId };
}

/** `<@U0ALICE|alice>`, as Slack escapes a mention. */
export function mention(name: StaffName): string {
  return `<@${STAFF[name]}|${name}>`;
}

/** Types a command as somebody. */
export function type(
  world: World,
  name: StaffName | { externalId: string },
  text: string,
): Promise<CommandAnswer> {
  return createChatCommands(world.app.context).run(accountOf(world, name), text);
}

/** Types a command and gives back every word of the answer, one line per line. */
export async function said(
  world: World,
  name: StaffName | { externalId: string },
  text: string,
): Promise<string> {
  return wordsOf(await type(world, name, text));
}

export async function pageOf(world: World, name: StaffName, text: string): Promise<Page> {
  const answer = await type(world, name, text);
  expect(answer).toMatchObject({ kind: 'page' });
  return (answer as { page: Page }).page;
}

export async function noticeOf(
  world: World,
  name: StaffName | { externalId: string },
  text: string,
): Promise<string> {
  const answer = await type(world, name, text);
  expect(answer, JSON.stringify(answer)).toMatchObject({ kind: 'notice' });
  return (answer as { sentence: string }).sentence;
}

function wordsOf(answer: CommandAnswer): string {
  if (answer.kind === 'notice') return answer.sentence;
  if (answer.kind === 'editor') return answer.editor.title;
  const { title, intro, sections, notes } = answer.page;
  return [
    title,
    ...intro.map(lineText),
    ...sections.flatMap(({ title: heading, items, empty }) => {
      if (items.length === 0 && empty === null) return [];
      const lines = items.flatMap(({ line, details }) => [line, ...details].map(lineText));
      return [...(heading ? [heading] : []), ...(lines.length > 0 ? lines : [empty!])];
    }),
    ...notes.map(lineText),
  ].join('\n');
}

/** The commands of a page's buttons, in order. */
export function buttonsOf(page: Page): string[] {
  const actions: PageAction[] = page.sections.flatMap((section) => [
    ...section.items.flatMap((item) => item.actions),
    ...section.actions,
  ]);
  return actions.flatMap((action) =>
    action.kind === 'command' ? [`${action.label}: ${action.command}`] : [],
  );
}
