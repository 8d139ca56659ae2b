import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Log } from '../usecases/ports.ts';
import { createErrorHandler, sendError, UnreadableEncoding } from './errors.ts';
import { createFrameworkErrors } from './json-api/framework-errors.ts';

export const BODY_LIMIT = 256 * 1024;
/** Open sockets at once; who opens more is turned away until slow ones are cut off. */
const MOST_CONNECTIONS = 4_000;
const MOST_HEADERS = 100;
const HEADERS_WITHIN_MS = 5_000;
const REQUEST_WITHIN_MS = 20_000;
/** How often Node looks for those that take longer. */
const LOOK_EVERY_MS = 1_000;

export interface ServerOptions {
  /** Whose X-Forwarded-For is believed: nobody's, or that of these addresses and networks. */
  trustProxy: false | string[];
  /** Whether people reach the bot by https alone. */
  isHttps: boolean;
}

/** The one HTTP host, without routes: limits, errors, the headers of every answer, and the answer to unknown paths. */
export function createServer(
  log: Log,
  { trustProxy, isHttps }: ServerOptions = { trustProxy: false, isHttps: false },
): FastifyInstance {
  const usual = isHttps ? { ...USUAL, ...HTTPS } : USUAL;
  const answerFrameworkError = createFrameworkErrors(log);
  const server = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    connectionTimeout: 30_000,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: 10_000,
    http: { headersTimeout: HEADERS_WITHIN_MS, connectionsCheckingInterval: LOOK_EVERY_MS },
    forceCloseConnections: 'idle',
    trustProxy,
    frameworkErrors(error, request, reply) {
      // No hook sees these.
      reply.headers({ ...NOSNIFF, ...usual });
      answerFrameworkError(error, request, reply);
    },
    routerOptions: { maxParamLength: 200 },
  });
  server.server.maxConnections = MOST_CONNECTIONS;
  server.server.maxHeadersCount = MOST_HEADERS;
  server.setErrorHandler(createErrorHandler(log));
  server.setNotFoundHandler((_request, reply) =>
    sendError(reply, 404, { code: 'not_found', message: 'There is nothing at this address.' }),
  );
  server.addHook('onRequest', refuseEncoded);
  server.addHook('onSend', async (_request, reply) => {
    reply.headers(NOSNIFF);
    for (const [name, value] of Object.entries(usual)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  return server;
}

const NOSNIFF = { 'x-content-type-options': 'nosniff' };
/** For answers that say nothing else: whatever they are taken for, they load and run nothing, and are framed nowhere. */
const USUAL = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};
const HTTPS = { 'strict-transport-security': 'max-age=31536000' };

/** Bodies are read as they come: one that grows when it is unpacked would pass every limit. */
async function refuseEncoded({ headers }: FastifyRequest): Promise<void> {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') throw new UnreadableEncoding();
}
