import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { docsRoutes } from '../../../src/http/json-api/docs-page.ts';
import { openApiDocument } from '../../../src/http/json-api/openapi.ts';
import { createServer } from '../../../src/http/server.ts';
import { harbourResources } from './harbour.ts';

const document = openApiDocument(harbourResources(new Map(), new Map(), []), {
  title: 'Harbour',
  version: '1.0.0',
  description: 'Boats and sailors.',
  server: 'https://harbour.example/api/v2',
});

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect([valid, validator.version]).toEqual([true, '3.1']);
});

test('it tells what is served, and nothing else', () => {
  const paths = document.paths as Record<string, Record<string, unknown>>;
  const offered = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.keys(operations)
      .filter((key) => key !== 'parameters')
      .join(),
  ]);
  expect(Object.fromEntries(offered)).toEqual({
    '/boats': 'get,post',
    '/boats/{id}': 'get,patch,delete',
    '/boats/{id}/rename': 'patch',
    '/boats/{id}/relationships/crew': 'get,patch,post,delete',
    '/sailors': 'get',
  });
});

test('every reference leads somewhere', () => {
  const text = JSON.stringify(document);
  for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g))
    expect(
      path!.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document),
      path,
    ).toBeDefined();
});

test('the page and its viewer come from here alone', async () => {
  const server = createServer({ debug() {}, info() {}, warn() {}, error() {} });
  docsRoutes(server, document, 'Harbour');
  const page = await server.inject({ url: '/api/docs' });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  const linked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
  expect(linked.length).toBeGreaterThan(3);
  for (const address of linked) {
    const answer = await server.inject({ url: new URL(address, 'http://x/api/docs').pathname });
    expect([address, answer.statusCode]).toEqual([address, 200]);
  }
  expect((await server.inject({ url: '/api/openapi.json' })).json()).toEqual(document);
  await server.close();
});
