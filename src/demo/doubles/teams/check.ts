import { isObject, type JsonObject } from '../common/json.ts';

/** Where a card is about to be shown: a dialog takes less. */
export type Surface = 'message' | 'dialog';

/** What is being examined, with the whole card's names and the problems found so far. */
export interface Examination {
  surface: Surface;
  problems: string[];
  ids: Set<string>;
  /** Ids that must be there in the end, with where they are named. */
  named: { id: string; at: string }[];
}

/** A spot in the card under examination. */
export class Place {
  readonly pointer: string;
  readonly examination: Examination;

  constructor(pointer: string, examination: Examination) {
    this.pointer = pointer;
    this.examination = examination;
  }

  child(key: string | number): Place {
    return new Place(
      typeof key === 'number' ? `${this.pointer}[${key}]` : `${this.pointer}.${key}`,
      this.examination,
    );
  }

  report(message: string): void {
    this.examination.problems.push(`${this.pointer}: ${message}`);
  }
}

export type Check = (value: unknown, at: Place) => void;

export const text: Check = (value, at) => {
  if (typeof value !== 'string') at.report('must be a string');
};

/** A string that says something. */
export const words: Check = (value, at) => {
  if (typeof value !== 'string' || value.trim() === '') at.report('must be a string that is not empty');
};

export const flag: Check = (value, at) => {
  if (typeof value !== 'boolean') at.report('must be true or false');
};

export const number: Check = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) at.report('must be a number');
};

export const anyObject: Check = (value, at) => {
  if (!isObject(value)) at.report('must be an object');
};

/** One of a few words, in any case of letters. */
export function oneOf(...allowed: readonly string[]): Check {
  const known = new Set(allowed.map((word) => word.toLowerCase()));
  return (value, at) => {
    if (typeof value !== 'string' || !known.has(value.toLowerCase()))
      at.report(`must be one of ${allowed.join(', ')}`);
  };
}

/** A string of one fixed form. */
export function pattern(form: RegExp, meaning: string): Check {
  return (value, at) => {
    if (typeof value !== 'string' || !form.test(value)) at.report(meaning);
  };
}

/** What the schema lets be null, which then means nothing. */
export function orNull(check: Check): Check {
  return (value, at) => {
    if (value !== null) check(value, at);
  };
}

/** A string or something else. */
export function textOr(check: Check): Check {
  return (value, at) => {
    if (typeof value !== 'string') check(value, at);
  };
}

/** An array of min..max items, each of which passes `item`. */
export function list(item: Check, max = Number.POSITIVE_INFINITY, min = 0): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return at.report('must be an array');
    if (value.length < min) at.report(`must have at least ${min} item(s)`);
    if (value.length > max) at.report(`must have at most ${max} items`);
    value.forEach((entry, index) => {
      item(entry, at.child(index));
    });
  };
}

export type Fields = Readonly<Record<string, Check>>;

/** An object with exactly these members: `need` must be there, `may` may, nothing else. */
export function shape(need: Fields, may: Fields = {}, also?: (value: JsonObject, at: Place) => void): Check {
  return (value, at) => {
    if (!isObject(value)) return at.report('must be an object');
    for (const key of Object.keys(need)) if (value[key] === undefined) at.report(`lacks its member "${key}"`);
    for (const [key, member] of Object.entries(value)) {
      const check = ownMember(need, key) ?? ownMember(may, key);
      if (check) check(member, at.child(key));
      else at.report(`has no member "${key}"`);
    }
    also?.(value, at);
  };
}

function ownMember(fields: Fields, key: string): Check | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** Chooses the check by the object's `type`. */
export function byType(kinds: () => Fields): Check {
  return (value, at) => {
    if (!isObject(value)) return at.report('must be an object');
    const kind = typeof value.type === 'string' ? ownMember(kinds(), value.type) : undefined;
    if (kind) kind(value, at);
    else at.report(`${JSON.stringify(value.type ?? null)} is no type known here`);
  };
}

/** Accepts whatever was looked at elsewhere. */
export const anything: Check = () => {};
