import type { KnownBlock, ModalView } from '@slack/types';
import type { Page } from '../approval/page.ts';
import { LENGTH } from './limits.ts';
import { lineElements, linesBlock } from './rich-text.ts';
import { plainText } from './text.ts';

/** A page as a modal. */
export function pageModal(page: Page): ModalView {
  const block = linesBlock(
    [
      ...page.intro,
      ...page.sections.flatMap(({ items }) => items.map(({ line }) => line)),
      ...page.notes,
    ].map((line) => lineElements(line, 500)),
  );
  const blocks: KnownBlock[] = block ? [block] : [];
  return {
    type: 'modal',
    title: plainText(page.title, LENGTH.modalTitle, 'Countersign'),
    close: plainText('Close', LENGTH.modalButton),
    blocks,
  };
}
