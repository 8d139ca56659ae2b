import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createRawServer } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { WebAPIRequestError, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { boltLogger } from '../../src/slack/bolt-log.ts';
import { clientOptions, failureOf, observed } from '../../src/slack/client.ts';
import { UNOBSERVED } from '../../src/usecases/observer.ts';
import { RecordingLog } from '../helpers/recording.ts';

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

const TIMEOUT_MS = 300;
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

let slack: Server;
let answering: Answering;
let received: { headers: IncomingMessage['headers']; body: string }[];

beforeEach(async () => {
  received = [];
  slack = createServer(async (request, response) => {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    received.push({ headers: request.headers, body });
    answering(request, response);
  });
  await once(slack.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  slack.closeAllConnections();
  slack.close();
});

/** How a call ends, with our fetch or the global one. */
function call(fetch: 'ours' | 'global', at = `http://127.0.0.1:${(slack.address() as AddressInfo).port}`) {
  const options = clientOptions(`${at}/api/`, boltLogger(new RecordingLog()), TIMEOUT_MS);
  const client = new WebClient(
    'xoxb-1',
    fetch === 'ours' ? options : { ...options, fetch: globalThis.fetch },
  );
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Ünïcode & 🚀 = +%' } }];
  return observed(UNOBSERVED, 'chat.postMessage', () =>
    client.chat.postMessage({ channel: 'C1', text: 'Deploy — now?', blocks }),
  );
}

const answers: Record<string, Answering> = {
  'says yes': (_, response) =>
    response
      .writeHead(200, { ...JSON_TYPE, 'x-oauth-scopes': 'chat:write, users:read' })
      .end('{"ok":true,"ts":"1.2"}'),
  'says no': (_, response) =>
    response
      .writeHead(200, JSON_TYPE)
      .end(
        '{"ok":false,"error":"missing_scope","needed":"chat:write","response_metadata":{"messages":["[ERROR] é"]}}',
      ),
  'says something that is no JSON': (_, response) => response.writeHead(200).end('<html>Try later</html>'),
  'compresses for whoever does not refuse it': ({ headers }, response) =>
    headers['accept-encoding'] === 'identity'
      ? response.writeHead(200, JSON_TYPE).end('{"ok":true,"ts":"1.2"}')
      : response
          .writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
          .end(gzipSync('{"ok":true,"ts":"1.2"}')),
  'says nothing': (_, response) => response.writeHead(200, JSON_TYPE).end(),
  'is too busy': (_, response) => response.writeHead(429, { 'Retry-After': '7' }).end('slow down'),
  'is too busy, for how long it does not say': (_, response) => response.writeHead(429).end(),
  'refuses in HTTP': (_, response) => response.writeHead(403, { 'set-cookie': ['a=1', 'b=2'] }).end('no'),
  'breaks down': (_, response) => response.writeHead(503, 'Out of Order').end('<h1>503</h1>'),
  'sends us elsewhere': (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  'hangs up': (request) => request.socket.destroy(),
  'hangs up within its answer': (request, response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' }).write('{"ok":true,');
    setImmediate(() => request.socket.destroy());
  },
};

test.each(Object.entries(answers))('Slack %s: it is as with the global fetch', async (_, given) => {
  answering = given;
  const [ours, others] = [await call('ours'), await call('global')];
  if (!ours.ok && ours.failure.kind === 'lost' && !others.ok && others.failure.kind === 'lost') return;
  expect(ours).toEqual(others);
});

test('Slack is told the same', async () => {
  answering = answers['says yes']!;
  await call('ours');
  await call('global');
  const told = received.map(({ headers, body }) => {
    const { authorization, accept, 'content-type': type, 'user-agent': agent } = headers;
    return { authorization, accept, type, agent, body };
  });
  expect(told[0]).toEqual(told[1]);
});

test.each([
  ['silence', () => {}],
  [
    'an answer that never ends',
    (_, response) => {
      response.writeHead(200, JSON_TYPE).write('{"ok":');
    },
  ],
] satisfies [string, Answering][])('%s ends with the time limit', async (_, given) => {
  answering = given;
  expect(await call('ours')).toMatchObject({ ok: false, failure: { kind: 'lost' } });
});

test('a connection that never comes about ends with the time limit', async () => {
  const mute = createRawServer((socket) => socket.on('error', () => {}));
  await once(mute.listen(0, '127.0.0.1'), 'listening');
  const began = performance.now();
  const ended = await call('ours', `https://127.0.0.1:${(mute.address() as AddressInfo).port}`);
  expect(ended).toMatchObject({ ok: false, failure: { kind: 'lost' } });
  expect(performance.now() - began).toBeLessThan(10 * TIMEOUT_MS);
  mute.close();
});

test('a host none of whose addresses is reached is told of in words', async () => {
  const { port } = slack.address() as AddressInfo;
  slack.closeAllConnections();
  await new Promise((closed) => slack.close(closed));
  const socket = connect({
    host: 'slack.test',
    port,
    lookup: (_, __, found) => {
      found(
        null,
        ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })),
      );
    },
  });
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error).toBeInstanceOf(AggregateError);
  expect(failureOf(new WebAPIRequestError(error))).toEqual({
    kind: 'lost',
    detail: `no answer from Slack: connect ECONNREFUSED 127.0.0.1:${port}`,
  });
});

test('an answer of many megabytes is read no further than eight', async () => {
  let sent = 0;
  answering = (_, response) => {
    response.writeHead(200, JSON_TYPE);
    const part = Buffer.alloc(1024 * 1024, ' ');
    const more = () => {
      while (sent < 64 && !response.destroyed) {
        sent += 1;
        if (!response.write(part)) return;
      }
      response.end();
    };
    response.on('drain', more);
    more();
  };
  expect(await call('ours')).toMatchObject({ ok: false, failure: { kind: 'lost' } });
  expect(sent).toBeLessThan(32);
});

test('Slack is called through the proxy that Node is told of', async () => {
  answering = answers['says yes']!;
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', ({ url }, socket, head) => {
    asked.push(url ?? '');
    const onwards = connect((slack.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onwards.write(head);
      onwards.pipe(socket).pipe(onwards);
    });
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void proxy.close());
  const script = `
    const { webApiFetch } = await import('./src/slack/web-api-fetch.ts');
    const answer = await webApiFetch('http://slack.test/api/auth.test', { method: 'POST', body: 'a=1' });
    console.log(await answer.text());
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: {
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    },
  });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(asked).toEqual(['slack.test:80']);
});
