import { type JsonObject, objectsIn, stringOf } from '../doubles/common/json.ts';
import { elementsOf } from '../doubles/slack/elements.ts';
import { textOf } from '../doubles/slack/text.ts';
import { drawAction, plainText } from './draw-elements.ts';
import { html, type Markup } from './html.ts';
import { libraryBlocks } from './library-blocks.ts';
import type { Reader } from './reader.ts';

/** The interactive elements of a message or view in the order they are drawn: their position names them. */
export function positionsOf(blocks: readonly JsonObject[]): { block: JsonObject; element: JsonObject }[] {
  return blocks.flatMap((block) => elementsOf(block).map((element) => ({ block, element })));
}

/**
 * Blocks as Slack shows them. What the library draws differently from Slack (plain_text, which it reads as
 * markup, and everything that can be pressed) is drawn here; `drawInput` draws the input blocks of a view.
 */
export function drawBlocks(
  blocks: readonly JsonObject[],
  reader: Reader,
  drawInput: (block: JsonObject) => Markup = notDrawn,
): Markup {
  let position = 0;
  const drawn = blocks.map((block) => {
    const first = position;
    position += elementsOf(block).length;
    return block.type === 'input' ? drawInput(block) : drawBlock(block, first, reader);
  });
  return html`<div class="blocks">${drawn}</div>`;
}

function drawBlock(block: JsonObject, first: number, reader: Reader): Markup {
  switch (block.type) {
    case 'header':
      return html`<h4 class="s-header">${plainText(block.text)}</h4>`;
    case 'divider':
      return html`<hr class="s-divider">`;
    case 'context':
      return html`<div class="s-context">${objectsIn(block.elements).map((one) => contextElement(one, reader))}</div>`;
    case 'actions':
      return html`<div class="s-actions">${elementsOf(block).map((element, index) => drawAction(element, first + index))}</div>`;
    case 'image':
      return drawImage(block);
    case 'section':
      return drawSection(block, first, reader);
    default:
      return libraryBlocks([block], reader);
  }
}

function drawText(text: JsonObject, reader: Reader): Markup {
  return text.type === 'plain_text'
    ? plainText(text)
    : html`<span class="s-inline">${libraryBlocks([{ type: 'section', text }], reader)}</span>`;
}

function contextElement(element: JsonObject, reader: Reader): Markup {
  if (element.type !== 'image') return drawText(element, reader);
  return html`<img class="s-context-image" src="${stringOf(element.image_url) ?? ''}" alt="${stringOf(element.alt_text) ?? ''}">`;
}

function drawSection(block: JsonObject, first: number, reader: Reader): Markup {
  const texts = objectsIn([block.text]).map(
    (text) => html`<div class="s-text">${drawText(text, reader)}</div>`,
  );
  const fields = objectsIn(block.fields).map((field) => html`<div>${drawText(field, reader)}</div>`);
  const accessory = elementsOf(block).map((element) => drawAction(element, first));
  return html`<div class="s-section"><div class="s-section-text">${texts}${
    fields.length > 0 && html`<div class="s-fields">${fields}</div>`
  }</div>${accessory}</div>`;
}

function drawImage(block: JsonObject): Markup {
  const title = textOf(block.title);
  return html`<figure class="s-image">${title !== '' && html`<figcaption>${plainText(block.title)}</figcaption>`}<img src="${stringOf(block.image_url) ?? ''}" alt="${stringOf(block.alt_text) ?? ''}"></figure>`;
}

function notDrawn(block: JsonObject): Markup {
  return html`<p class="not-drawn">${textOf(block.label) || String(block.type)}</p>`;
}
