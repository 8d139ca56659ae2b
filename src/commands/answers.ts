import { type CardLine, text } from '../approval/card.ts';
import type { Page, PageAction, PageItem, PageSection } from '../approval/page.ts';
import type { CommandOutcome } from './command.ts';

/** What people type before a command's name. */
export const COMMAND = '/approvals';

/** A command as it is typed: `/approvals show 14`. */
export function typed(command: string): string {
  return `${COMMAND} ${command}`.trim();
}

/** One sentence for the caller alone. */
export function notice(sentence: string): CommandOutcome {
  return { kind: 'notice', sentence };
}

/** What was typed cannot be done; the usage is added. */
export function wrong(sentence: string): CommandOutcome {
  return { kind: 'wrong', sentence };
}

/** A page; what is left out is empty. */
export function page(given: Pick<Page, 'title'> & Partial<Page>): CommandOutcome {
  return { kind: 'page', page: { intro: [], picture: null, sections: [], notes: [], ...given } };
}

/** Items of a page below an optional heading. */
export function section(
  items: readonly PageItem[],
  more: Partial<Omit<PageSection, 'items'>> = {},
): PageSection {
  return { title: null, empty: null, actions: [], ...more, items };
}

export function item(
  line: CardLine,
  details: readonly CardLine[] = [],
  actions: readonly PageAction[] = [],
): PageItem {
  return { line, details, actions };
}

/** A button that runs a command. */
export function button(label: string, command: string, style?: 'primary' | 'danger'): PageAction {
  return { kind: 'command', label, command, ...(style && { style }) };
}

/** A line of plain words. */
export function words(sentence: string): CardLine {
  return [text(sentence)];
}
