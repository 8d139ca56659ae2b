/** Where in the request the trouble is. `field` is the seed's name of it, `pointer` where it really stands (RFC 6901). */
export type ErrorSource =
  | { kind: 'pointer'; pointer: string; field?: string }
  | { kind: 'parameter'; parameter: string }
  | { kind: 'header'; header: string };

/** One entry of an error document, before it is written out. */
export interface ApiError {
  status: number;
  code: string;
  title: string;
  detail: string;
  source?: ErrorSource;
}

/** Ends the handling of a request with an error document: thrown in src/http/json-api, caught by its error handler. */
export class ApiFailure extends Error {
  readonly errors: readonly ApiError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(errors: readonly ApiError[], headers: Readonly<Record<string, string>> = {}) {
    super(errors[0]?.detail ?? 'failed');
    this.errors = errors;
    this.headers = headers;
  }
}

export interface ErrorDocument {
  errors: {
    status: string;
    code: string;
    title: string;
    detail: string;
    source?: Record<string, string>;
    meta?: Record<string, string>;
  }[];
}

/**
 * The error document of the seed (section "PATCH … returns error"). `seedPointers` is the one switch of contract row
 * 11: true writes `data/attributes/event` as the seed does and puts the RFC 6901 pointer into `meta.pointer`;
 * false writes the RFC 6901 pointer into `source.pointer`.
 */
export function errorDocument(errors: readonly ApiError[], seedPointers: boolean): ErrorDocument {
  const entries = errors.map(({ status, source, code, title, detail }) => ({
    status: String(status),
    code,
    title,
    detail,
    ...(source && written(source, seedPointers)),
  }));
  // The same parameter wrong twice is told once: the schema wants errors that differ.
  return { errors: [...new Map(entries.map((error) => [JSON.stringify(error), error])).values()] };
}

function written(
  source: ErrorSource,
  seedPointers: boolean,
): Pick<ErrorDocument['errors'][number], 'source' | 'meta'> {
  if (source.kind === 'parameter') return { source: { parameter: source.parameter } };
  if (source.kind === 'header') return { source: { header: source.header } };
  if (!seedPointers) return { source: { pointer: source.pointer } };
  const pointer = source.field === undefined ? source.pointer.slice(1) : `data/attributes/${source.field}`;
  return { source: { pointer }, meta: { pointer: source.pointer } };
}

/** The one status of several errors (JSON:API 1.1 §errors: the most general one that applies). */
export function statusOf(errors: readonly ApiError[]): number {
  const statuses = new Set(errors.map((error) => error.status));
  if (statuses.size === 1) return [...statuses][0]!;
  return Math.max(...statuses) >= 500 ? 500 : 400;
}

/** RFC 6901: `/` and `~` inside a name are escaped. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function badRequest(detail: string, source?: ErrorSource): ApiError {
  return { status: 400, code: 'bad_request', title: 'Bad Request', detail, ...(source && { source }) };
}

export function badParameter(parameter: string, detail: string): ApiError {
  return {
    status: 400,
    code: 'invalid_parameter',
    title: 'Invalid Parameter',
    detail,
    source: { kind: 'parameter', parameter },
  };
}

/** The 422 of the seed. */
export function invalidAttribute(source: ErrorSource, detail: string): ApiError {
  return { status: 422, code: 'invalid_attribute', title: 'Invalid Attribute', detail, source };
}

export function conflict(detail: string, source?: ErrorSource): ApiError {
  return { status: 409, code: 'conflict', title: 'Conflict', detail, ...(source && { source }) };
}

export function notFound(
  detail = 'There is no such resource, or it is not yours to see.',
  source?: ErrorSource,
): ApiError {
  return { status: 404, code: 'not_found', title: 'Not Found', detail, ...(source && { source }) };
}

export function forbidden(detail: string, source?: ErrorSource): ApiError {
  return { status: 403, code: 'access_denied', title: 'Access Denied', detail, ...(source && { source }) };
}

export function methodNotAllowed(method: string, allow: readonly string[]): ApiFailure {
  const error: ApiError = {
    status: 405,
    code: 'method_not_allowed',
    title: 'Method Not Allowed',
    detail: `${method} is not offered here. Use one of ${allow.join(', ')}.`,
  };
  return new ApiFailure([error], { allow: allow.join(', ') });
}
