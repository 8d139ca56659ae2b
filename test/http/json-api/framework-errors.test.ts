import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { createFrameworkErrors } from '../../../src/http/json-api/framework-errors.ts';
import { JSON_API } from './harbour.ts';

test('an address that cannot be read is answered in the form of where it leads', async () => {
  const server = Fastify({
    frameworkErrors: createFrameworkErrors({ debug() {}, info() {}, warn() {}, error() {} }),
    routerOptions: { maxParamLength: 20 },
  });
  server.get('/api/v2/boats/:id', () => 'boat');
  server.get('/hooks/:id', () => 'hook');
  for (const [url, type] of [
    ['/api/v2/boats/%zz', JSON_API],
    [`/api/v2/boats/${'x'.repeat(30)}`, JSON_API],
    ['/hooks/%zz', 'application/json; charset=utf-8'],
  ] as const) {
    const answer = await server.inject({ url });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, type]);
    expect(answer.body).not.toContain(url);
  }
  await server.close();
});
