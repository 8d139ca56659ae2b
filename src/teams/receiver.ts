import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type Observer, UNOBSERVED } from '../usecases/observer.ts';
import type { Log } from '../usecases/ports.ts';
import { type Proof, proveBearer } from './bearer.ts';
import type { SigningKeys } from './signing-keys.ts';
import { type TakingParts, takeActivity } from './take-activity.ts';

export const MESSAGES_PATH = '/api/messages';
const BODY_LIMIT = 256 * 1024;

export interface ReceiverParts extends TakingParts {
  appId: string;
  /** null: nobody proves anything here. */
  keys: SigningKeys | null;
  log: Log;
  observe?: Observer;
}

/**
 * Takes Teams' POSTs, at /api/messages of whatever instance it is registered in. Who has no token of the Connector's is
 * turned away before the body is read. No answer says why.
 */
export function createTeamsReceiver(parts: ReceiverParts): FastifyPluginAsync {
  const { appId, keys, log, observe = UNOBSERVED } = parts;

  async function prove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const proof: Proof =
      keys === null
        ? 'proved'
        : await proveBearer(request.headers.authorization, { appId, keys, now: Date.now() });
    if (proof === 'proved') return undefined;
    return reply.code(proof === 'refused' ? 401 : 503).send();
  }

  async function post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const began = performance.now();
    const { status, body } = await takeActivity(parts, request.headers.authorization ?? '', request.body);
    const kind = isInvokeBody(request.body) ? 'teams_invoke' : 'teams_activity';
    observe.acknowledged(kind, performance.now() - began);
    return reply.code(status).send(body ?? undefined);
  }

  return async (fastify: FastifyInstance) => {
    // Encapsulated: only this route has its own limits and errors.
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: BODY_LIMIT },
      fastify.getDefaultJsonParser('error', 'error'),
    );
    fastify.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) log.error({ err: error }, 'a request from Teams could not be taken');
      return reply.code(status).send();
    });
    fastify.post(MESSAGES_PATH, { bodyLimit: BODY_LIMIT, onRequest: prove }, post);
  };
}

function isInvokeBody(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'type' in body && body.type === 'invoke';
}
