import type { FastifyInstance } from 'fastify';
import type { Context } from '../../usecases/context.ts';
import { chartOf } from '../../usecases/homes/home-picture.ts';
import { createPainter } from './png.ts';
import { statisticsSvg } from './statistics-svg.ts';

const KEY = /^cht_[A-Za-z0-9_-]{22}$/;
const FILE = /^([0-9a-f]{16})\.png$/;
/** Pictures kept, one per organization as a rule; about 40 KB each. */
const MOST_KEPT = 64;

/**
 * GET /charts/:key/:version.png: an organization's statistics. The key is the only proof, so it is unguessable; the
 * picture holds numbers alone. An old version answers with the present picture, which then is not kept for long.
 */
export function chartRoutes(server: FastifyInstance, context: Pick<Context, 'db' | 'clock' | 'hash'>): void {
  const painter = createPainter();
  server.addHook('onClose', () => painter.stop());
  const kept = new Map<string, Promise<Buffer>>();

  function pictureOf(name: string, draw: () => string): Promise<Buffer> {
    const known = kept.get(name);
    if (known) return known;
    const oldest = kept.keys().next();
    if (kept.size >= MOST_KEPT && !oldest.done) kept.delete(oldest.value);
    const picture = painter.draw(draw());
    kept.set(name, picture);
    picture.catch(() => kept.delete(name));
    return picture;
  }

  server.get<{ Params: { key: string; file: string } }>('/charts/:key/:file', async (request, reply) => {
    const { key, file } = request.params;
    const wanted = FILE.exec(file)?.[1];
    const chart = wanted && KEY.test(key) ? await chartOf(context, key) : null;
    if (!chart) return reply.callNotFound();
    const picture = await pictureOf(chart.version, () => statisticsSvg(chart.statistics));
    const isPresent = wanted === chart.version;
    return reply
      .type('image/png')
      .header('cache-control', isPresent ? 'public, max-age=86400, immutable' : 'public, max-age=60')
      .header('content-security-policy', "default-src 'none'")
      .send(picture);
  });
}
