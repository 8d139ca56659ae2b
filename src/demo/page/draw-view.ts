import type { StoredView } from '../doubles/slack/shown.ts';
import { textOf } from '../doubles/slack/text.ts';
import { drawBlocks } from './draw-blocks.ts';
import { drawField } from './draw-field.ts';
import { html, type Markup } from './html.ts';
import type { Reader } from './reader.ts';

/** The Home tab, whose buttons are pressed like a modal's. */
export function drawHome(view: StoredView, reader: Reader): Markup {
  return html`<div class="home" data-view="${view.id}">${drawBlocks(view.blocks, reader, (block) => drawField(view, block, reader))}</div>`;
}

/** A modal as an HTML form built from the very view the bot opened. */
export function drawView(view: StoredView, reader: Reader): Markup {
  const titleId = `${view.id}-title`;
  const submit = textOf(view.submit);
  return html`<form class="modal" role="dialog" aria-modal="true" aria-labelledby="${titleId}" data-view="${view.id}" novalidate>
<header><h3 id="${titleId}">${textOf(view.title)}</h3><button type="button" class="modal-x" data-close aria-label="Close">×</button></header>
<div class="modal-body">${drawBlocks(view.blocks, reader, (block) => drawField(view, block, reader))}</div>
<footer><button type="button" class="s-button" data-close>${textOf(view.close) || 'Cancel'}</button>${
    submit !== '' && html`<button type="submit" class="s-button s-primary">${submit}</button>`
  }</footer></form>`;
}
