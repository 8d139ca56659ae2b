import type { FastifyInstance } from 'fastify';

/** Whether somebody waits for an answer just now: what merely shows an outcome waits a moment for them. */
export interface Answering {
  busy(): boolean;
}

/** Counts requests to these paths from the moment they arrive until they are answered. */
export function watchAnswering(server: FastifyInstance, paths: ReadonlySet<string>): Answering {
  let open = 0;
  server.addHook('onRequest', async (request, reply) => {
    if (!paths.has(request.url)) return;
    open += 1;
    // Bolt takes the raw response, so Fastify's own hooks would never hear of its end.
    reply.raw.once('close', () => {
      open -= 1;
    });
  });
  return { busy: () => open > 0 };
}
