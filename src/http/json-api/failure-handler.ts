import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseTrouble } from '../../usecases/database-trouble.ts';
import type { Log } from '../../usecases/ports.ts';
import { UnreadableEncoding } from '../errors.ts';
import { type ApiError, ApiFailure, badRequest, errorDocument, statusOf } from './api-error.ts';
import { JSON_API } from './negotiation.ts';

const RETRY_AFTER_SECONDS = '5';

/** Turns whatever was thrown into an error document. What nobody foresaw: one log line with the cause, one sentence without it. */
export function createFailureHandler(log: Log, seedPointers: boolean) {
  return (error: FastifyError | ApiFailure, request: FastifyRequest, reply: FastifyReply) => {
    const failure = error instanceof ApiFailure ? error : failureOf(error);
    const status = statusOf(failure.errors);
    if (status >= 500)
      log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    const document = errorDocument(failure.errors, seedPointers);
    return reply
      .status(status)
      .headers({ vary: 'Accept', ...failure.headers })
      .header('content-type', JSON_API)
      .send(Buffer.from(JSON.stringify(document)));
  };
}

/** What Fastify, the database or a mistake of ours threw. */
function failureOf(error: FastifyError): ApiFailure {
  const status = error.statusCode ?? 500;
  if (status === 413)
    return only({
      status,
      code: 'too_large',
      title: 'Payload Too Large',
      detail: 'The body is larger than 256 KiB. Send less.',
    });
  if (error instanceof UnreadableEncoding)
    return only({
      status,
      code: 'unsupported_media_type',
      title: 'Unsupported Media Type',
      detail: UnreadableEncoding.message,
      source: { kind: 'header', header: 'Content-Encoding' },
    });
  if (status === 415)
    return only({
      status,
      code: 'unsupported_media_type',
      title: 'Unsupported Media Type',
      detail: `Send the body with Content-Type: ${JSON_API}.`,
      source: { kind: 'header', header: 'Content-Type' },
    });
  if (status >= 400 && status < 500) return only(badRequest('The request could not be read.'));
  if (isDatabaseTrouble(error))
    return only(
      {
        status: 503,
        code: 'unavailable',
        title: 'Service Unavailable',
        detail: 'The database cannot take this now. Try again.',
      },
      { 'retry-after': RETRY_AFTER_SECONDS },
    );
  return only({
    status: 500,
    code: 'internal_error',
    title: 'Internal Server Error',
    detail: 'Something went wrong here. Try again.',
  });
}

function only(error: ApiError, headers?: Readonly<Record<string, string>>): ApiFailure {
  return new ApiFailure([error], headers);
}
