import type { ActionsBlock, Button, HomeView, KnownBlock } from '@slack/types';
import { type CardLine, lineText } from '../approval/card.ts';
import type { Page, PageAction, PageItem } from '../approval/page.ts';
import { ACTION, buttonValue } from './blocks.ts';
import { COUNT, LENGTH } from './limits.ts';
import { lineElements, linesBlock } from './rich-text.ts';
import { clean, clip, escapeMarkup, oneLine, plainText } from './text.ts';

/** A page as somebody's Home. */
export function homeView(page: Page): HomeView {
  return { type: 'home', blocks: pageBlocks(page).slice(0, COUNT.modalBlocks) };
}

/** A page as a message. */
export function pageMessage(page: Page): { text: string; blocks: KnownBlock[] } {
  const words = [page.title, ...page.intro.map(lineText)].join(' ');
  return {
    text: escapeMarkup(clip(oneLine(clean(words)), 200)),
    blocks: pageBlocks(page).slice(0, COUNT.messageBlocks),
  };
}

function pageBlocks(page: Page): KnownBlock[] {
  const parts: (KnownBlock | null)[] = [
    header(page.title),
    lines(page.intro),
    page.picture && {
      type: 'image',
      image_url: page.picture.url,
      alt_text: page.picture.alt,
      title: plainText(page.picture.title, LENGTH.header),
    },
    ...page.sections.flatMap((section) => [
      { type: 'divider' } as const,
      section.title === null ? null : header(section.title),
      ...section.items.flatMap(itemBlocks),
      section.items.length === 0 && section.empty !== null
        ? lines([[{ kind: 'text', text: section.empty }]])
        : null,
      buttons(section.actions),
    ]),
    lines(page.notes),
  ];
  return parts.filter((block) => block !== null);
}

function header(title: string): KnownBlock {
  return { type: 'header', text: plainText(oneLine(title), LENGTH.header) };
}

function itemBlocks(item: PageItem): (KnownBlock | null)[] {
  return [lines([item.line, ...item.details]), buttons(item.actions)];
}

function lines(all: readonly CardLine[]): KnownBlock | null {
  return linesBlock(all.map((line) => lineElements(line, 600)));
}

function buttons(actions: readonly PageAction[]): ActionsBlock | null {
  if (actions.length === 0) return null;
  return { type: 'actions', elements: actions.map(button) };
}

function button(action: PageAction, index: number): Button {
  const looks = {
    type: 'button',
    text: plainText(action.label, LENGTH.buttonText),
    ...(action.style && { style: action.style }),
    ...(action.confirm && {
      confirm: {
        title: plainText(action.confirm.title, LENGTH.confirmTitle),
        text: plainText(action.confirm.text, LENGTH.confirmText),
        confirm: plainText(action.confirm.button, LENGTH.confirmButton),
        deny: plainText('Cancel', LENGTH.confirmButton),
      },
    }),
  } as const;
  switch (action.kind) {
    case 'link':
      return { ...looks, action_id: `${ACTION.viewPipeline}`, url: action.url };
    case 'turn':
      return { ...looks, action_id: `turn_${index}`, value: `${action.section}.${action.page}` };
    case 'command':
      return { ...looks, action_id: `command_${index}`, value: action.command };
    case 'card':
      return {
        ...looks,
        action_id: action.press === 'review' ? ACTION.approve : action.press,
        value: buttonValue(action.cardId, action.contentVersion),
      };
  }
}
