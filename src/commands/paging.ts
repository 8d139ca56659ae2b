import type { PageAction } from '../approval/page.ts';
import { button, typed, words, wrong } from './answers.ts';
import type { CommandOutcome } from './command.ts';

export const PAGE_SIZE = 10;

/** Buttons to the pages before and after; `command` names the page's command. */
export function turns(
  { number, total }: { number: number; total: number },
  command: (page: number) => string,
  [before, after]: readonly [string, string] = ['Previous', 'Next'],
): PageAction[] {
  return [
    ...(number > 1 ? [button(before, command(number - 1))] : []),
    ...(number < pagesOf(total) ? [button(after, command(number + 1))] : []),
  ];
}

/** “Page 2 of 7”; nothing for a list of one page. */
export function pageNotes(number: number, total: number, command: string) {
  const pages = pagesOf(total);
  return pages > 1
    ? [words(`Page ${number} of ${pages}, ${total} in all. Go to one: ${typed(command)} 2`)]
    : [];
}

/** The answer to a page that is not there; null when it is. */
export function noSuchPage(number: number, total: number): CommandOutcome | null {
  const pages = pagesOf(total);
  if (number >= 1 && number <= pages) return null;
  return wrong(pages === 1 ? 'There is only one page.' : `There are only ${pages} pages.`);
}

function pagesOf(total: number): number {
  return Math.max(1, Math.ceil(total / PAGE_SIZE));
}
