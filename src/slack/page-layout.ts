import type { Button, KnownBlock, RichTextElement } from '@slack/types';
import type { CardLine } from '../approval/card.ts';
import type { Page, PageItem, PagePicture, PageSection } from '../approval/page.ts';
import { pictureUrl } from '../approval/web-url.ts';
import { jsonBytes, LENGTH, SIZE } from './limits.ts';
import { type ButtonNumbers, buttonRow, pageButton } from './page-buttons.ts';
import { counted, lineElements, linesBlock, words } from './rich-text.ts';
import { lineWords, smallPrint } from './small-print.ts';
import { clean, clip, oneLine, plainText, shown } from './text.ts';

/** How a page is drawn: the roomiest way that fits its place is taken. */
export interface Look {
  /** The title as the first block; a modal may have it in its frame. */
  title: boolean;
  /** Sections under a ruled-off heading, or under a line in bold. */
  headings: 'ruled' | 'bold';
  /** An item's details below it in small print, or within its own block. */
  details: 'below' | 'within';
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

/** Items that need no block of their own share one, up to so many. */
const ITEMS_PER_LIST = 20;

/** The page as blocks; what the look has no room for is counted in words at the end of its list. */
export function drawPage(page: Page, look: Look): KnownBlock[] {
  const numbers: ButtonNumbers = { next: 1 };
  const sections = page.sections.filter(({ items, empty }) => items.length > 0 || empty !== null);
  const intro = linesBlock(counted(page.intro, look.lines).map((line) => lineElements(line, look.line)));
  const blocks: KnownBlock[] = [];
  if (look.title) blocks.push({ type: 'header', text: heading(page.title, 'Countersign') });
  if (intro) blocks.push(intro);
  for (const section of sections.slice(0, look.sections)) {
    if (section.title !== null) blocks.push(...headingBlocks(section.title, look, blocks.length > 0));
    blocks.push(...sectionBlocks(section, look, numbers));
  }
  if (sections.length > look.sections) blocks.push(...more(sections.length - look.sections, 'section'));
  // Last, so that what waits for the reader comes first.
  if (page.picture) blocks.push(...pictureBlocks(page.picture, look));
  blocks.push(...smallPrint(counted(page.notes, look.lines), look.line));
  return blocks;
}

function heading(title: string, instead?: string) {
  return plainText(oneLine(clean(title)), LENGTH.header, instead);
}

function headingBlocks(title: string, look: Look, ruledOff: boolean): KnownBlock[] {
  if (look.headings === 'bold') {
    const elements = [words(shown(oneLine(clean(title)), LENGTH.header), true)];
    return [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }];
  }
  const header: KnownBlock = { type: 'header', text: heading(title) };
  return ruledOff ? [{ type: 'divider' }, header] : [header];
}

function pictureBlocks({ url, title, alt }: PagePicture, look: Look): KnownBlock[] {
  const image_url = pictureUrl(url);
  if (image_url === null) return [];
  const name = oneLine(clean(title));
  return [
    {
      type: 'image',
      image_url,
      alt_text: shown(oneLine(alt), look.alt, shown(name, look.alt, 'Picture')),
      ...(name !== '' && { title: plainText(name, LENGTH.header) }),
    },
  ];
}

function sectionBlocks(section: PageSection, look: Look, numbers: ButtonNumbers): KnownBlock[] {
  const { items, empty, title } = section;
  const blocks = itemBlocks(items.slice(0, look.items), look, numbers);
  if (items.length === 0) blocks.push(...sentence(empty ?? '', look));
  if (items.length > look.items) blocks.push(...more(items.length - look.items, ''));
  const row = buttonRow(section.actions, title ?? 'this list', numbers);
  if (row) blocks.push(row);
  return blocks;
}

function sentence(text: string, look: Look): KnownBlock[] {
  const block = linesBlock([lineElements([{ kind: 'text', text }], look.line)]);
  return block ? [block] : [];
}

function more(left: number, what: string): KnownBlock[] {
  const noun = what === '' ? '' : ` ${what}${left === 1 ? '' : 's'}`;
  return smallPrint([[{ kind: 'text', text: `and ${left} more${noun}` }]], 100);
}

/** Items with buttons, or with small print below, have blocks of their own; neighbouring others are one list. */
function itemBlocks(items: readonly PageItem[], look: Look, numbers: ButtonNumbers): KnownBlock[] {
  const blocks: KnownBlock[] = [];
  let listed: RichTextElement[][] = [];
  const flush = () => {
    if (listed.length > 0) blocks.push(listBlock(listed));
    listed = [];
  };
  for (const item of items) {
    const beside = buttonBeside(item, numbers);
    const row = beside ? null : buttonRow(item.actions, lineWords(item.line), numbers);
    const details = counted(item.details, look.lines);
    const below = look.details === 'below' ? smallPrint(details, look.line) : [];
    const within = look.details === 'within' ? details : [];
    const elements = itemElements(item.line, within, look);
    if (beside) {
      flush();
      const text = plainText(oneLine([item.line, ...within].map(lineWords).join(' · ')), look.line, '–');
      blocks.push({ type: 'section', text, accessory: beside }, ...below);
      continue;
    }
    if (row || below.length > 0) {
      flush();
      blocks.push({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }, ...below);
      if (row) blocks.push(row);
      continue;
    }
    listed.push(elements);
    if (listed.length === ITEMS_PER_LIST || jsonBytes(listed) > SIZE.richText) flush();
  }
  flush();
  return blocks;
}

/** A lone button stands beside its line, where the line is words alone: a section's text knows no safe mentions. */
function buttonBeside({ line, actions }: PageItem, numbers: ButtonNumbers): Button | null {
  const [action] = actions;
  if (!action || actions.length > 1 || !line.every((span) => span.kind === 'text')) return null;
  return pageButton(action, lineWords(line), numbers);
}

function listBlock(items: readonly RichTextElement[][]): KnownBlock {
  const elements = items.map((one) => ({ type: 'rich_text_section' as const, elements: one }));
  return { type: 'rich_text', elements: [{ type: 'rich_text_list', style: 'bullet', elements }] };
}

/** Never empty: Slack takes no line without a word. */
function itemElements(line: CardLine, details: readonly CardLine[], look: Look): RichTextElement[] {
  const own = lineElements(line, look.line);
  const elements = own.length > 0 ? own : [words('–')];
  for (const detail of details) {
    const below = lineElements(detail, look.line);
    if (below.length > 0) elements.push(words('\n'), ...below);
  }
  return elements;
}

/** The page's title as a modal's own; null when it is too long for one. */
export function frameTitle(title: string): string | null {
  const words = oneLine(clean(title));
  return words !== '' && clip(words, LENGTH.modalTitle) === words ? words : null;
}
