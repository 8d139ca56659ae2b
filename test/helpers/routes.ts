import type { FastifyInstance } from 'fastify';

/** Every address that a server answers at, with its methods, as `/hooks/harness/:event` → POST. */
export function routesOf(server: FastifyInstance): { url: string; methods: string[] }[] {
  const found: { url: string; methods: string[] }[] = [];
  const path: string[] = [];
  for (const line of server.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part, methods] = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (part === undefined) continue;
    const depth = indent.length / 4;
    path.length = depth;
    path.push(part);
    if (methods) found.push({ url: path.join(''), methods: methods.split(', ') });
  }
  return found;
}
