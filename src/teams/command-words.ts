import type { CardLine } from '../approval/card.ts';
import type { Page } from '../approval/page.ts';

const PREFIX = /\/approvals (?=\S)/g;

/** Words that name commands as Slack has them, as they are typed to the bot in Teams: `/approvals show 14` → `show 14`. */
export function withoutPrefix(words: string): string {
  return words.replace(PREFIX, '');
}

/** The same for every word of a page. */
export function pageWithoutPrefix(page: Page): Page {
  return {
    ...page,
    title: withoutPrefix(page.title),
    intro: page.intro.map(lineWithoutPrefix),
    notes: page.notes.map(lineWithoutPrefix),
    sections: page.sections.map((section) => ({
      ...section,
      title: section.title === null ? null : withoutPrefix(section.title),
      empty: section.empty === null ? null : withoutPrefix(section.empty),
      items: section.items.map((item) => ({
        ...item,
        line: lineWithoutPrefix(item.line),
        details: item.details.map(lineWithoutPrefix),
      })),
    })),
  };
}

function lineWithoutPrefix(line: CardLine): CardLine {
  return line.map((span) => (span.kind === 'text' ? { ...span, text: withoutPrefix(span.text) } : span));
}
