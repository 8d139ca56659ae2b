import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseTrouble } from '../usecases/database-trouble.ts';
import type { Log } from '../usecases/ports.ts';

/** What a caller is told: a word for machines, a sentence for people, and where it is wrong. */
export interface ErrorBody {
  code: string;
  message: string;
  field?: string;
  offset?: number;
}

export function sendError(reply: FastifyReply, status: number, body: ErrorBody): FastifyReply {
  return reply.status(status).type('application/json').send(body);
}

/** Told to slow down, and for how long. */
export function sendTooMany(reply: FastifyReply, waitSeconds: number): FastifyReply {
  reply.header('retry-after', String(waitSeconds));
  return sendError(reply, 429, {
    code: 'too_many_requests',
    message: `Too many requests. Try again in ${waitSeconds} ${waitSeconds === 1 ? 'second' : 'seconds'}.`,
  });
}

/** The body is packed. */
export class UnreadableEncoding extends Error {
  readonly statusCode = 415;
  static readonly message = 'Send the body as it is, without Content-Encoding.';
}

const RETRY_AFTER_SECONDS = '5';

/** Anything nobody foresaw: one log line with the cause, one sentence without it. */
export function createErrorHandler(log: Log) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const status = error.statusCode ?? 500;
    if (status === 413)
      return sendError(reply, 413, {
        code: 'too_large',
        message: 'The body is larger than 256 KiB. Send less.',
      });
    if (error instanceof UnreadableEncoding)
      return sendError(reply, status, { code: 'content_encoding', message: UnreadableEncoding.message });
    if (status === 415)
      return sendError(reply, 415, { code: 'media_type', message: 'Send the body as application/json.' });
    if (status >= 400 && status < 500)
      return sendError(reply, status, { code: 'bad_request', message: 'The request could not be read.' });
    log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    if (isDatabaseTrouble(error)) {
      reply.header('retry-after', RETRY_AFTER_SECONDS);
      return sendError(reply, 503, {
        code: 'unavailable',
        message: 'The database cannot take this now. Try again.',
      });
    }
    return sendError(reply, 500, { code: 'internal', message: 'Something went wrong here. Try again.' });
  };
}
