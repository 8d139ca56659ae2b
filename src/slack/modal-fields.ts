import type { InputBlock, KnownBlock, PlainTextInput, PlainTextOption } from '@slack/types';
import type { ApproverInput } from '../approval/approver-input.ts';
import type { ChoiceOption, FieldKey, FieldValues, FormField } from '../approval/form.ts';
import { COUNT, LENGTH } from './limits.ts';
import { clean, clip, codePoints, oneLine, plainText } from './text.ts';

/** The action_id of every field; the block_id tells them apart. */
export const FIELD_ACTION = 'value';

/** How much a field may take; smaller ones are tried until the modal fits. */
export interface FieldRoom {
  options: number;
  hint: number;
  value: number;
}

/**
 * The field as an input block whose block_id is the field's key.
 * A list that Slack's menus cannot hold (over 100 options, a label over 75 characters or without a visible
 * character, an option with a comma among several) becomes a text field with the allowed values in its hint.
 */
export function fieldBlock(field: FormField, room: FieldRoom): KnownBlock {
  if (field.kind === 'comment') {
    return {
      type: 'input',
      block_id: field.key,
      optional: !field.required,
      label: plainText(field.label, LENGTH.inputLabel, 'Comment'),
      element: {
        type: 'plain_text_input',
        action_id: FIELD_ACTION,
        multiline: true,
        max_length: Math.min(field.maxLength ?? LENGTH.plainTextInput, LENGTH.plainTextInput),
      },
    };
  }
  if (field.kind === 'choice') return choiceBlock(field);
  const { element, hints } = inputElement(field.input, field.value, room);
  const hint = clip(clean(hints.filter((part) => part !== '').join('\n')), room.hint);
  return {
    type: 'input',
    block_id: field.key,
    optional: !field.input.required,
    label: plainText(oneLine(field.input.name), 150),
    element,
    ...(hint.trim() !== '' && { hint: plainText(hint, LENGTH.inputHint) }),
  } satisfies InputBlock;
}

/** The options carry their own values: they mean the same whatever the list is by the time it comes back. */
function choiceBlock({ key, label, options }: FormField & { kind: 'choice' }): InputBlock {
  return {
    type: 'input',
    block_id: key,
    optional: false,
    label: plainText(label, LENGTH.inputLabel, 'Choice'),
    element: {
      type: 'static_select',
      action_id: FIELD_ACTION,
      placeholder: plainText('Choose one', LENGTH.placeholder),
      options: fittingOptions(options).map(({ value, label: words, hint }) => ({
        text: plainText(words, LENGTH.optionText, value),
        value,
        ...(hint !== '' && { description: plainText(hint, LENGTH.optionText) }),
      })),
    },
  };
}

/** A value that is too long for Slack cannot be cut; a command can still name it. */
function fittingOptions(options: readonly ChoiceOption[]): readonly ChoiceOption[] {
  return options.filter(({ value }) => value.length <= LENGTH.optionValue).slice(0, COUNT.selectOptions);
}

type Built = { element: InputBlock['element']; hints: string[] };

function inputElement(input: ApproverInput, value: string, room: FieldRoom): Built {
  const description = clip(input.description ?? '', 600);
  const one = input.selectOneFrom;
  const many = input.selectManyFrom ?? input.allowedValues;
  if (one && fitsMenu(one, room)) {
    const options = menuOptions(one);
    const initial = options[one.indexOf(value)];
    const element: Built['element'] = {
      type: 'static_select',
      action_id: FIELD_ACTION,
      options,
      placeholder: plainText('Choose one', LENGTH.placeholder),
      ...(initial && { initial_option: initial }),
    };
    return { element, hints: [description] };
  }
  if (many && fitsMenu(many, room) && !many.some((option) => option.includes(','))) {
    const options = menuOptions(many);
    const chosen = value.split(',').map((part) => part.trim());
    const initial = options.filter((_option, index) => chosen.includes(many[index]!.trim()));
    const element: Built['element'] = {
      type: 'multi_static_select',
      action_id: FIELD_ACTION,
      options,
      placeholder: plainText('Choose one or more', LENGTH.placeholder),
      ...(initial.length > 0 && { initial_options: initial }),
    };
    return { element, hints: [description] };
  }
  const allowed = one ?? many;
  const hints = [description];
  if (allowed) hints.push(`${one ? 'One of' : 'One or more, joined by commas, of'}: ${allowed.join(', ')}`);
  if (input.regex) hints.push(`Has the form ${clip(input.regex, 300)}`);
  return textElement(value, hints, room);
}

function textElement(value: string, hints: string[], room: FieldRoom): Built {
  const initial = value.toWellFormed();
  const fits = codePoints(initial) <= room.value;
  if (!fits) hints.unshift(`The value offered is too long for Slack (${codePoints(initial)} characters).`);
  const element: PlainTextInput = {
    type: 'plain_text_input',
    action_id: FIELD_ACTION,
    multiline: fits && (initial.includes('\n') || initial.length > 80),
    max_length: LENGTH.plainTextInput,
    ...(fits && initial !== '' && { initial_value: initial }),
  };
  return { element, hints };
}

function fitsMenu(values: readonly string[], room: FieldRoom): boolean {
  const labels = values.map((value) => clean(value));
  return (
    values.length > 0 &&
    values.length <= Math.min(room.options, COUNT.selectOptions) &&
    labels.every((label) => label.trim() !== '' && codePoints(label) <= LENGTH.optionText)
  );
}

/** An option's value is its place in the list, so that its words may be anything. */
function menuOptions(values: readonly string[]): PlainTextOption[] {
  return values.map((value, index) => ({
    text: plainText(value, LENGTH.optionText),
    value: String(index),
  }));
}

/** What a submitted field holds: words, or the places of the chosen options. */
export type Entered = { kind: 'text'; text: string } | { kind: 'choice'; places: readonly string[] };

/** The one menu whose options carry values and not places. */
const OWN_VALUES: FieldKey = 'gate';

/** True when some field holds chosen options, which only the form can turn back into values. */
export function holdsChoice(entered: ReadonlyMap<FieldKey, Entered>): boolean {
  return [...entered].some(
    ([key, value]) => key !== OWN_VALUES && value.kind === 'choice' && value.places.length > 0,
  );
}

/**
 * The values a person gave, by field. `fields` are those of the form that was shown; null = it held no menu.
 * A choice that is no place in the list gives '' (the use case then says what is missing).
 */
export function fieldValues(
  entered: ReadonlyMap<FieldKey, Entered>,
  fields: readonly FormField[] | null,
): FieldValues {
  const values: Partial<Record<FieldKey, string>> = {};
  for (const [key, value] of entered) {
    if (value.kind === 'text') {
      values[key] = value.text;
      continue;
    }
    const field = fields?.find((candidate) => candidate.key === key);
    if (key === OWN_VALUES) {
      values[key] = value.places[0] ?? '';
      continue;
    }
    const list =
      field?.kind === 'input'
        ? (field.input.selectOneFrom ?? field.input.selectManyFrom ?? field.input.allowedValues)
        : null;
    values[key] = value.places.flatMap((place) => list?.[Number(place)] ?? []).join(',');
  }
  return values;
}
