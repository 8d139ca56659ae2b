import { ApiFailure, badParameter, badRequest } from './api-error.ts';

/** One `name=value`, with the name taken apart: `filter[event_id][]` → family `filter`, keys `event_id`, ``. */
export interface QueryParam {
  /** As it was sent, decoded: for error.source.parameter and for links. */
  name: string;
  family: string;
  keys: readonly string[];
  value: string;
}

const LENGTH_MAX = 12_000;
const COUNT_MAX = 500;
const NAME = /^([A-Za-z_][A-Za-z0-9_-]*)((?:\[[^[\]]*\])*)$/;

/**
 * Reads a query string by URLSearchParams and one pattern; brackets may be encoded or not (contract §3.2: qs turns
 * more than 20 array elements into an object). Throws 400 for a name of no such form, for control characters and beyond
 * the limits.
 */
export function parseQueryParams(url: string): QueryParam[] {
  const start = url.indexOf('?');
  const text = start < 0 ? '' : url.slice(start + 1);
  if (text.length > LENGTH_MAX)
    throw new ApiFailure([badRequest(`The query is longer than ${LENGTH_MAX} characters.`)]);
  const pairs = [...new URLSearchParams(text)];
  if (pairs.length > COUNT_MAX)
    throw new ApiFailure([badRequest(`The query has more than ${COUNT_MAX} parameters.`)]);
  return pairs.map(([name, value]) => {
    const found = NAME.exec(name);
    if (!found) throw new ApiFailure([badParameter(name.slice(0, 200), 'This parameter is not known here.')]);
    if (/[\u0000-\u001f\u007f\ufffd]/.test(value))
      throw new ApiFailure([badParameter(name, 'The value holds characters that are not text.')]);
    return { name, family: found[1]!, keys: keysOf(found[2]!), value };
  });
}

function keysOf(brackets: string): string[] {
  return brackets === '' ? [] : brackets.slice(1, -1).split('][');
}
