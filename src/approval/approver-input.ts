/**
 * A named value the approver must or may give, as the Harness step declares it (harness.md §3.1).
 * At most one of `regex`, `allowedValues`, `selectOneFrom`, `selectManyFrom` is set.
 */
export interface ApproverInput {
  name: string;
  defaultValue: string;
  required: boolean;
  description: string | null;
  regex: string | null;
  /** Several of these may be given, joined by commas. */
  allowedValues: readonly string[] | null;
  selectOneFrom: readonly string[] | null;
  selectManyFrom: readonly string[] | null;
}

/** Input name → value; every value is a string, since Harness takes nothing else. */
export type InputValues = Readonly<Record<string, string>>;

/** Filled by the bot with the approvers' e-mails, never by a person (R12). */
export const APPROVED_BY = 'approved_by';

/** Longest value a person may give: Slack's plain_text_input holds no more. */
export const INPUT_VALUE_MAX = 3000;

/** Whole-text match in a linear-time engine (R24); throws nothing, an unusable pattern matches everything. */
export type FullMatch = (pattern: string, text: string) => boolean;

/** The inputs a person is asked for: all but the bot's own. */
export function askedInputs(definitions: readonly ApproverInput[]): ApproverInput[] {
  return definitions.filter((input) => input.name !== APPROVED_BY);
}

/** The values a modal starts with: what an earlier approver offered, else the declared defaults. */
export function offeredValues(definitions: readonly ApproverInput[], offered: InputValues): InputValues {
  return Object.fromEntries(
    askedInputs(definitions).map((input) => [
      input.name,
      ownValue(offered, input.name) ?? input.defaultValue,
    ]),
  );
}

/** Names come from outside: one that every object inherits (`constructor`) is a value only where it was given. */
function ownValue(values: InputValues, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

export type InputsChecked =
  | { ok: true; values: InputValues }
  | { ok: false; problems: Readonly<Record<string, string>> };

/**
 * Checks given values against the definitions. Unknown names are dropped, missing ones become ''.
 * Returns every declared name (but `approved_by`) or a sentence for each name that is wrong.
 */
export function checkInputs(
  definitions: readonly ApproverInput[],
  given: Readonly<Record<string, string>>,
  fullMatch: FullMatch,
): InputsChecked {
  const values: [string, string][] = [];
  const problems: [string, string][] = [];
  for (const input of askedInputs(definitions)) {
    const value = ownValue(given, input.name) ?? '';
    values.push([input.name, value]);
    const problem = inputProblem(input, value, fullMatch);
    if (problem) problems.push([input.name, problem]);
  }
  return problems.length > 0
    ? { ok: false, problems: Object.fromEntries(problems) }
    : { ok: true, values: Object.fromEntries(values) };
}

function inputProblem(input: ApproverInput, value: string, fullMatch: FullMatch): string | null {
  if (value === '') return input.required ? 'A value is required.' : null;
  if (value.length > INPUT_VALUE_MAX) return `At most ${INPUT_VALUE_MAX} characters.`;
  if (input.selectOneFrom && !input.selectOneFrom.includes(value))
    return `Choose one of: ${listed(input.selectOneFrom)}.`;
  const several = input.selectManyFrom ?? input.allowedValues;
  if (several) {
    const stranger = value.split(',').find((part) => !several.includes(part.trim()));
    if (stranger !== undefined)
      return `“${stranger.trim().slice(0, 60)}” is not one of the allowed values: ${listed(several)}.`;
  }
  if (input.regex && !fullMatch(input.regex, value))
    return `Does not have the form ${input.regex.slice(0, 120)}`;
  return null;
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, 10).join(', ').slice(0, 150);
  return values.length > 10 ? `${shown}, … (${values.length} in all)` : shown;
}

/** Names of required inputs that have no value in `values`; nobody is there to fill them under *none*. */
export function missingInputs(definitions: readonly ApproverInput[], values: InputValues): string[] {
  return askedInputs(definitions)
    .filter((input) => input.required && (ownValue(values, input.name) ?? '') === '')
    .map((input) => input.name);
}

/** True when both hold the same names with the same values. */
export function sameValues(left: InputValues, right: InputValues): boolean {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => ownValue(left, name) === ownValue(right, name));
}

/** What changed between two sets of values, for the sentence "changed since you saw it". */
export function changedValues(
  before: InputValues,
  after: InputValues,
): { name: string; before: string; after: string }[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((name) => ({ name, before: ownValue(before, name) ?? '', after: ownValue(after, name) ?? '' }))
    .filter((change) => change.before !== change.after);
}
