import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Schema } from './openapi-schemas.ts';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
} as const;

/** Files of the viewer's package; nothing comes from another host. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const SECURITY = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    // Swagger UI sets styles on elements.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
} as const;

const PAGE = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript. The same is at <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: new URL('openapi.json', document.baseURI).href,
  dom_id: '#page',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

/** GET /api/openapi.json, and GET /api/docs: the same to read, by a viewer served from its package (no CDN). */
export function docsRoutes(server: FastifyInstance, document: Schema, title: string): void {
  const json = Buffer.from(JSON.stringify(document));
  server.get('/api/openapi.json', (_request, reply) => send(reply, 'application/json', json));
  server.get('/api/docs', (_request, reply) => send(reply, 'text/html; charset=utf-8', PAGE(title)));
  server.get('/api/docs/start.js', (_request, reply) => send(reply, TYPES['.js'], START));
  for (const file of FILES)
    server.get(`/api/docs/${file}`, async (_request, reply) => {
      const type = TYPES[file.slice(file.lastIndexOf('.')) as keyof typeof TYPES];
      return send(reply, type, await readFile(new URL(import.meta.resolve(`swagger-ui-dist/${file}`))));
    });
}

function send(reply: FastifyReply, type: string, body: string | Buffer): FastifyReply {
  return reply.headers(SECURITY).header('content-type', type).send(Buffer.from(body));
}
