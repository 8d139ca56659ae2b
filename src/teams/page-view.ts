import { mostThatFits } from '../approval/most-that-fits.ts';
import type { Page, PageItem, PagePicture, PageSection } from '../approval/page.ts';
import { pictureUrl } from '../approval/web-url.ts';
import { pageWithoutPrefix } from './command-words.ts';
import { adaptiveCard, counted, lineRuns, paragraph, paragraphs, run } from './elements.ts';
import type { JsonObject } from './json.ts';
import { jsonLength, LENGTH, SIZE } from './limits.ts';
import { type PagePlace, pageButtons } from './page-buttons.ts';
import { clean, oneLine, shown } from './text.ts';

/** How densely a page is drawn: the roomiest way that fits is taken. */
interface Look {
  /** Code points of one line. */
  line: number;
  /** Lines of intro, of notes, and of one item's details, each. */
  lines: number;
  /** Code points of what stands for the picture. */
  alt: number;
  /** The most sections, and the most items of each. */
  sections: number;
  items: number;
}

const ROOMY = { line: 600, lines: 10, alt: 1000 };
const DENSE = { line: 240, lines: 6, alt: 400 };
const TIGHT = { line: 100, lines: 2, alt: 150 };

/** Nobody reads longer lists here; they are turned page by page. */
const ITEMS_MAX = 100;

/**
 * The page as a card: any page gives a valid one of at most SIZE.card characters. First it is drawn more densely, then
 * lists are cut after an item, and say how many are left out. `opensForm`: whether a command answers with a dialog.
 * `surface`: in a dialog every button submits it.
 */
export function pageView(
  given: Page,
  opensForm: (command: string) => boolean,
  surface: PagePlace['surface'] = 'message',
): JsonObject {
  const page = pageWithoutPrefix(given);
  const draw = (look: Look): JsonObject | null => {
    const card = { ...adaptiveCard(body(page, look, { surface, opensForm })), msteams: { width: 'Full' } };
    return jsonLength(card) <= SIZE.card ? card : null;
  };
  const sections = page.sections.length;
  const items = Math.min(ITEMS_MAX, Math.max(0, ...page.sections.map((section) => section.items.length)));
  return (
    draw({ ...ROOMY, sections, items }) ??
    draw({ ...DENSE, sections, items }) ??
    mostThatFits(1, items, (fewer) => draw({ ...DENSE, sections, items: fewer })) ??
    mostThatFits(1, items, (fewer) => draw({ ...TIGHT, sections, items: fewer })) ??
    mostThatFits(0, sections, (fewer) => draw({ ...TIGHT, sections: fewer, items: 0 })) ??
    adaptiveCard([paragraph([run('This is too much to be shown in Teams.')])!])
  );
}

const SMALL = { subtle: true, size: 'small' } as const;

function body(page: Page, look: Look, place: PagePlace): JsonObject[] {
  const sections = page.sections.filter(({ items, empty }) => items.length > 0 || empty !== null);
  const left = sections.length - look.sections;
  return [
    paragraph([run(shown(page.title, LENGTH.title, 'Countersign'), { strong: true, size: 'large' })])!,
    ...paragraphs(counted(page.intro, look.lines), look.line, {}, { spacing: 'small' }),
    ...sections.slice(0, look.sections).flatMap((section) => sectionElements(section, look, place)),
    ...(left > 0 ? more(left, left === 1 ? ' section' : ' sections') : []),
    // Last, so that what waits for the reader comes first.
    ...(page.picture ? pictureElements(page.picture, look) : []),
    ...paragraphs(counted(page.notes, look.lines), look.line, SMALL, { spacing: 'medium', separator: true }),
  ];
}

function more(left: number, what: string): JsonObject[] {
  return [paragraph([run(`and ${left} more${what}`, SMALL)], { spacing: 'small' })!];
}

function sectionElements(
  { title, items, empty, actions }: PageSection,
  look: Look,
  place: PagePlace,
): JsonObject[] {
  const elements: JsonObject[] = [];
  if (title !== null)
    elements.push(
      paragraph([run(shown(title, LENGTH.title), { strong: true, size: 'medium' })], {
        spacing: 'medium',
        separator: true,
      })!,
    );
  elements.push(...items.slice(0, look.items).flatMap((item) => itemElements(item, look, place)));
  if (items.length === 0)
    elements.push(...paragraphs([[{ kind: 'text', text: empty ?? '' }]], look.line, { subtle: true }));
  if (items.length > look.items) elements.push(...more(items.length - look.items, ''));
  return [...elements, ...pageButtons(actions, title ?? 'this list', place)];
}

/** An item with buttons stands apart from its neighbours; others are a list, close together. */
function itemElements({ line, details, actions }: PageItem, look: Look, place: PagePlace): JsonObject[] {
  const runs = lineRuns(line, look.line);
  const rows = pageButtons(actions, line, place);
  const items = [
    paragraph(runs.length > 0 ? runs : [run('–')])!,
    ...paragraphs(counted(details, look.lines), look.line, SMALL, { spacing: 'none' }),
    ...rows,
  ];
  if (items.length === 1) return [{ ...items[0]!, spacing: 'small' }];
  return [{ type: 'Container', spacing: rows.length > 0 ? 'medium' : 'small', items }];
}

function pictureElements({ url, title, alt }: PagePicture, look: Look): JsonObject[] {
  const source = pictureUrl(url);
  if (source === null) return [];
  const name = shown(title, LENGTH.title, '');
  const altText = shown(alt, look.alt, oneLine(clean(name)) || 'Picture');
  const heading = name === '' ? [] : [paragraph([run(name, { strong: true })], { spacing: 'medium' })!];
  return [...heading, { type: 'Image', url: source, altText, size: 'stretch' }];
}
