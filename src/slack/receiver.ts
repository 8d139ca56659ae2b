import { HTTPReceiver, type Logger, type Receiver } from '@slack/bolt';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Observer } from '../usecases/observer.ts';
import type { Clock, Log } from '../usecases/ports.ts';
import { createAcknowledging } from './acknowledging.ts';

export const EVENTS_PATH = '/slack/events';
const BODY_LIMIT = 1024 * 1024;
const AHEAD_MAX_MS = 5 * 60_000;
/** Slack hangs up after 3 s. Bolt would then say 404, which a balancer's log reads as a wrong address. */
const UNACKED_FOR_MS = 60_000;
const FORM = 'application/x-www-form-urlencoded';

export interface SlackReceiver extends Receiver {
  /** Takes Slack's POSTs, at /slack/events of whatever instance it is registered in; nothing where a socket is used. */
  routes: FastifyPluginAsync;
  /** Begins to listen. Never throws: what cannot be reached now is tried again. */
  start(): Promise<void>;
  /** Takes nothing new. */
  stop(): Promise<void>;
  /** What keeps Slack from being heard, as a sentence; null when nothing does. */
  trouble(): string | null;
  /** Resolves once nothing that was received is still being worked on. */
  idle(): Promise<void>;
}

/** Bolt 5.1 refuses only what is too old, and reads "01700000000" as the number that was signed. */
function isCurrent(seconds: string, clock: Clock): boolean {
  return /^[1-9]\d*$/.test(seconds) && Number(seconds) * 1000 <= clock.now() + AHEAD_MAX_MS;
}

/** Bolt's own HTTPReceiver inside Fastify: signature, age, size, ssl_check and url_verification are its own. */
export function createSlackReceiver(parts: {
  signingSecret: string;
  clock: Clock;
  log: Log;
  logger: Logger;
  observe?: Observer;
}): SlackReceiver {
  const { log, clock } = parts;
  const http = new HTTPReceiver({
    signingSecret: parts.signingSecret,
    endpoints: [EVENTS_PATH],
    bodyLimit: BODY_LIMIT,
    unhandledRequestTimeoutMillis: UNACKED_FOR_MS,
    logger: parts.logger,
  });
  const acknowledging = createAcknowledging(log, parts.observe);

  function post(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    const sentAt = request.headers['x-slack-request-timestamp'];
    if (sentAt !== undefined && !isCurrent(String(sentAt), clock)) return reply.code(401).send();
    // Bolt compares the whole header: a proxy's "; charset=utf-8" would make it parse a form as JSON.
    if (request.headers['content-type']?.startsWith(`${FORM};`)) request.raw.headers['content-type'] = FORM;
    reply.hijack();
    try {
      http.requestListener(request.raw, reply.raw);
    } catch (error) {
      log.error({ err: error }, 'Bolt did not take a request');
      if (!reply.raw.headersSent) reply.raw.writeHead(404);
      reply.raw.end();
    }
    return undefined;
  }

  const routes: FastifyPluginAsync = async (fastify: FastifyInstance) => {
    // Encapsulated: only this route hands its unread body on.
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
    fastify.post(EVENTS_PATH, post);
  };

  return {
    routes,
    init(app) {
      http.init(acknowledging.over(app));
    },
    start: async () => undefined,
    stop: async () => undefined,
    trouble: () => null,
    idle: () => acknowledging.idle(),
  };
}
