import { type JsonObject, objectsIn, stringOf } from '../common/json.ts';
import type { Inputs } from './acts.ts';
import { Refusal } from './refusal.ts';

/** What an input holds before anybody touched it. */
function initial(input: JsonObject): string {
  if (input.type === 'Input.Toggle') return stringOf(input.value) ?? stringOf(input.valueOff) ?? 'false';
  return input.value === undefined ? '' : String(input.value);
}

/** What goes along with a press: texts, whatever the kind of input; empty ones are left out. */
export function valuesOf(inputs: readonly JsonObject[], entered: Inputs): Record<string, string> {
  const values: Record<string, string> = {};
  for (const input of inputs) {
    const id = String(input.id);
    const value = entered[id] ?? initial(input);
    if (value !== '') values[id] = value;
  }
  return values;
}

/** What the client says under the inputs, by id; empty when it lets them through. */
export function problemsOf(inputs: readonly JsonObject[], entered: Inputs): Record<string, string> {
  const values = valuesOf(inputs, entered);
  const problems: Record<string, string> = {};
  for (const input of inputs) {
    const id = String(input.id);
    const value = values[id] ?? '';
    if (isWrong(input, value)) problems[id] = stringOf(input.errorMessage) ?? 'This is not valid.';
  }
  return problems;
}

function isWrong(input: JsonObject, value: string): boolean {
  if (input.type === 'Input.Toggle')
    return input.isRequired === true && value !== (stringOf(input.valueOn) ?? 'true');
  if (value === '') return input.isRequired === true;
  switch (input.type) {
    case 'Input.Text':
      return value.length > Number(input.maxLength ?? Number.POSITIVE_INFINITY) || !fits(input.regex, value);
    case 'Input.Number':
      return !/^-?\d+(\.\d+)?$/.test(value) || isOutside(Number(value), input.min, input.max);
    case 'Input.Date':
      return !/^\d{4}-\d\d-\d\d$/.test(value) || isOutside(value, input.min, input.max);
    case 'Input.Time':
      return !/^\d\d:\d\d$/.test(value) || isOutside(value, input.min, input.max);
    default:
      return false;
  }
}

function fits(regex: unknown, value: string): boolean {
  return typeof regex !== 'string' || new RegExp(regex).test(value);
}

function isOutside<T extends number | string>(value: T, min: unknown, max: unknown): boolean {
  return (
    (typeof min === typeof value && value < (min as T)) || (typeof max === typeof value && value > (max as T))
  );
}

/** Refuses what nobody could enter by hand; a people picker offers the tenant's people, by object id. */
export function refuseImpossible(
  inputs: readonly JsonObject[],
  entered: Inputs,
  people: ReadonlyMap<string, unknown>,
): void {
  for (const [id, value] of Object.entries(entered)) {
    const input = inputs.find((candidate) => candidate.id === id);
    if (!input) throw new Refusal(`there is no input "${id}"`);
    if (input.type === 'Input.ChoiceSet' && value !== '') {
      const offered = objectsIn(input.choices).map((choice) => choice.value);
      const chosen = input.isMultiSelect === true ? value.split(',') : [value];
      const picked = (one: string) => input['choices.data'] !== undefined && people.has(one);
      for (const one of chosen)
        if (!offered.includes(one) && !picked(one)) throw new Refusal(`"${id}" offers no "${one}"`);
    }
    const isToggle = input.type === 'Input.Toggle';
    const sides = [stringOf(input.valueOn) ?? 'true', stringOf(input.valueOff) ?? 'false'];
    if (isToggle && !sides.includes(value)) throw new Refusal(`"${id}" is ${sides.join(' or ')}`);
  }
}
