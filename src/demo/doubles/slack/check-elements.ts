import type { JsonObject } from '../common/json.ts';
import {
  anything,
  byType,
  type Check,
  flag,
  identifier,
  integer,
  list,
  oneOf,
  type Place,
  pattern,
  shape,
  text,
} from './check.ts';
import { richTextBlock } from './check-rich-text.ts';
import {
  buttonUrl,
  confirmDialog,
  dispatchConfig,
  image,
  initialFitsLength,
  initialsAreOptions,
  maxSelected,
  options,
  overflowOption,
  plainOption,
  plainText,
  richOption,
} from './check-texts.ts';
import { COUNT, LENGTH } from './limits.ts';

type Fields = Readonly<Record<string, Check>>;

const base: Fields = { action_id: identifier(LENGTH.actionId) };
const confirmable: Fields = { ...base, confirm: confirmDialog };
const placeholder: Fields = { placeholder: plainText(LENGTH.placeholder) };
const picker: Fields = { ...confirmable, focus_on_load: flag };
const typing: Fields = {
  ...base,
  ...placeholder,
  focus_on_load: flag,
  dispatch_action_config: dispatchConfig,
};
const menu: Fields = { ...picker, ...placeholder };
const many: Fields = { ...menu, max_selected_items: maxSelected };

const id = text(255);
const filter = shape(
  {},
  {
    include: list(oneOf('im', 'mpim', 'private', 'public'), 4),
    exclude_external_shared_channels: flag,
    exclude_bot_users: flag,
  },
);

const optionGroups = list(
  shape({ label: plainText(LENGTH.optionGroupLabel), options: options(plainOption, COUNT.selectOptions) }),
  COUNT.optionGroups,
);
const choices: Fields = { options: options(plainOption, COUNT.selectOptions), option_groups: optionGroups };

function choosesFromOne(value: JsonObject, at: Place): void {
  if ('options' in value === 'option_groups' in value) {
    at.report('must define either `options` or `option_groups`', { type: 'one_of' });
  }
  initialsAreOptions(value, at);
}

const kind = { type: anything };

const button = shape(
  { ...kind, text: plainText(LENGTH.buttonText) },
  {
    ...confirmable,
    value: text(LENGTH.buttonValue),
    url: buttonUrl,
    style: oneOf('primary', 'danger'),
    accessibility_label: text(LENGTH.accessibilityLabel),
  },
);

const selects: Fields = {
  static_select: shape(kind, { ...menu, ...choices, initial_option: plainOption }, choosesFromOne),
  external_select: shape(kind, { ...menu, initial_option: plainOption, min_query_length: integer(0, 100) }),
  users_select: shape(kind, { ...menu, initial_user: id }),
  conversations_select: shape(kind, {
    ...menu,
    initial_conversation: id,
    default_to_current_conversation: flag,
    response_url_enabled: flag,
    filter,
  }),
  channels_select: shape(kind, { ...menu, initial_channel: id, response_url_enabled: flag }),
  multi_static_select: shape(
    kind,
    { ...many, ...choices, initial_options: options(plainOption, COUNT.selectOptions) },
    choosesFromOne,
  ),
  multi_external_select: shape(kind, {
    ...many,
    initial_options: options(plainOption, COUNT.selectOptions),
    min_query_length: integer(0, 100),
  }),
  multi_users_select: shape(kind, { ...many, initial_users: list(id, 100) }),
  multi_conversations_select: shape(kind, {
    ...many,
    initial_conversations: list(id, 100),
    default_to_current_conversation: flag,
    filter,
  }),
  multi_channels_select: shape(kind, { ...many, initial_channels: list(id, 100) }),
};

const checkboxes = shape(
  { ...kind, options: options(richOption, COUNT.checkboxOptions) },
  { ...picker, initial_options: options(richOption, COUNT.checkboxOptions) },
  initialsAreOptions,
);
const radioButtons = shape(
  { ...kind, options: options(richOption, COUNT.checkboxOptions) },
  { ...picker, initial_option: richOption },
  initialsAreOptions,
);
const overflow = shape({ ...kind, options: options(overflowOption, COUNT.overflowOptions) }, confirmable);
const datepicker = shape(kind, {
  ...menu,
  initial_date: pattern(/^\d{4}-\d{2}-\d{2}$/, 'must be YYYY-MM-DD'),
});
const timepicker = shape(kind, {
  ...menu,
  initial_time: pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:mm'),
  timezone: text(255),
});
// "in the format of 10 digits": https://docs.slack.dev/reference/block-kit/block-elements/datetime-picker-element
const datetimepicker = shape(kind, { ...picker, initial_date_time: integer(1_000_000_000, 9_999_999_999) });

const number = pattern(/^-?\d+(\.\d+)?$/, 'must be a number in a string');
function boundsInOrder(value: JsonObject, at: Place): void {
  if (Number(value.min_value ?? -Infinity) > Number(value.max_value ?? Infinity)) {
    at.child('min_value').report('min_value must not exceed max_value', { type: 'range' });
  }
}

const richTextInput = shape(kind, {
  ...typing,
  initial_value: richTextBlock,
  min_lines: integer(1, 100),
  max_lines: integer(1, 100),
});

const typed: Fields = {
  plain_text_input: shape(
    kind,
    {
      ...typing,
      initial_value: text(LENGTH.plainTextInput, 0),
      multiline: flag,
      min_length: integer(0, LENGTH.plainTextInput),
      max_length: integer(1, LENGTH.plainTextInput),
    },
    initialFitsLength,
  ),
  number_input: shape(
    { ...kind, is_decimal_allowed: flag },
    { ...typing, initial_value: number, min_value: number, max_value: number },
    boundsInOrder,
  ),
  email_text_input: shape(kind, { ...typing, initial_value: text(LENGTH.plainTextInput, 0) }),
  url_text_input: shape(kind, { ...typing, initial_value: text(LENGTH.plainTextInput, 0) }),
  rich_text_input: richTextInput,
};

const fileInput: Check = (value, at) => {
  if (at.surface !== 'modal')
    return at.child('type').report('unsupported type: file_input', { type: 'surface' });
  shape(kind, { ...base, filetypes: list(text(50), 100), max_files: integer(1, COUNT.files) })(value, at);
};

const grouped: Fields = { checkboxes, radio_buttons: radioButtons, datepicker, timepicker, ...selects };

export const imageElement: Check = image();

/** What may stand beside a section. */
export const sectionAccessory: Check = byType({ button, overflow, image: imageElement, ...grouped });

/** What may stand in an actions block. */
export const actionsElement: Check = byType({
  button,
  overflow,
  datetimepicker,
  rich_text_input: richTextInput,
  ...grouped,
});

/** What may stand in an input block. */
export const inputElement: Check = byType({ ...typed, datetimepicker, file_input: fileInput, ...grouped });

/** A button where only buttons are allowed. */
export const onlyButton: Check = byType({ button });

const feedbackButton = shape(
  { text: plainText(LENGTH.buttonText), value: text(LENGTH.buttonValue) },
  { accessibility_label: text(LENGTH.accessibilityLabel) },
);

/** What may stand in a context_actions block. */
export const contextActionsElement: Check = byType({
  feedback_buttons: shape(
    { ...kind, positive_button: feedbackButton, negative_button: feedbackButton },
    base,
  ),
  icon_button: shape(
    { ...kind, icon: text(50), text: plainText(LENGTH.buttonText) },
    {
      ...confirmable,
      accessibility_label: text(LENGTH.accessibilityLabel),
      value: text(LENGTH.buttonValue),
      visible_to_user_ids: list(id, 100),
    },
  ),
});
