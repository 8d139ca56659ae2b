import { isObject, type JsonObject, objectsIn } from '../common/json.ts';
import { optionsOf } from './check-texts.ts';
import { elementsOf, hasState } from './elements.ts';
import { Refusal } from './refusal.ts';
import type { StateValue, StateValues } from './shown.ts';
import { textOf } from './text.ts';

type Entry = string | string[] | null;

interface Kind {
  member: string;
  /** Where the element keeps its initial value. */
  initial: string;
  empty: unknown;
  read(element: JsonObject, entry: string | string[]): unknown;
}

const one = (entry: string | string[]): string => (Array.isArray(entry) ? (entry[0] ?? '') : entry);
const several = (entry: string | string[]): string[] => (Array.isArray(entry) ? entry : [entry]);

function optionNamed(element: JsonObject, name: string): JsonObject {
  const options = optionsOf(element);
  const found =
    options.find((option) => option.value === name) ?? options.find((option) => textOf(option.text) === name);
  if (!found) throw new Refusal(`the ${String(element.type)} offers no option "${name}"`);
  return structuredClone(found);
}

const written = (member: string): Kind => ({
  member,
  initial: 'initial_value',
  empty: null,
  read: (_element, entry) => (one(entry) === '' ? null : one(entry)),
});
const picked = (member: string, initial: string): Kind => ({
  member,
  initial,
  empty: null,
  read: (_element, entry) => (one(entry) === '' ? null : one(entry)),
});
const pickedMany = (member: string, initial: string): Kind => ({
  member,
  initial,
  empty: [],
  read: (_element, entry) => several(entry),
});
const option: Kind = {
  member: 'selected_option',
  initial: 'initial_option',
  empty: null,
  read: (element, entry) => (one(entry) === '' ? null : optionNamed(element, one(entry))),
};
const optionList: Kind = {
  member: 'selected_options',
  initial: 'initial_options',
  empty: [],
  read: (element, entry) => several(entry).map((name) => optionNamed(element, name)),
};
const foreignOption: Kind = {
  ...option,
  read: (_element, entry) => ({
    text: { type: 'plain_text', text: one(entry), emoji: true },
    value: one(entry),
  }),
};

/** Members of `state.values` by element type. Source: ViewStateValue of @slack/bolt 5.1.0. */
const KINDS: Readonly<Record<string, Kind>> = {
  plain_text_input: written('value'),
  number_input: written('value'),
  email_text_input: written('value'),
  url_text_input: written('value'),
  rich_text_input: {
    ...written('rich_text_value'),
    read: (_element, entry) => ({
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: one(entry) }] }],
    }),
  },
  static_select: option,
  radio_buttons: option,
  overflow: option,
  external_select: foreignOption,
  multi_static_select: optionList,
  checkboxes: optionList,
  multi_external_select: {
    ...optionList,
    read: (element, entry) => several(entry).map((name) => foreignOption.read(element, name)),
  },
  datepicker: picked('selected_date', 'initial_date'),
  timepicker: picked('selected_time', 'initial_time'),
  datetimepicker: {
    ...picked('selected_date_time', 'initial_date_time'),
    read: (_element, entry) => (one(entry) === '' ? null : Number(one(entry))),
  },
  users_select: picked('selected_user', 'initial_user'),
  conversations_select: picked('selected_conversation', 'initial_conversation'),
  channels_select: picked('selected_channel', 'initial_channel'),
  multi_users_select: pickedMany('selected_users', 'initial_users'),
  multi_conversations_select: pickedMany('selected_conversations', 'initial_conversations'),
  multi_channels_select: pickedMany('selected_channels', 'initial_channels'),
  file_input: pickedMany('files', 'none'),
};

function kindOf(element: JsonObject): Kind {
  const kind = KINDS[String(element.type)];
  if (!kind) throw new Refusal(`a ${String(element.type)} takes no value`);
  return kind;
}

/** What an element holds before anybody touched it. */
export function untouched(element: JsonObject): StateValue {
  const kind = kindOf(element);
  return { type: String(element.type), [kind.member]: structuredClone(element[kind.initial] ?? kind.empty) };
}

/** What an element holds once a person has entered something; null empties it. */
export function entered(element: JsonObject, entry: Entry): StateValue {
  const kind = kindOf(element);
  const value = entry === null ? kind.empty : kind.read(element, entry);
  return { type: String(element.type), [kind.member]: structuredClone(value) };
}

/** The `state.values` of these blocks. */
export function stateOf(blocks: JsonObject[], given: StateValues): StateValues {
  const values: StateValues = {};
  for (const block of blocks) {
    for (const element of elementsOf(block).filter(hasState)) {
      const row = values[String(block.block_id)] ?? {};
      const own = given[String(block.block_id)]?.[String(element.action_id)];
      row[String(element.action_id)] = structuredClone(own ?? untouched(element));
      values[String(block.block_id)] = row;
    }
  }
  return values;
}

/** The value inside a state entry, whatever its member is called. */
export function valueIn(element: JsonObject, state: StateValue | undefined): unknown {
  return state?.[kindOf(element).member];
}

function textEntered(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function complaint(block: JsonObject, element: JsonObject, value: unknown): string | undefined {
  const empty = value === null || value === undefined || (Array.isArray(value) && value.length === 0);
  if (empty) return block.optional === true ? undefined : 'Please complete this required field.';
  const text = textEntered(value);
  if (text === undefined) return undefined;
  const length = [...text].length;
  const { type, min_length: min, max_length: max } = element;
  if (typeof min === 'number' && length < min) return `Please enter at least ${min} characters.`;
  if (length > (typeof max === 'number' ? max : 3000)) return 'Your entry is too long.';
  if (type === 'email_text_input' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text))
    return 'Please enter a valid email address.';
  if (type === 'url_text_input' && !URL.canParse(text)) return 'Please enter a valid URL.';
  return type === 'number_input' ? numberComplaint(element, text) : undefined;
}

function numberComplaint(element: JsonObject, text: string): string | undefined {
  const form = element.is_decimal_allowed === true ? /^-?\d*\.?\d+$/ : /^-?\d+$/;
  if (!form.test(text)) return 'Please enter a valid number.';
  if (Number(text) < Number(element.min_value ?? -Infinity))
    return `Must be at least ${String(element.min_value)}.`;
  if (Number(text) > Number(element.max_value ?? Infinity))
    return `Must be at most ${String(element.max_value)}.`;
  return undefined;
}

/** What Slack's own client says under the inputs before anything is sent, by block_id. */
export function clientComplaints(blocks: JsonObject[], state: StateValues): Record<string, string> {
  const complaints: Record<string, string> = {};
  for (const block of objectsIn(blocks).filter((candidate) => candidate.type === 'input')) {
    if (!isObject(block.element)) continue;
    const own = state[String(block.block_id)]?.[String(block.element.action_id)];
    const said = complaint(block, block.element, valueIn(block.element, own));
    if (said !== undefined) complaints[String(block.block_id)] = said;
  }
  return complaints;
}
