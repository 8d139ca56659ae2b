import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../usecases/managing/managing.ts';
import type { Log } from '../../usecases/ports.ts';
import { ApiFailure, methodNotAllowed, notFound } from './api-error.ts';
import { type Authenticate, principalOf } from './authentication.ts';
import type { Answer, Endpoint, Handler, Surroundings } from './call.ts';
import { createFailureHandler } from './failure-handler.ts';
import { JSON_API, negotiate } from './negotiation.ts';
import { relationshipEndpoint } from './relationship-operations.ts';
import type { AnyResource } from './resource.ts';
import { actionEndpoint, collectionEndpoint, memberEndpoint } from './resource-operations.ts';

export interface JsonApiOptions {
  /** What is served and what can be included; one without operations can only be included. */
  resources: readonly AnyResource[];
  authenticate: Authenticate;
  /** Links are made from it, never from Host (contract §1.10 #20). */
  publicUrl: string;
  log: Log;
  /** Contract §1.10 #11; true unless said otherwise. */
  seedPointers?: boolean;
}

export const PREFIX = '/api/v2';
const BODY_LIMIT = 256 * 1024;
const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS', 'TRACE'] as const;

/**
 * Serves the resources under /api/v2 as JSON:API 1.1 in the seed's shape. Every answer, errors too, is
 * `application/vnd.api+json` without parameters. Own body step and negotiation: see contract §3.3.
 */
export function jsonApiRoutes(server: FastifyInstance, options: JsonApiOptions): void {
  const around: Surroundings = {
    registry: new Map(options.resources.map((one) => [one.type, one])),
    base: options.publicUrl.replace(/\/+$/, '') + PREFIX,
  };
  server.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      scope.setErrorHandler(createFailureHandler(options.log, options.seedPointers ?? true));
      scope.setNotFoundHandler(() => {
        throw new ApiFailure([notFound('There is nothing at this address.')]);
      });
      for (const [url, endpoint] of endpointsOf(around)) serve(scope, url, endpoint, options.authenticate);
    },
    { prefix: PREFIX },
  );
}

/** Every address and what it offers, from the descriptors. */
function* endpointsOf(around: Surroundings): Generator<[url: string, Endpoint]> {
  for (const resource of around.registry.values()) {
    const path = `/${resource.type}`;
    yield [path, collectionEndpoint(around, resource)];
    yield [`${path}/:id`, memberEndpoint(around, resource)];
    for (const [name, action] of Object.entries(resource.actions ?? {}))
      yield [`${path}/:id/${name}`, actionEndpoint(around, resource, action)];
    for (const [name, relationship] of Object.entries(resource.relationships))
      if (relationship.endpoint)
        yield [
          `${path}/:id/relationships/${name}`,
          relationshipEndpoint(around, resource, name, relationship),
        ];
  }
}

function serve(scope: FastifyInstance, url: string, endpoint: Endpoint, authenticate: Authenticate): void {
  const allow = allowOf(endpoint);
  if (allow.length === 0) return;
  const principals = new WeakMap<FastifyRequest, Principal>();
  scope.route<{ Params: { id?: string } }>({
    method: [...METHODS],
    url,
    exposeHeadRoute: false,
    bodyLimit: BODY_LIMIT,
    async onRequest(request, reply) {
      reply.header('vary', 'Accept');
      if (request.method === 'OPTIONS') return reply.status(204).header('allow', allow.join(', ')).send();
      if (!handlerOf(endpoint, request.method)) throw methodNotAllowed(request.method, allow);
      principals.set(request, await principalOf(authenticate, request));
      negotiate(request.headers);
    },
    async handler(request, reply) {
      const answer = await handlerOf(endpoint, request.method)!({
        principal: principals.get(request)!,
        url: request.raw.url ?? request.url,
        id: request.params.id ?? '',
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      });
      return sendAnswer(reply, answer);
    },
  });
}

function handlerOf(endpoint: Endpoint, method: string): Handler | undefined {
  if (method === 'GET' || method === 'HEAD') return endpoint.GET;
  if (method === 'POST' || method === 'PUT' || method === 'PATCH' || method === 'DELETE')
    return endpoint[method];
  return undefined;
}

function allowOf(endpoint: Endpoint): string[] {
  const offered = METHODS.filter((method) => handlerOf(endpoint, method));
  return offered.length === 0 ? [] : [...offered, 'OPTIONS'];
}

/** A Buffer, since Fastify adds a charset to JSON text. */
function sendAnswer(reply: FastifyReply, { status, document, headers = {} }: Answer): FastifyReply {
  reply.status(status).headers(headers);
  if (document === undefined) return reply.send();
  return reply.header('content-type', JSON_API).send(Buffer.from(JSON.stringify(document)));
}
