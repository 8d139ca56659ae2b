import { type App, HTTPReceiver, type Logger, type Receiver, type ReceiverEvent } from '@slack/bolt';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock, Log } from '../usecases/ports.ts';
import { SENTENCE } from './guard.ts';
import { noticeView } from './modal.ts';

export const EVENTS_PATH = '/slack/events';
const BODY_LIMIT = 1024 * 1024;
const AHEAD_MAX_MS = 5 * 60_000;
const FORM = 'application/x-www-form-urlencoded';

export interface SlackReceiver extends Receiver {
  /** Takes Slack's POSTs, at /slack/events of whatever instance it is registered in. */
  routes: FastifyPluginAsync;
  /** Resolves once nothing that was received is still being worked on. */
  idle(): Promise<void>;
}

/** Bolt's own HTTPReceiver inside Fastify: signature, age, size, ssl_check and url_verification are its own. */
export function createSlackReceiver(parts: {
  signingSecret: string;
  clock: Clock;
  log: Log;
  logger: Logger;
}): SlackReceiver {
  const { log, clock } = parts;
  const http = new HTTPReceiver({
    signingSecret: parts.signingSecret,
    endpoints: [EVENTS_PATH],
    bodyLimit: BODY_LIMIT,
    logger: parts.logger,
  });
  const working = new Set<Promise<void>>();

  function post(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    // Bolt 5.1 refuses only what is too old.
    const sentAt = Number(request.headers['x-slack-request-timestamp']) * 1000;
    if (sentAt > clock.now() + AHEAD_MAX_MS) return reply.code(401).send();
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
      http.init(acknowledging(app, log, working));
    },
    start: async () => undefined,
    stop: async () => undefined,
    async idle() {
      while (working.size > 0) await Promise.allSettled(working);
    },
  };
}

/** The app with one promise added: a payload that nobody acked, for whatever reason, is acked in the end. */
function acknowledging(app: App, log: Log, working: Set<Promise<void>>): App {
  async function processEvent(event: ReceiverEvent): Promise<void> {
    let acked = false;
    const ack: ReceiverEvent['ack'] = async (response) => {
      acked = true;
      try {
        await event.ack(response);
      } catch (error) {
        // Bolt gave up after 3 s: what follows must still reach the presser.
        log.error({ err: error }, 'an ack to Slack failed');
      }
    };
    try {
      await app.processEvent({ ...event, ack });
    } catch (error) {
      log.error({ err: error }, 'a payload from Slack could not be handled');
    }
    if (acked) return;
    const submission = event.body.type === 'view_submission';
    await ack(submission ? { response_action: 'update', view: noticeView(SENTENCE.failed) } : undefined);
  }

  return Object.create(app, {
    processEvent: {
      value(event: ReceiverEvent): Promise<void> {
        const work = processEvent(event).finally(() => working.delete(work));
        working.add(work);
        return work;
      },
    },
  });
}
