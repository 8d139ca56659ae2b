import type { FastifyInstance } from 'fastify';
import { bearerMatches } from '../harness/webhook-signature.ts';
import { sendError, sendTooMany } from './errors.ts';
import type { BadTokens } from './rate-limit.ts';

/**
 * GET /metrics: whoever brings METRICS_TOKEN may scrape. Without one nobody may: behind a proxy on the same machine
 * every caller seems to be this machine, so an address proves nothing.
 */
export function metricsRoute(
  server: FastifyInstance,
  parts: {
    token: string | null;
    badTokens: BadTokens;
    page: { contentType: string; text(): Promise<string> };
  },
): void {
  const { token, badTokens, page } = parts;
  server.get('/metrics', async (request, reply) => {
    if (token === null)
      return sendError(reply, 404, {
        code: 'not_found',
        message: 'Metrics are off: set METRICS_TOKEN to have them.',
      });
    if (!bearerMatches(request.headers.authorization, token)) {
      const waitSeconds = badTokens.note(request.ip);
      if (waitSeconds !== null) return sendTooMany(reply, waitSeconds);
      reply.header('www-authenticate', 'Bearer');
      return sendError(reply, 401, {
        code: 'unauthorized',
        message: 'Send METRICS_TOKEN as Authorization: Bearer <token>.',
      });
    }
    return reply.type(page.contentType).send(await page.text());
  });
}
