import type { IncomingHttpHeaders } from 'node:http';
import { type ApiError, ApiFailure } from './api-error.ts';
import { type MediaType, parseMediaTypes } from './media-type.ts';

export const JSON_API = 'application/vnd.api+json';

const ACCEPTED = new Set([JSON_API, 'application/json', 'application/*', '*/*']);

/**
 * Throws 415 for a body that is not plain JSON:API and 406 when no answer of ours would be taken (JSON:API 1.1,
 * "Content Negotiation"; contract §2 rows 1-2, §1.10 #13-15). A content type without a body is ignored: real clients
 * send it with GET and DELETE.
 */
export function negotiate(headers: IncomingHttpHeaders): void {
  if (hasBody(headers)) requireJsonApi(headers['content-type']);
  requireAcceptable(headers.accept);
}

/** By its headers alone: nothing is read yet. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return headers['content-length'] !== undefined && headers['content-length'] !== '0';
}

function requireJsonApi(header: string | undefined): void {
  const types = header === undefined ? [] : parseMediaTypes(header);
  const type = types?.length === 1 ? types[0]! : null;
  if (type?.name !== JSON_API) throw unsupported(`Send the body with Content-Type: ${JSON_API}.`);
  if (type.parameters.has('ext'))
    throw unsupported('No extension of JSON:API is supported here: leave ext out.');
  if (!isPlain(type))
    throw unsupported(`${JSON_API} takes no parameters but profile: leave the others out, charset too.`);
}

/** Unknown profiles are ignored, as the specification says; anything else changes the meaning. */
function isPlain(type: MediaType): boolean {
  return [...type.parameters.keys()].every((name) => name === 'profile');
}

function requireAcceptable(header: string | undefined): void {
  if (header === undefined || header.trim() === '') return;
  const ranges = parseMediaTypes(header);
  if (ranges === null) throw notAcceptable('The Accept header cannot be read.');
  const own = ranges.filter((range) => range.name === JSON_API);
  if (own.length > 0 && !own.some(isPlain))
    throw notAcceptable(`Accept ${JSON_API} without parameters; no extension is supported here.`);
  const takes = ranges.some((range) => ACCEPTED.has(range.name) && range.q > 0);
  const refuses = own.some((range) => isPlain(range) && range.q <= 0);
  if (!takes || refuses) throw notAcceptable(`Answers are ${JSON_API}: accept it, or */*.`);
}

function unsupported(detail: string): ApiFailure {
  const error: ApiError = {
    status: 415,
    code: 'unsupported_media_type',
    title: 'Unsupported Media Type',
    detail,
    source: { kind: 'header', header: 'Content-Type' },
  };
  return new ApiFailure([error], { accept: JSON_API });
}

function notAcceptable(detail: string): ApiFailure {
  const error: ApiError = {
    status: 406,
    code: 'not_acceptable',
    title: 'Not Acceptable',
    detail,
    source: { kind: 'header', header: 'Accept' },
  };
  return new ApiFailure([error]);
}
