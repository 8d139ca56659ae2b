import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { token } from '../helpers/principals.ts';
import { routesOf } from '../helpers/routes.ts';
import { ACME, email, startWorld, WEBHOOK_TOKEN, type World } from '../helpers/world.ts';

const API_TOKEN = 'management-token-for-tests-01';
const EVENT = 'deploy-to-production';

let world: World;
beforeAll(async () => {
  world = await startWorld({ oauth: {}, teams: {}, env: { API_TOKEN } });
  await world.load(ACME);
});
afterAll(() => world.close());

interface Raw {
  status: number;
  headers: string;
  body: string;
}

/** One request as bytes, for what no client would send; what came back until the socket closed. */
function raw(bytes: string): Promise<Raw> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', fail);
    socket.on('close', () => {
      const [headers = '', ...body] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      done({ status: Number(headers.split(' ')[1]), headers, body: body.join('\r\n\r\n') });
    });
  });
}

/** Good in every way that a door asks for, but for what the test changes. */
const PROVED = {
  authorization: `Bearer ${WEBHOOK_TOKEN}`,
  'x-api-key': API_TOKEN,
  'content-type': 'application/json',
};

async function headersFor(url: string): Promise<Record<string, string>> {
  if (url.startsWith('/api/v2'))
    return { 'x-auth-token': API_TOKEN, 'content-type': 'application/vnd.api+json' };
  if (url === '/api/messages')
    return { authorization: `Bearer ${await world.teams.signToken()}`, 'content-type': 'application/json' };
  if (url.startsWith('/connect')) return { 'content-type': 'application/x-www-form-urlencoded' };
  return PROVED;
}

const filled = (url: string) => url.replace(':event', EVENT).replace(/:[a-zA-Z]+|\*/g, 'x1');
const writing = () =>
  routesOf(world.app.server).flatMap(({ url, methods }) =>
    methods
      .filter((method) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method))
      .map((method) => ({ method, url })),
  );

describe('a body', () => {
  test('of more than 256 KiB is refused by every route there is, or nothing there takes one; Slack’s may be 1 MiB', async () => {
    const routes = writing();
    expect(routes.length).toBeGreaterThan(60);
    const body = ' '.repeat(256 * 1024 + 1);
    for (const { method, url } of routes) {
      if (url === '/slack/events') continue;
      const answer = await fetch(world.url + filled(url), { method, body, headers: await headersFor(url) });
      await answer.arrayBuffer();
      expect([method, url, [413, 405].includes(answer.status) ? 'refused' : answer.status]).toEqual([
        ...[method, url, 'refused'],
      ]);
    }
    const { status } = await world.slack.sendRaw({ body: `payload=${'x'.repeat(1024 * 1024)}` });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(writing().filter(({ url }) => url === '/slack/events')).toHaveLength(1);
  });

  test('that is packed is unpacked nowhere: a bomb stays as small as it is', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(20 * 1024 * 1024, 32)));
    for (const { method, url } of writing())
      for (const encoding of ['gzip', 'br', 'deflate', 'x-gzip', 'gzip, identity']) {
        const headers = { ...(await headersFor(url)), 'content-encoding': encoding };
        const answer = await fetch(world.url + filled(url), { method, body: bomb, headers });
        expect([method, url, answer.status, await answer.text()]).toEqual([
          ...[method, url, 415, expect.stringMatching(/^$|Content-Encoding|form could not be read/)],
        ]);
        if (url.startsWith('/api/v2')) break;
      }
    const plain = await fetch(`${world.url}/hooks/harness/${EVENT}`, {
      ...{ method: 'POST', body: '{', headers: { ...PROVED, 'content-encoding': 'identity' } },
    });
    expect(plain.status).toBe(400);
  });
});

/** So many sockets that have sent the beginning of a request, and what they got in the end. */
async function slow(
  count: number,
  beginning: string,
): Promise<{ sockets: Socket[]; ended: Promise<string[]> }> {
  const heard: string[] = Array.from({ length: count }, () => '');
  const { port } = new URL(world.url);
  const ends: Promise<void>[] = [];
  const sockets = await Promise.all(
    heard.map(
      (_, index) =>
        new Promise<Socket>((done) => {
          const socket = connect(Number(port), '127.0.0.1', () => {
            socket.write(beginning);
            done(socket);
          });
          socket.on('error', () => {});
          socket.on('data', (chunk) => {
            heard[index] += chunk.toString();
          });
          ends.push(new Promise((closed) => socket.on('close', () => closed())));
        }),
    ),
  );
  return { sockets, ended: Promise.all(ends).then(() => heard.map((text) => text.split(' ')[1] ?? '')) };
}

describe('whoever is slow', () => {
  test('with headers or body is cut off, 500 at once, while honest webhooks are answered', async () => {
    const { server } = world.app.server;
    expect([server.headersTimeout, server.requestTimeout]).toEqual([5_000, 20_000]);
    server.headersTimeout = 200;
    server.requestTimeout = 400;
    const path = `/hooks/harness/${EVENT}`;
    const headers = `POST ${path} HTTP/1.1\r\nhost: x\r\n`;
    const body = `${headers}authorization: ${PROVED.authorization}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a`;
    try {
      const both = await Promise.all([slow(250, headers), slow(250, body)]);
      for (const { sockets } of both) for (const socket of sockets.slice(0, 50)) socket.write('x');
      for (let nth = 0; nth < 20; nth += 1)
        expect((await world.post(EVENT, world.webhook(`honest${nth}`))).status).toBe(202);
      for (const { ended } of both) expect(new Set(await ended)).toEqual(new Set(['408']));
    } finally {
      server.headersTimeout = 5_000;
      server.requestTimeout = 20_000;
    }
  });

  test('and opens ever more sockets is turned away at the last one there is room for', async () => {
    const { server } = world.app.server;
    const usual = server.maxConnections;
    expect(usual).toBe(4_000);
    await expect
      .poll(() => new Promise((done) => server.getConnections((_, count) => done(count))), {
        timeout: 15_000,
      })
      .toBeLessThan(20);
    server.maxConnections = 40;
    try {
      const { sockets } = await slow(60, 'GET / HTTP/1.1\r\n');
      await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBeGreaterThanOrEqual(20);
      for (const socket of sockets) socket.destroy();
    } finally {
      server.maxConnections = usual;
    }
  });
});

describe('headers', () => {
  test('of more than 16 KiB, or more than a hundred, are refused', async () => {
    const long = await raw(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(17_000)}\r\n\r\n`);
    expect([long.status, long.body]).toEqual([431, expect.not.stringMatching(/stack|node/i)]);
    expect(world.app.server.server.maxHeadersCount).toBe(100);
    const many = Array.from({ length: 200 }, (_, nth) => `x-${nth}: 1\r\n`).join('');
    const answer = await raw(`GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${many}\r\n`);
    expect(answer.status).toBe(431);
  });

  test('cannot be smuggled past one another', async () => {
    const start = `POST /hooks/harness/${EVENT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
    for (const more of [
      'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'content-length: 5\r\ncontent-length: 6\r\n\r\nhello',
      'content-length: +5\r\n\r\nhello',
      'transfer-encoding: xchunked\r\n\r\n0\r\n\r\n',
      'x: a\u0000b\r\n\r\n',
      ' folded: a\r\n\r\n',
    ])
      expect([more, (await raw(start + more)).status]).toEqual([more, 400]);
  });
});

describe('no answer', () => {
  const ODD = [
    ...[
      '/%zz',
      '/api/v2/%zz',
      '/nowhere',
      '/api/v2/nowhere',
      '/hooks/nowhere',
      `/charts/${'x'.repeat(300)}/a.png`,
    ],
    ...['/connect/harness/x', '/slack/install?link=x', '/slack/oauth_redirect?code=x&state=y', '/api/docs'],
    ...[
      '/api/openapi.json',
      '/api/docs/swagger-ui.css',
      '/readyz',
      '/healthz',
      '/api/v2/people',
      '/api/messages',
    ],
  ];

  test('tells what it runs on or where it broke; each forbids sniffing, framing and passing addresses on', async () => {
    for (const path of ODD)
      for (const method of ['GET', 'POST', 'PUT', 'OPTIONS']) {
        const body = method === 'GET' ? null : '{"a":';
        const answer = await fetch(world.url + path, {
          ...{ method, body, redirect: 'manual', headers: { 'content-type': 'application/json' } },
        });
        const text = await answer.text();
        const at = `${method} ${path}`;
        const { headers } = answer;
        expect([at, headers.get('server'), headers.get('x-powered-by'), headers.get('via')]).toEqual([
          ...[at, null, null, null],
        ]);
        if (!path.startsWith('/api/docs') && path !== '/api/openapi.json')
          expect([at, text]).toEqual([
            at,
            expect.not.stringMatching(/fastify|node_modules|\.ts:|\n {4}at |FST_|"statusCode"/i),
          ]);
        expect([at, headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual([
          ...[at, 'nosniff', 'no-referrer'],
        ]);
        expect([at, headers.get('content-security-policy')]).toEqual([
          ...[at, expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/)],
        ]);
        expect([at, headers.get('strict-transport-security')]).toEqual([at, 'max-age=31536000']);
        expect([at, headers.get('access-control-allow-origin')]).toEqual([at, null]);
      }
  });
});

describe('an address that guesses tokens', () => {
  test('is the one that a trusted proxy names, and of the rest of the header nothing is believed', async () => {
    const behind = await startWorld({ env: { TRUST_PROXY: 'loopback' } });
    const guess = async (forwarded: string) =>
      (
        await fetch(`${behind.url}/hooks/harness/${EVENT}`, {
          ...{ method: 'POST', body: '{}' },
          headers: { authorization: 'Bearer guess', 'x-forwarded-for': forwarded },
        })
      ).status;
    try {
      for (let nth = 0; nth < 12; nth += 1) await guess(`198.51.100.${nth}, 203.0.113.1`);
      expect(await guess('198.51.100.99, 203.0.113.1')).toBe(429);
      expect(await guess('203.0.113.2')).toBe(401);
    } finally {
      await behind.close();
    }
  });
});

describe('what waits', () => {
  const setWaiting = (total: number) =>
    sql`update list_totals set total = ${total} where list = 'approval_requests' and bucket = 'status=WAITING'`.execute(
      world.app.context.db,
    );

  test('is 10,000 requests of an organization at most; the next webhook hears so, and a repeat is answered', async () => {
    expect((await world.post(EVENT, world.webhook('full0'))).status).toBe(202);
    await setWaiting(10_000);
    const answer = await fetch(`${world.url}/hooks/harness/${EVENT}`, {
      ...{ method: 'POST', headers: PROVED, body: JSON.stringify(world.webhook('full1')) },
    });
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      ...[429, '60'],
      {
        code: 'too_many_waiting',
        message: expect.stringMatching(/^10000 requests of this organization wait already/),
      },
    ]);
    expect((await world.post(EVENT, world.webhook('full0'))).status).toBe(200);
    await setWaiting(9_999);
    expect((await world.post(EVENT, world.webhook('full1'))).status).toBe(202);
  });

  test('is 5,000 of one token at most, so that it keeps out no other', async () => {
    const { secret, name } = await token(
      world,
      { machine: 'flood', ownerEmail: email('ada') },
      'pipeline',
      {},
    );
    const post = (run: string, key: string) =>
      world.post(EVENT, world.webhook(run), { authorization: `Bearer ${key}` });
    await setWaiting(1);
    expect((await post('flood0', secret)).status).toBe(202);
    const { db } = world.app.context;
    const columns = (
      await sql<{ name: string }>`select name from pragma_table_info('approval_requests')`.execute(db)
    ).rows
      .map((row) => row.name)
      .filter((column) => !['id', 'execution_id', 'number'].includes(column));
    const copied = sql.join(columns.map((column) => sql.ref(column)));
    await sql`insert into approval_requests (id, execution_id, number, ${copied})
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 4999)
      select 'apr_flood' || i, 'flooded' || i, 1000000 + i, ${copied} from n, approval_requests
      where opened_by = ${name}`.execute(db);
    await setWaiting(5_000);
    expect(await post('flood1', secret)).toMatchObject({
      status: 429,
      body: { message: expect.stringContaining('5000 requests that this token opened wait already') },
    });
    expect((await post('other', WEBHOOK_TOKEN)).status).toBe(202);
  });
});
