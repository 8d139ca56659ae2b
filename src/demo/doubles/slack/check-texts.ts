import { isObject, type JsonObject, objectsIn } from '../common/json.ts';
import {
  anything,
  both,
  byType,
  type Check,
  flag,
  integer,
  list,
  oneOf,
  type Place,
  shape,
  text,
} from './check.ts';
import { LENGTH } from './limits.ts';
import { codePoints, textOf } from './text.ts';

/** A plain_text object. */
export function plainText(max: number): Check {
  return byType({ plain_text: shape({ type: anything, text: text(max) }, { emoji: flag }) });
}

/** A mrkdwn object. */
export function mrkdwnText(max: number): Check {
  return byType({ mrkdwn: shape({ type: anything, text: text(max) }, { verbatim: flag }) });
}

/** Either text object. */
export function anyText(max: number): Check {
  return byType({
    plain_text: shape({ type: anything, text: text(max) }, { emoji: flag }),
    mrkdwn: shape({ type: anything, text: text(max) }, { verbatim: flag }),
  });
}

/** An absolute URL of one of the schemes. */
export function url(...schemes: string[]): Check {
  return both(text(LENGTH.url), (value, at) => {
    if (typeof value !== 'string') return;
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    if (!parsed || !schemes.includes(parsed.protocol)) at.report('invalid_url', { type: 'url' });
  });
}

export const webUrl: Check = url('https:', 'http:');
export const buttonUrl: Check = url('https:', 'http:', 'mailto:', 'slack:');

/** A confirmation dialog. https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
export const confirmDialog: Check = shape(
  { text: anyText(LENGTH.confirmText) },
  {
    title: plainText(LENGTH.confirmTitle),
    confirm: plainText(LENGTH.confirmButton),
    deny: plainText(LENGTH.confirmButton),
    style: oneOf('primary', 'danger'),
  },
);

export const dispatchConfig: Check = shape(
  { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 2) },
  {},
);

/** A picture's address: https, or http on this machine itself, where pictures of a demo come from. */
const imageUrl: Check = (value, at) => {
  const loopback = typeof value === 'string' && /^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(value);
  (loopback ? text(LENGTH.url) : url('https:'))(value, at);
};

const imageSource = {
  image_url: imageUrl,
  slack_file: shape({}, { id: text(255), url: webUrl }, (file, at) => {
    if ('id' in file === 'url' in file) at.report('must define either `id` or `url`', { type: 'one_of' });
  }),
};

/** An image, as a block or as an element; both need exactly one source. */
export function image(more: Readonly<Record<string, Check>> = {}): Check {
  return shape(
    { type: anything, alt_text: text(LENGTH.imageAlt) },
    { ...imageSource, ...more },
    (value, at) => {
      if ('image_url' in value === 'slack_file' in value) {
        at.report('must define either `image_url` or `slack_file`', { type: 'one_of' });
      }
    },
  );
}

const optionMembers = { value: text(LENGTH.optionValue) };

/** An option of a select menu: plain_text only. */
export const plainOption: Check = shape(
  { text: plainText(LENGTH.optionText), ...optionMembers },
  { description: plainText(LENGTH.optionDescription) },
);

/** An option of an overflow menu: may carry a link. */
export const overflowOption: Check = shape(
  { text: plainText(LENGTH.optionText), ...optionMembers },
  { description: plainText(LENGTH.optionDescription), url: buttonUrl },
);

/** An option of checkboxes or radio buttons: text may be mrkdwn. */
export const richOption: Check = shape(
  { text: anyText(LENGTH.optionText), ...optionMembers },
  { description: anyText(LENGTH.optionDescription) },
);

/** Options whose values differ ("a unique string value", @slack/types). */
export function options(option: Check, max: number): Check {
  return both(list(option, max), (value, at) => {
    const seen = new Set<string>();
    for (const [index, entry] of objectsIn(value).entries()) {
      const own = String(entry.value);
      if (seen.has(own)) at.child(index).report(`duplicate option value: ${own}`, { type: 'unique' });
      seen.add(own);
    }
  });
}

/** The options of a select, whether grouped or not. */
export function optionsOf(element: JsonObject): JsonObject[] {
  if (Array.isArray(element.options)) return objectsIn(element.options);
  return objectsIn(element.option_groups).flatMap((group) => objectsIn(group.options));
}

function sameOption(left: unknown, right: unknown): boolean {
  if (!isObject(left) || !isObject(right)) return false;
  return (
    left.value === right.value &&
    textOf(left.text) === textOf(right.text) &&
    textOf(left.description) === textOf(right.description)
  );
}

/** Reports initial options that "exactly match" none of the options. */
export function initialsAreOptions(element: JsonObject, at: Place): void {
  const choices = optionsOf(element);
  const known = (candidate: unknown) => choices.some((choice) => sameOption(choice, candidate));
  if (element.initial_option !== undefined && !known(element.initial_option)) {
    at.child('initial_option').report('initial_option must be one of the options', { type: 'option' });
  }
  if (Array.isArray(element.initial_options)) {
    element.initial_options.forEach((initial, index) => {
      const place = at.child('initial_options').child(index);
      if (!known(initial)) place.report('initial_options must be among the options', { type: 'option' });
    });
  }
}

/** Reports a text that is outside the element's own min_length and max_length. */
export function initialFitsLength(element: JsonObject, at: Place): void {
  const { min_length: min, max_length: max, initial_value: initial } = element;
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    at.child('min_length').report('min_length must not exceed max_length', { type: 'range' });
  }
  if (typeof initial === 'string' && typeof max === 'number' && codePoints(initial) > max) {
    at.child('initial_value').report(`must be less than ${max + 1} characters`, { type: 'max_length' });
  }
}

export const maxSelected: Check = integer(1, 100);
