import type { FastifyInstance } from 'fastify';
import type { Log } from '../usecases/ports.ts';

/** One thing readiness depends on; `detail` says what is wrong, to anybody who asks: no address, no secret. */
export interface ReadinessCheck {
  name: string;
  check: () => Promise<string | null>;
  /** Worth knowing, and no reason to send nobody here. */
  advisory?: true;
}

/** Longest wait for one check, ms. */
const BOUND_MS = 2_000;

/**
 * GET /healthz: the process answers. GET /readyz: it can do its work; 503 names what it cannot. Each check runs once at
 * a time however many ask, and is waited for 2 s at most.
 */
export function healthRoutes(
  server: FastifyInstance,
  checks: readonly ReadinessCheck[],
  { log, boundMs = BOUND_MS }: { log: Log; boundMs?: number },
): void {
  const bounded = checks.map((one) => ({ ...one, check: bound(one, log, boundMs) }));
  server.get('/healthz', () => ({ status: 'alive' }));
  server.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      bounded.map(async ({ name, check, advisory }) => {
        const detail = await check();
        return { name, ok: detail === null || advisory === true, ...(detail !== null && { detail }) };
      }),
    );
    const ready = results.every((result) => result.ok);
    if (!ready) reply.status(503).header('retry-after', '2');
    return { status: ready ? 'ready' : 'not ready', checks: results };
  });
}

/** An error's own words are for the log alone, and once for as long as it lasts. */
function bound({ name, check }: ReadinessCheck, log: Log, boundMs: number): () => Promise<string | null> {
  let running: Promise<string | null> | null = null;
  let failing = false;
  const note = (error: unknown) => {
    if (!failing) log.warn({ err: error, check: name }, 'a readiness check failed');
    failing = true;
    return 'failed: see the log';
  };
  const pass = (detail: string | null) => {
    if (failing) log.info({ check: name }, 'a readiness check works again');
    failing = false;
    return detail;
  };
  return () => {
    running ??= check()
      .then(pass, note)
      .finally(() => {
        running = null;
      });
    return within(boundMs, running, `no answer within ${boundMs / 1000} s`);
  };
}

async function within<T>(ms: number, work: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((done) => {
    timer = setTimeout(() => done(otherwise), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
