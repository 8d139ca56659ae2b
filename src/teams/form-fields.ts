import type { ApproverInput } from '../approval/approver-input.ts';
import { INPUT_VALUE_MAX } from '../approval/approver-input.ts';
import type { FormField } from '../approval/form.ts';
import { clientPattern } from './client-pattern.ts';
import { paragraph, prose, run } from './elements.ts';
import type { JsonObject } from './json.ts';
import { COUNT, LENGTH } from './limits.ts';
import { clean, clip, codePoints, isPlainEverywhere, shown } from './text.ts';

/** How much a form may take; smaller ones are tried until the dialog fits. */
export interface FieldRoom {
  fields: number;
  options: number;
  hint: number;
  value: number;
  intro: number;
}

const HINT = { subtle: true, size: 'small' } as const;

/**
 * The field as elements: its input, what is wrong with it, what it is for. Error messages of inputs are read as
 * Markdown by clients, so they are ours alone. A list that a menu cannot hold (over 100 values, a long or invisible
 * one, one that a client would change by reading Markdown or commas in it) becomes a text field with the allowed values
 * below it.
 */
export function fieldElements(
  field: FormField,
  value: string,
  { room, problem }: { room: FieldRoom; problem: string | undefined },
): JsonObject[] {
  const { element, hints } = built(field, value, room);
  const hint = clip(hints.filter((part) => part !== '').join('\n'), room.hint);
  return [element, ...problemBelow(problem), ...prose(hint, room.hint, '…', HINT)];
}

/** What is wrong with a field, right below it: in bold words, coloured as well. */
export function problemBelow(problem: string | undefined): JsonObject[] {
  if (!problem) return [];
  const words = run(shown(problem, 400), { strong: true, color: 'attention' });
  return [paragraph([words], { spacing: 'small' })!];
}

function built(field: FormField, value: string, room: FieldRoom): Built {
  if (field.kind === 'comment') return comment(field, value, room);
  return field.kind === 'choice' ? choice(field, value) : input(field, value, room);
}

/** Titles are read as plain words only where clients show them as a menu; the value is an id of ours. */
function choice({ key, label, options }: FormField & { kind: 'choice' }, value: string): Built {
  const element: JsonObject = {
    type: 'Input.ChoiceSet',
    id: key,
    label: shown(label, LENGTH.label, 'Choice'),
    style: 'compact',
    wrap: true,
    placeholder: 'Choose one',
    choices: options.slice(0, COUNT.choices).map((one) => ({
      title: shown(one.label, LENGTH.choiceTitle, one.value),
      value: one.value,
    })),
    ...requiredIf(true, 'Please choose one.'),
    ...(options.some((one) => one.value === value) && { value }),
  };
  return {
    element,
    hints: options.map((one) => `${one.label}: ${one.hint}`).filter((hint) => !hint.endsWith(': ')),
  };
}

type Built = { element: JsonObject; hints: string[] };

function comment(field: FormField & { kind: 'comment' }, value: string, room: FieldRoom): Built {
  const maxLength = Math.min(field.maxLength ?? INPUT_VALUE_MAX, INPUT_VALUE_MAX);
  const { kept, hints } = keptValue(value, Math.min(room.value, maxLength));
  const element: JsonObject = {
    type: 'Input.Text',
    id: field.key,
    label: shown(field.label, LENGTH.label, 'Comment'),
    isMultiline: true,
    maxLength,
    ...requiredIf(field.required, 'Please write something here.'),
    ...(kept !== '' && { value: kept }),
  };
  return { element, hints };
}

function input({ key, input: asked }: FormField & { kind: 'input' }, value: string, room: FieldRoom): Built {
  const frame: JsonObject = { id: key, label: shown(asked.name, LENGTH.label) };
  const description = clip(asked.description ?? '', 600);
  const one = asked.selectOneFrom;
  const many = asked.selectManyFrom ?? asked.allowedValues;
  const menu = one
    ? oneOf(frame, asked, one, value, room)
    : many
      ? severalOf(frame, asked, many, value, room)
      : null;
  if (menu) return { element: menu, hints: [description] };
  const allowed = one ?? many;
  const hints = [description];
  if (allowed) hints.push(`${one ? 'One of' : 'One or more, joined by commas, of'}: ${allowed.join(', ')}`);
  return typed(frame, asked, value, room, hints);
}

function oneOf(
  frame: JsonObject,
  asked: ApproverInput,
  values: readonly string[],
  value: string,
  room: FieldRoom,
): JsonObject | null {
  if (!fitsMenu(values, room)) return null;
  const seenAtOnce = values.length <= COUNT.expandedChoices && values.every(isPlainEverywhere);
  const style = seenAtOnce ? 'expanded' : values.length >= COUNT.filteredChoices ? 'filtered' : 'compact';
  return {
    type: 'Input.ChoiceSet',
    ...frame,
    style,
    wrap: true,
    choices: choices(values),
    ...(!seenAtOnce && { placeholder: 'Choose one' }),
    ...requiredIf(asked.required, 'Please choose one.'),
    ...(values.includes(value) && { value }),
  };
}

function severalOf(
  frame: JsonObject,
  asked: ApproverInput,
  values: readonly string[],
  value: string,
  room: FieldRoom,
): JsonObject | null {
  const separable = values.every((one) => !one.includes(',') && one.trim() === one && isPlainEverywhere(one));
  if (!separable || !fitsMenu(values, room)) return null;
  const chosen = value.split(',').map((part) => part.trim());
  const initial = values.filter((one) => chosen.includes(one));
  return {
    type: 'Input.ChoiceSet',
    ...frame,
    isMultiSelect: true,
    style: values.length <= 2 * COUNT.expandedChoices ? 'expanded' : 'compact',
    wrap: true,
    choices: choices(values),
    ...requiredIf(asked.required, 'Please choose at least one.'),
    ...(initial.length > 0 && { value: [...new Set(initial)].join(',') }),
  };
}

/** A choice comes back as the value itself, so only values that survive the way there and back are offered. */
function fitsMenu(values: readonly string[], room: FieldRoom): boolean {
  return (
    values.length > 0 &&
    values.length <= Math.min(room.options, COUNT.choices) &&
    values.every((one) => one.trim() !== '' && clean(one) === one && codePoints(one) <= LENGTH.choiceTitle)
  );
}

function choices(values: readonly string[]): JsonObject[] {
  return [...new Set(values)].map((value) => ({ title: shown(value, LENGTH.choiceTitle), value }));
}

function typed(
  frame: JsonObject,
  { regex, required }: ApproverInput,
  value: string,
  room: FieldRoom,
  hints: string[],
): Built {
  const { kept, hints: about } = keptValue(value, Math.min(room.value, INPUT_VALUE_MAX));
  const pattern = regex === null ? null : clientPattern(regex);
  if (regex) hints.push(`Has the form ${clip(regex, 300)}`);
  const wrong =
    pattern === null
      ? 'A value is required.'
      : required
        ? 'Required, in the form that is said below.'
        : 'Not in the form that is said below.';
  const element: JsonObject = {
    type: 'Input.Text',
    ...frame,
    isMultiline: kept.includes('\n') || kept.length > 80,
    maxLength: INPUT_VALUE_MAX,
    ...(pattern !== null && { regex: pattern }),
    ...(required && { isRequired: true }),
    ...((required || pattern !== null) && { errorMessage: wrong }),
    ...(kept !== '' && { value: kept }),
  };
  return { element, hints: [...about, ...hints] };
}

function requiredIf(required: boolean, errorMessage: string): JsonObject {
  return required ? { isRequired: true, errorMessage } : {};
}

/** The value a field starts with; one longer than `max` (UTF-16, as clients count) is left out, and the hint says so. */
function keptValue(value: string, max: number): { kept: string; hints: string[] } {
  const words = value.toWellFormed();
  if (words.length <= max) return { kept: words, hints: [] };
  return {
    kept: '',
    hints: [`The value that was here is too long for this form (${words.length} characters).`],
  };
}
