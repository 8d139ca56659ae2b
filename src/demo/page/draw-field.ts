import { isObject, type JsonObject, stringOf } from '../doubles/common/json.ts';
import { optionsOf } from '../doubles/slack/check-texts.ts';
import type { StoredView } from '../doubles/slack/shown.ts';
import { textOf } from '../doubles/slack/text.ts';
import { stateOf, valueIn } from '../doubles/slack/view-state.ts';
import { html, type Markup } from './html.ts';
import type { Reader } from './reader.ts';

interface Choice {
  value: string;
  label: string;
  description: string;
}

interface Field {
  id: string;
  element: JsonObject;
  value: unknown;
  describedBy: string;
  wrong: boolean;
}

const HTML_TYPE: Readonly<Record<string, string>> = {
  plain_text_input: 'text',
  number_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
  datepicker: 'date',
  timepicker: 'time',
};
const ONE_OF = new Set(['static_select', 'users_select', 'channels_select', 'conversations_select']);
const LISTED = new Set(['radio_buttons', 'checkboxes']);

/** An input block of a view as a form field: label, optional mark, control, hint, and the error under it. */
export function drawField(view: StoredView, block: JsonObject, reader: Reader): Markup {
  const blockId = String(block.block_id);
  const element = isObject(block.element) ? block.element : {};
  const state = stateOf([block], view.entered)[blockId]?.[String(element.action_id)];
  const error = view.shownErrors[blockId];
  const hint = textOf(block.hint);
  const id = `${view.id}-${blockId}`;
  const describedBy = [error !== undefined && `${id}-error`, hint !== '' && `${id}-hint`].filter(Boolean);
  const field: Field = {
    id,
    element,
    value: state ? valueIn(element, state) : null,
    describedBy: describedBy.join(' '),
    wrong: error !== undefined,
  };
  const listed = LISTED.has(String(element.type)) || String(element.type).startsWith('multi_');
  const optional = block.optional === true && html`<span class="f-optional">(optional)</span>`;
  const dispatches = block.dispatch_action === true && html` data-dispatch`;
  const label = html`<span class="f-label-text">${textOf(block.label)}</span> ${optional}`;
  return html`<div class="field${error === undefined ? '' : ' wrong'}" data-block="${blockId}"${dispatches}>${
    listed
      ? html`<div class="f-label" id="${id}-label">${label}</div>`
      : html`<label class="f-label" for="${id}">${label}</label>`
  }${drawControl(field, reader)}${
    error !== undefined && html`<p class="f-error" id="${id}-error" role="alert">${error}</p>`
  }${hint !== '' && html`<p class="f-hint" id="${id}-hint">${hint}</p>`}</div>`;
}

function drawControl(field: Field, reader: Reader): Markup {
  const type = String(field.element.type);
  if (ONE_OF.has(type)) return drawSelect(field, choicesOf(field.element, reader));
  if (LISTED.has(type) || type.startsWith('multi_')) return drawList(field, choicesOf(field.element, reader));
  const value = valueText(field.value);
  const placeholder = textOf(field.element.placeholder);
  if (field.element.multiline === true || type === 'rich_text_input')
    return html`<textarea id="${field.id}" rows="3" placeholder="${placeholder}" aria-describedby="${field.describedBy}" aria-invalid="${String(field.wrong)}">${value}</textarea>`;
  const mode = type === 'number_input' ? 'decimal' : 'text';
  return html`<input id="${field.id}" type="${HTML_TYPE[type] ?? 'text'}" inputmode="${mode}" autocomplete="off" spellcheck="false" value="${value}" placeholder="${placeholder}" aria-describedby="${field.describedBy}" aria-invalid="${String(field.wrong)}">`;
}

function drawSelect(field: Field, choices: readonly Choice[]): Markup {
  const chosen = chosenValues(field.value);
  const placeholder = textOf(field.element.placeholder) || 'Choose an option';
  const options = choices.map(({ value, label }) =>
    chosen.includes(value)
      ? html`<option value="${value}" selected>${label}</option>`
      : html`<option value="${value}">${label}</option>`,
  );
  return html`<div class="f-select"><select id="${field.id}" aria-describedby="${field.describedBy}" aria-invalid="${String(field.wrong)}"><option value="">${placeholder}</option>${options}</select></div>`;
}

function drawList(field: Field, choices: readonly Choice[]): Markup {
  const chosen = chosenValues(field.value);
  const kind = field.element.type === 'radio_buttons' ? 'radio' : 'checkbox';
  const rows = choices.map(({ value, label, description }) => {
    const text = html`<span>${label}${description !== '' && html`<small>${description}</small>`}</span>`;
    return chosen.includes(value)
      ? html`<label><input type="${kind}" name="${field.id}" value="${value}" checked>${text}</label>`
      : html`<label><input type="${kind}" name="${field.id}" value="${value}">${text}</label>`;
  });
  const chips = String(field.element.type).startsWith('multi_') && ' f-chips';
  return html`<div class="f-list${chips}" role="group" aria-labelledby="${field.id}-label" aria-describedby="${field.describedBy}">${rows}</div>`;
}

function choicesOf(element: JsonObject, reader: Reader): Choice[] {
  const named = (names: ReadonlyMap<string, string>, mark: string): Choice[] =>
    [...names].map(([value, name]) => ({ value, label: `${mark}${name}`, description: '' }));
  const type = String(element.type);
  if (type.includes('users')) return named(reader.names, '');
  if (type.includes('channels') || type.includes('conversations')) return named(reader.channels, '# ');
  return optionsOf(element).map((option) => ({
    value: stringOf(option.value) ?? '',
    label: textOf(option.text),
    description: textOf(option.description),
  }));
}

function chosenValues(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((one) => (isObject(one) ? (stringOf(one.value) ?? '') : (stringOf(one) ?? '')));
}

function valueText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
