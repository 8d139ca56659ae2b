import { isObject, type JsonObject, stringOf } from '../doubles/common/json.ts';
import { optionsOf } from '../doubles/slack/check-texts.ts';
import { textOf } from '../doubles/slack/text.ts';
import { html, type Markup } from './html.ts';

/** Plain text as Slack shows it: no markup is ever read in it. */
export function plainText(value: unknown, className = 'plain'): Markup {
  return html`<span class="${className}">${textOf(value)}</span>`;
}

function confirmData(element: JsonObject): string {
  const { confirm } = element;
  if (!isObject(confirm)) return '';
  return JSON.stringify({
    title: textOf(confirm.title),
    text: textOf(confirm.text),
    confirm: textOf(confirm.confirm),
    deny: textOf(confirm.deny),
    style: stringOf(confirm.style) ?? 'primary',
  });
}

/** A button, or a menu, which the page's script finds by its position in the message. */
export function drawAction(element: JsonObject, position: number): Markup {
  if (element.type === 'button' || element.type === 'workflow_button') return drawButton(element, position);
  const options = optionsOf(element);
  if (options.length === 0) return html`<span class="not-drawn">${String(element.type)}</span>`;
  const label = textOf(element.placeholder) || (element.type === 'overflow' ? '⋯' : 'Choose');
  const choices = options.map(
    (option) => html`<option value="${stringOf(option.value) ?? ''}">${textOf(option.text)}</option>`,
  );
  return html`<select class="s-select" data-position="${position}" data-confirm="${confirmData(element)}" aria-label="${label}"><option value="" selected disabled>${label}</option>${choices}</select>`;
}

function drawButton(element: JsonObject, position: number): Markup {
  const style = stringOf(element.style) ?? 'default';
  const label = stringOf(element.accessibility_label) ?? textOf(element.text);
  const leads =
    stringOf(element.url) === undefined ? '' : html`<span class="s-leads" aria-hidden="true">↗</span>`;
  return html`<button type="button" class="s-button s-${style}" data-position="${position}" data-confirm="${confirmData(element)}" aria-label="${label}">${plainText(element.text)}${leads}</button>`;
}
