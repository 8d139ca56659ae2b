import type { FastifyInstance } from 'fastify';

/** One thing readiness depends on; `detail` says what is wrong. */
export interface ReadinessCheck {
  name: string;
  check: () => Promise<string | null>;
  /** Worth knowing, and no reason to send nobody here. */
  advisory?: true;
}

/** GET /healthz: the process answers. GET /readyz: it can do its work; 503 names what it cannot. */
export function healthRoutes(server: FastifyInstance, checks: readonly ReadinessCheck[]): void {
  server.get('/healthz', () => ({ status: 'alive' }));
  server.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(async ({ name, check, advisory }) => {
        const detail = await check().catch((error: unknown) =>
          error instanceof Error ? error.message : 'failed',
        );
        return { name, ok: detail === null || advisory === true, ...(detail !== null && { detail }) };
      }),
    );
    const ready = results.every((result) => result.ok);
    if (!ready) reply.status(503).header('retry-after', '2');
    return { status: ready ? 'ready' : 'not ready', checks: results };
  });
}
