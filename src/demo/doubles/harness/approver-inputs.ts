import type { DeclaredInput, InputValue, NewDeclaredInput } from './types.ts';

function asList(values: string | readonly string[] | undefined): readonly string[] | undefined {
  if (values === undefined) return undefined;
  return typeof values === 'string' ? values.split(',').map((value) => value.trim()) : values;
}

/** A declared input with its comma lists split, keys left out when unset. */
export function declareInput(input: NewDeclaredInput): DeclaredInput {
  const { allowedValues, selectOneFrom, selectManyFrom, ...rest } = input;
  const lists = {
    allowedValues: asList(allowedValues),
    selectOneFrom: asList(selectOneFrom),
    selectManyFrom: asList(selectManyFrom),
  };
  return { ...rest, ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined)) };
}

/** E5: are the names sent exactly the names declared? */
export function namesMatch(
  declared: readonly DeclaredInput[],
  sent: readonly (InputValue | null)[],
): boolean {
  if (declared.length !== sent.length) return false;
  const missing = new Set(declared.map((input) => input.name));
  if (missing.size !== declared.length) return false;
  for (const input of sent) if (input?.name != null) missing.delete(input.name);
  return missing.size === 0;
}

/**
 * E6 and the wrapped exceptions of E7: the text of the first failure, null when the values pass.
 * selectManyFrom is not validated by the server code (§3.1).
 */
export function constraintFailure(
  declared: readonly DeclaredInput[],
  sent: readonly (InputValue | null)[],
): string | null {
  if (declared.length === 0) return null;
  const values = new Map<string | null, string | null>();
  for (const input of sent) {
    if (input === null) return 'null';
    if (values.has(input.name)) return `Duplicate key ${input.name}`;
    values.set(input.name, input.value);
  }
  try {
    const failures = declared.flatMap((input) => {
      const failure = valueFailure(input, values.get(input.name) ?? '');
      return failure === null ? [] : [`${input.name}=${failure}`];
    });
    return failures.length === 0 ? null : `Approval inputs validation failed: {${failures.join(', ')}}`;
  } catch (error) {
    // Harness wraps whatever is thrown here, a declared pattern that does not compile included (E7).
    return error instanceof Error ? error.message : String(error);
  }
}

function valueFailure(input: DeclaredInput, value: string): string | null {
  if (value === '') return input.required === true ? 'Value was required but not provided' : null;
  if (input.regex !== undefined && input.regex !== '') {
    return fullMatch(input.regex).test(value)
      ? null
      : `${value} does not match the regex pattern ${input.regex}`;
  }
  if (input.allowedValues !== undefined) {
    const several = value.split(',').map((part) => part.trim());
    return firstNotAllowed(input.allowedValues, several);
  }
  if (input.selectOneFrom !== undefined) return firstNotAllowed(input.selectOneFrom, [value]);
  return null;
}

function firstNotAllowed(allowed: readonly string[], values: readonly string[]): string | null {
  const stranger = values.find((value) => !allowed.includes(value));
  return stranger === undefined ? null : `${stranger} is not among allowed values`;
}

/** The closest to Java's matches(): Unicode where the pattern allows it. */
function fullMatch(regex: string): RegExp {
  try {
    return new RegExp(`^(?:${regex})$`, 'u');
  } catch {
    return new RegExp(`^(?:${regex})$`);
  }
}
