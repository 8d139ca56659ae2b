import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import { mostThatFits } from '../approval/most-that-fits.ts';
import type { Page } from '../approval/page.ts';
import { COUNT, jsonBytes, LENGTH, SIZE } from './limits.ts';
import { drawPage, frameTitle, type Look } from './page-layout.ts';
import { clean, clip, escapeMarkup, oneLine, plainText } from './text.ts';

/** The callback id of a page shown in a modal. */
export const PAGE_CALLBACK = 'countersign_page';

/** How much a surface takes. */
interface Room {
  blocks: number;
  bytes: number;
}

const MESSAGE: Room = { blocks: COUNT.messageBlocks, bytes: SIZE.messageBlocksBytes };
// The frame of a view takes its share.
const VIEW: Room = { blocks: COUNT.modalBlocks, bytes: SIZE.viewBytes - 10_000 };

/** Nobody reads longer lists here; they are turned page by page. */
const ITEMS_MAX = 100;

type Density = Pick<Look, 'details' | 'line' | 'lines' | 'alt'>;

const ROOMY: Density = { details: 'below', line: 600, lines: 10, alt: LENGTH.imageAlt };
const DENSE: Density = { details: 'within', line: 300, lines: 6, alt: 600 };
const TIGHT: Density = { details: 'within', line: 100, lines: 2, alt: 200 };

/** A page for one reader's eyes: the blocks of an ephemeral message, and its text for notifications. */
export interface PageMessage {
  text: string;
  blocks: KnownBlock[];
}

/**
 * The page as a message. Any page gives a valid one (limits.ts): first it is drawn more densely, then lists are cut
 * after an item, and say how much is left out. Untrusted words stand only in plain_text and rich_text text.
 */
export function pageMessage(page: Page): PageMessage {
  const title = clip(oneLine(clean(page.title)), SIZE.fallbackText / 5);
  return {
    text: escapeMarkup(title) || 'Countersign',
    blocks: pageBlocks(page, MESSAGE, { title: true, headings: 'bold' }),
  };
}

/** The page as a modal without fields; as for `pageMessage`. */
export function pageModal(page: Page): ModalView {
  const title = frameTitle(page.title);
  return {
    type: 'modal',
    callback_id: PAGE_CALLBACK,
    title: plainText(title ?? 'Countersign', LENGTH.modalTitle),
    close: plainText('Close', LENGTH.modalButton),
    blocks: pageBlocks(page, VIEW, { title: title === null, headings: 'ruled' }),
  };
}

/** The page as somebody's Home tab; as for `pageMessage`. */
export function homeView(page: Page): HomeView {
  return { type: 'home', blocks: pageBlocks(page, VIEW, { title: true, headings: 'ruled' }) };
}

function pageBlocks(page: Page, room: Room, fixed: Pick<Look, 'title' | 'headings'>): KnownBlock[] {
  const draw = (density: Density, most: { sections: number; items: number }): KnownBlock[] | null => {
    const blocks = drawPage(page, { ...fixed, ...density, ...most });
    if (blocks.length === 0) return [nothing(NOTHING)];
    return blocks.length <= room.blocks && jsonBytes(blocks) <= room.bytes ? blocks : null;
  };
  const sections = page.sections.length;
  const longest = Math.max(0, ...page.sections.map((section) => section.items.length));
  const items = Math.min(longest, ITEMS_MAX);
  return (
    draw(ROOMY, { sections, items }) ??
    draw(DENSE, { sections, items }) ??
    mostThatFits(1, items, (fewer) => draw(DENSE, { sections, items: fewer })) ??
    mostThatFits(1, items, (fewer) => draw(TIGHT, { sections, items: fewer })) ??
    mostThatFits(0, sections, (fewer) => draw(TIGHT, { sections: fewer, items: 0 })) ?? [nothing(TOO_MUCH)]
  );
}

const NOTHING = 'There is nothing to show.';
const TOO_MUCH = 'This is too much to be shown in Slack.';

function nothing(sentence: string): KnownBlock {
  return { type: 'section', text: plainText(sentence, LENGTH.sectionText) };
}
