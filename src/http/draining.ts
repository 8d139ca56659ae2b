import type { FastifyInstance } from 'fastify';
import type { ReadinessCheck } from './health.ts';

/** The time between being told to stop and stopping, in which a balancer learns to send nobody here any more. */
export interface Draining {
  /** From now on /readyz says 503, and connections end with the answers on them. Everything is still answered. */
  begin(): void;
  check: ReadinessCheck;
}

export function createDraining(server: FastifyInstance): Draining {
  let draining = false;
  // On the raw answer: Bolt writes its own.
  server.addHook('onRequest', async (_request, reply) => {
    if (draining) reply.raw.setHeader('connection', 'close');
  });
  return {
    begin() {
      draining = true;
    },
    check: {
      name: 'stopping',
      check: async () => (draining ? 'this instance is being stopped: send nobody here' : null),
    },
  };
}
