import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harbour, JSON_API, openHarbour } from './harbour.ts';

let harbour: Harbour;
beforeAll(async () => {
  harbour = await openHarbour();
});
afterAll(() => harbour.server.close());

const rename = { data: { type: 'boats', attributes: { name: 'Ada' } } };

describe('what is sent', () => {
  test.each([
    ['application/json', 415],
    ['text/plain', 415],
    [`${JSON_API}; charset=utf-8`, 415],
    [`${JSON_API}; ext="https://jsonapi.org/ext/atomic"`, 415],
    [`${JSON_API}; ext=bulk`, 415],
    [`${JSON_API}; profile="https://example.com/resource-timestamps"`, 200],
    ['APPLICATION/VND.API+JSON', 200],
    ['nonsense', 415],
    [';;;', 415],
  ])('Content-Type %s is answered %i', async (type, status) => {
    const answer = await harbour.ask('PATCH', '/boats/1', {
      body: rename,
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(JSON_API);
    if (status === 415) expect(answer.body.errors[0].source).toEqual({ header: 'Content-Type' });
  });

  test('a content type without a body is ignored', async () => {
    const headers = { 'content-type': JSON_API };
    expect((await harbour.ask('GET', '/boats/1', { headers })).status).toBe(200);
    expect((await harbour.ask('DELETE', '/boats/2', { headers })).status).toBe(204);
    expect((await harbour.ask('PATCH', '/boats/1/rename', { headers })).status).toBe(200);
  });

  test('over a real socket too: DELETE with a content type and no content length', async () => {
    const address = await harbour.server.listen({ host: '127.0.0.1', port: 0 });
    const said = await new Promise<string>((done) => {
      const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
        socket.write(
          `DELETE /api/v2/boats/99 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: good\r\nContent-Type: ${JSON_API}\r\nConnection: close\r\n\r\n`,
        ),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('close', () => done(text));
    });
    expect(said).toMatch(/^HTTP\/1\.1 404 /);
    expect(said).toMatch(/\r\ncontent-type: application\/vnd\.api\+json\r\n/i);
  });

  test('malformed JSON is told by line and column, without what was sent', async () => {
    const answer = await harbour.ask('PATCH', '/boats/1', { body: '{"data":\n  {"type" "secret"}}' });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].code).toBe('malformed_body');
    expect(answer.body.errors[0].detail).toMatch(/line 2, column \d+/);
    expect(answer.text).not.toContain('secret');
  });

  test('too deep is 400, too large 413', async () => {
    const deep = await harbour.ask('PATCH', '/boats/1', { body: `${'['.repeat(5_000)}${']'.repeat(5_000)}` });
    expect(deep.status).toBe(400);
    const large = await harbour.ask('PATCH', '/boats/1', { body: `"${'x'.repeat(256 * 1024)}"` });
    expect(large.status).toBe(413);
    expect(large.body.errors[0]).toMatchObject({ status: '413', code: 'too_large' });
    expect(large.headers['content-type']).toBe(JSON_API);
  });
});

describe('what is accepted', () => {
  test.each([
    [
      'text/xml,application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5',
      200,
    ],
    ['*/*', 200],
    ['application/json', 200],
    ['application/json, text/plain, */*', 200],
    [JSON_API, 200],
    [`${JSON_API};q=0.5`, 200],
    [`${JSON_API}; profile="x:y"`, 200],
    [`${JSON_API}; charset=utf-8, ${JSON_API}`, 200],
    [`${JSON_API}; charset=utf-8`, 406],
    [`${JSON_API}; ext="x:y", */*`, 406],
    ['text/html', 406],
    ['*/*;q=0', 406],
    ['', 200],
  ])('Accept %s is answered %i', async (accept, status) => {
    const answer = await harbour.ask('GET', '/boats/1', { headers: { accept } });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(JSON_API);
    expect(answer.headers.vary).toBe('Accept');
    if (status === 406) expect(answer.body.errors[0].source).toEqual({ header: 'Accept' });
  });
});

describe('methods', () => {
  test('HEAD answers as GET, without the document', async () => {
    const answer = await harbour.ask('HEAD', '/boats/1');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(answer.headers['content-type']).toBe(JSON_API);
  });

  test('OPTIONS and 405 name what is offered', async () => {
    const options = await harbour.ask('OPTIONS', '/boats');
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
    const refused = await harbour.ask('PUT', '/boats/1', { body: rename });
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD, PATCH, DELETE, OPTIONS']);
    expect(refused.body.errors[0].status).toBe('405');
    expect((await harbour.ask('POST', '/boats/1/rename', { body: rename })).headers.allow).toBe(
      'PATCH, OPTIONS',
    );
    expect((await harbour.ask('POST', '/sailors', { body: rename })).status).toBe(405);
  });

  test('unknown addresses and impossible ids are 404 documents', async () => {
    for (const url of ['/ships', '/boats/0', '/boats/abc', '/boats/1/sink', '/boats/99', '/organizations'])
      expect(await harbour.ask('GET', url)).toMatchObject({
        status: 404,
        headers: { 'content-type': JSON_API },
        body: { errors: [{ status: '404', code: 'not_found' }] },
      });
  });
});

describe('who asks', () => {
  test('401 without a token, 429 with Retry-After', async () => {
    const nobody = await harbour.ask('GET', '/boats', { headers: { 'x-auth-token': 'bad' } });
    expect(nobody).toMatchObject({ status: 401, body: { errors: [{ code: 'invalid_auth_token' }] } });
    const busy = await harbour.ask('GET', '/boats', { headers: { 'x-auth-token': 'busy' } });
    expect(busy).toMatchObject({ status: 429, headers: { 'retry-after': '4' } });
  });

  test('what nobody foresaw is a 500 that tells nothing', async () => {
    const body = { data: { type: 'boats', attributes: { note: 'crash' } } };
    const answer = await harbour.ask('PATCH', '/boats/1/rename', { body });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
  });
});
