import Fastify, { type FastifyInstance } from 'fastify';
import type { Log } from '../usecases/ports.ts';
import { createErrorHandler, sendError } from './errors.ts';
import { createFrameworkErrors } from './json-api/framework-errors.ts';

export const BODY_LIMIT = 256 * 1024;

/** The one HTTP host, without routes: limits, errors and the answer to unknown paths. */
export function createServer(log: Log): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    connectionTimeout: 30_000,
    requestTimeout: 20_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: 'idle',
    frameworkErrors: createFrameworkErrors(log),
    routerOptions: { maxParamLength: 200 },
  });
  server.setErrorHandler(createErrorHandler(log));
  server.setNotFoundHandler((_request, reply) =>
    sendError(reply, 404, { code: 'not_found', message: 'There is nothing at this address.' }),
  );
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  return server;
}
