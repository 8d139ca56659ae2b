import type { Filter, FilterOperator } from '../../usecases/managing/managing.ts';
import { type ApiError, badParameter } from './api-error.ts';
import type { QueryParam } from './query-params.ts';
import { type AnyResource, type FilterSpec, named } from './resource.ts';

const OPERATORS: readonly FilterOperator[] = [
  'eq',
  'not_eq',
  'contains',
  'not_contain',
  'gt',
  'gt_eq',
  'lt',
  'lt_eq',
];
const VALUES_MAX = 200;
const LENGTH_MAX = 320;

/** Digits of an id or number that every database here can hold. */
export const INTEGER_ID = /^[1-9][0-9]{0,14}$/;

const FORMS: Readonly<Record<FilterSpec['kind'], { test(value: string): boolean; words: string }>> = {
  id: { test: (value) => INTEGER_ID.test(value), words: 'the decimal id of a resource' },
  integer: { test: (value) => /^-?[0-9]{1,15}$/.test(value), words: 'a whole number' },
  boolean: { test: (value) => /^(true|false)$/.test(value), words: 'true or false' },
  time: { test: isTime, words: 'a time such as 2026-11-22T10:00:00Z' },
  text: { test: (value) => value !== '', words: 'some text' },
  word: { test: (value) => value !== '', words: 'a word' },
};

/**
 * The filters of a list, in all four array encodings: `a,b` · `[]` · `[0]` · repeated, each also after an operator
 * (contract §1.9, §1.10 #23, §3.2). Problems go to `errors`: an unknown one is the documented "Unsupported Filter".
 */
export function readFilters(
  resource: AnyResource,
  params: readonly QueryParam[],
  errors: ApiError[],
): Filter[] {
  const found = new Map<string, { field: string; op: FilterOperator; values: string[] }>();
  for (const param of params) {
    const named_ = nameOf(resource, param);
    if (!named_) {
      errors.push(unsupportedFilter(param));
      continue;
    }
    const { field, op, spec, list } = named_;
    const splits = !list && spec.kind !== 'text';
    const values = (splits ? param.value.split(',') : [param.value]).map((value) => value.trim());
    const problem = problemOf(spec, values);
    if (problem) {
      errors.push(badParameter(param.name, problem));
      continue;
    }
    const key = `${field} ${op}`;
    const filter = found.get(key) ?? { field, op, values: [] };
    found.set(key, filter);
    filter.values = [...new Set([...filter.values, ...values])];
    if (filter.values.length > VALUES_MAX) {
      errors.push(badParameter(param.name, `Give at most ${VALUES_MAX} values.`));
      break;
    }
  }
  return [...found.values()];
}

function nameOf(resource: AnyResource, param: QueryParam) {
  const [field = '', ...rest] = param.keys;
  const spec = named(resource.filters, field);
  if (!spec) return null;
  const last = rest.at(-1);
  const list = last !== undefined && (last === '' || /^[0-9]{1,4}$/.test(last));
  const [op = 'eq', ...more] = list ? rest.slice(0, -1) : rest;
  const allowed: readonly string[] = spec.ops ?? ['eq'];
  if (more.length > 0 || !isOperator(op) || !allowed.includes(op)) return null;
  return { field, op, spec, list };
}

function isOperator(word: string): word is FilterOperator {
  return OPERATORS.some((op) => op === word);
}

function problemOf(spec: FilterSpec, values: readonly string[]): string | null {
  for (const value of values) {
    if (value.length > LENGTH_MAX) return `A value is longer than ${LENGTH_MAX} characters.`;
    if (spec.choices && !spec.choices.some((choice) => choice.toLowerCase() === value.toLowerCase()))
      return `The value must be one of ${spec.choices.join(', ')}.`;
    if (!FORMS[spec.kind].test(value)) return `The value must be ${FORMS[spec.kind].words}.`;
  }
  return null;
}

/** Contract §1.9 "unsupported filter"; its status a string, as everywhere (#16). */
function unsupportedFilter(param: QueryParam): ApiError {
  const [field = '', ...rest] = param.keys;
  const name = [field, ...rest.filter((key) => key !== '' && !/^[0-9]+$/.test(key))].join('.').slice(0, 200);
  return {
    status: 400,
    code: 'unsupported_filter',
    title: 'Unsupported Filter',
    detail: `Filter '${name}' is not supported on this endpoint`,
    source: { kind: 'parameter', parameter: param.name },
  };
}

function isTime(value: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
