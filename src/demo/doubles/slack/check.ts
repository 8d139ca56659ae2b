import { isObject, type JsonObject } from '../common/json.ts';
import { codePoints } from './text.ts';

/** Where blocks are about to be shown: some types are allowed only on some surfaces. */
export type Surface = 'message' | 'modal' | 'home';

export interface Problem {
  code: 'failed_constraint';
  message: string;
  pointer: string;
  constraint: JsonObject;
}

/** A spot in the payload under examination, and the list its problems go to. */
export class Place {
  readonly pointer: string;
  readonly surface: Surface;
  readonly problems: Problem[];

  constructor(pointer: string, surface: Surface, problems: Problem[] = []) {
    this.pointer = pointer;
    this.surface = surface;
    this.problems = problems;
  }

  child(key: string | number): Place {
    const escaped = String(key).replaceAll('~', '~0').replaceAll('/', '~1');
    return new Place(`${this.pointer}/${escaped}`, this.surface, this.problems);
  }

  report(message: string, constraint: JsonObject = {}): void {
    this.problems.push({ code: 'failed_constraint', message, pointer: this.pointer, constraint });
  }
}

export type Check = (value: unknown, at: Place) => void;

/** A string of min..max code points. */
export function text(max: number, min = 1): Check {
  return (value, at) => {
    if (typeof value !== 'string') return at.report('must provide a string', { type: 'string' });
    const length = codePoints(value);
    if (length < min)
      at.report(`must be more than ${min - 1} characters`, { type: 'min_length', expected: min });
    if (length > max)
      at.report(`must be less than ${max + 1} characters`, { type: 'max_length', expected: max });
  };
}

/** An identifier: may not be empty. */
export const identifier = (max: number): Check => text(max, 1);

export const flag: Check = (value, at) => {
  if (typeof value !== 'boolean') at.report('must provide a boolean', { type: 'boolean' });
};

/** A whole number within bounds. */
export function integer(min: number, max: number): Check {
  return (value, at) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      return at.report('must provide an integer', { type: 'integer' });
    }
    if (value < min || value > max)
      at.report(`must be between ${min} and ${max}`, { type: 'range', min, max });
  };
}

/** One of a few fixed values. */
export function oneOf(...allowed: readonly (string | number | boolean)[]): Check {
  return (value, at) => {
    if (!allowed.includes(value as string)) {
      at.report(`invalid value: ${String(value)}`, { type: 'enum', expected: [...allowed] });
    }
  };
}

/** A string of one fixed form. */
export function pattern(form: RegExp, meaning: string): Check {
  return (value, at) => {
    if (typeof value !== 'string' || !form.test(value))
      at.report(meaning, { type: 'pattern', expected: form.source });
  };
}

/** Runs several checks on the same value. */
export function both(...checks: Check[]): Check {
  return (value, at) => {
    for (const check of checks) check(value, at);
  };
}

/** An array of min..max items, each of which passes `item`. */
export function list(item: Check, max: number, min = 1): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return at.report('must provide an array', { type: 'array' });
    if (value.length < min)
      at.report(`must have at least ${min} item(s)`, { type: 'min_items', expected: min });
    if (value.length > max)
      at.report(`no more than ${max} items allowed`, { type: 'max_items', expected: max });
    value.forEach((entry, index) => {
      item(entry, at.child(index));
    });
  };
}

type Fields = Readonly<Record<string, Check>>;

/** An object with exactly these members: `need` must be there, `may` may, nothing else. */
export function shape(need: Fields, may: Fields = {}, also?: (value: JsonObject, at: Place) => void): Check {
  return (value, at) => {
    if (!isObject(value)) return at.report('must provide an object', { type: 'object' });
    for (const key of Object.keys(need)) {
      if (value[key] === undefined || value[key] === null)
        at.report(`missing required field: ${key}`, { type: 'required' });
    }
    for (const [key, member] of Object.entries(value)) {
      const check = need[key] ?? may[key];
      if (!check) at.report(`invalid additional property: ${key}`, { type: 'additional_property' });
      else if (!(key in need && member === null)) check(member, at.child(key));
    }
    also?.(value, at);
  };
}

/** Chooses the check by the object's `type`. */
export function byType(kinds: Fields): Check {
  return (value, at) => {
    if (!isObject(value)) return at.report('must provide an object', { type: 'object' });
    if (value.type === undefined) return at.report('missing required field: type', { type: 'required' });
    const kind =
      typeof value.type === 'string' && Object.hasOwn(kinds, value.type) ? kinds[value.type] : undefined;
    if (!kind) {
      const constraint = { type: 'enum', expected: Object.keys(kinds) };
      return at.child('type').report(`unsupported type: ${String(value.type)}`, constraint);
    }
    kind(value, at);
  };
}

/** Accepts whatever `byType` has already looked at. */
export const anything: Check = () => {};
