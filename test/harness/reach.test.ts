import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../src/harness/http.ts';
import type { LookUp, Reach } from '../../src/harness/reach.ts';

const INTERNET: Reach = { thisMachine: false, privateNetworks: false };
const headers = { 'x-api-key': 'sat.acme.token.secret' };

/** Stands where every trick would like to lead; counts who comes. */
let came = 0;
let port = 0;
const server = createServer((request, answer) => {
  if (request.url === '/away') return answer.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end();
  return answer.end('{}');
});
server.on('connection', () => {
  came += 1;
});
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const resolving =
  (...answers: readonly (readonly string[])[]): LookUp =>
  (_, __, done) => {
    const addresses = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
let asked = 0;

async function call(host: string, reach: Reach, lookUp?: LookUp): Promise<string> {
  asked = 0;
  const origin = new URL(`http://${host}:${port}`).origin;
  const http = createHttp({ origin, headers, timeoutMs: 2_000, reach, ...(lookUp && { lookUp }) });
  const answer = await http.send('GET', new URL(`${origin}/x`));
  await http.close();
  return answer.kind === 'answer' ? String(answer.status) : answer.detail;
}

const HERE = /own machine/;
const NOWHERE = /no Harness can be/;
const PRIVATE = /private network/;

/** Addresses as people write them; `URL` reads the odd ones. */
const WRITTEN: readonly [RegExp, ...string[]][] = [
  [HERE, '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1'],
  [HERE, '127.255.255.254', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  [
    HERE,
    '[64:ff9b::127.0.0.1]',
    '１２７.0.0.1',
    '127。0。0。1',
    'localhost',
    '127.0.0.1.',
    '%31%32%37.0.0.1',
  ],
  [NOWHERE, '169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '169.254.43518'],
  [NOWHERE, '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '[2002:a9fe:a9fe::]', '[fd00:ec2::254]'],
  [NOWHERE, '[fe80::1]', '[::a9fe:a9fe]', '[::]', '0.0.0.0', '0', '100.100.100.200', '168.63.129.16'],
  [NOWHERE, '192.0.0.192', '224.0.0.1', '255.255.255.255', '[ff02::1]', '[2001::7f00:1]', '[2002:7f00:1::]'],
  [PRIVATE, '10.0.0.1', '10.1', '167772161', '0xa000001', '012.0.0.1', '172.16.0.1', '172.31.255.255'],
  [
    PRIVATE,
    '192.168.0.1',
    '0xc0a80001',
    '192.168.65025',
    '100.64.0.1',
    '198.18.0.1',
    '[fd12:3456::1]',
    '[fc00::1]',
  ],
  [
    PRIVATE,
    '[::ffff:10.0.0.1]',
    '[64:ff9b::10.0.0.1]',
    '[::ffff:192.168.1.1]',
    '[fec0::1]',
    '[64:ff9b:1::1]',
  ],
];

describe('a connection that somebody entered', () => {
  test('leads to no address of this machine, of a cloud’s own or of a private network, however it is written', async () => {
    came = 0;
    for (const [why, ...hosts] of WRITTEN)
      for (const host of hosts)
        expect([host, await call(host, INTERNET)]).toEqual([host, expect.stringMatching(why)]);
    expect(WRITTEN.flatMap(([, ...hosts]) => hosts).length).toBeGreaterThanOrEqual(60);
    expect(came).toBe(0);
  });

  test('nor does a name that resolves to one, alone or among others, at once or later', async () => {
    came = 0;
    const names: readonly [RegExp, LookUp][] = [
      [HERE, resolving(['127.0.0.1'])],
      [HERE, resolving(['::1'])],
      [HERE, resolving(['::ffff:127.0.0.1'])],
      [NOWHERE, resolving(['169.254.169.254'])],
      [PRIVATE, resolving(['10.0.0.1'])],
      [HERE, resolving(['203.0.113.1', '127.0.0.1'])],
      [HERE, resolving(['127.0.0.1', '203.0.113.1'])],
    ];
    for (const [why, lookUp] of names) expect(await call('harness.example', INTERNET, lookUp)).toMatch(why);
    expect(came).toBe(0);
  });

  test('a name that leads elsewhere the next time is looked at the next time', async () => {
    came = 0;
    asked = 0;
    const origin = `http://harness.example:${port}`;
    const reach: Reach = { thisMachine: true, privateNetworks: false };
    const lookUp = resolving(['127.0.0.1'], ['10.0.0.1']);
    const http = createHttp({ origin, headers, timeoutMs: 2_000, reach, lookUp });
    expect(await http.send('GET', new URL(`${origin}/x`))).toMatchObject({ status: 200 });
    server.closeAllConnections();
    await expect
      .poll(() => http.send('GET', new URL(`${origin}/x`)))
      .toMatchObject({ kind: 'no_answer', detail: expect.stringMatching(PRIVATE) });
    await http.close();
  });

  test('reaches this machine, or private networks, where that is allowed, and clouds’ own addresses nowhere', async () => {
    const here: Reach = { thisMachine: true, privateNetworks: false };
    expect(await call('127.0.0.1', here)).toBe('200');
    expect(await call('localhost', here)).toBe('200');
    expect(await call('harness.example', 'anywhere', resolving(['127.0.0.1']))).toBe('200');
    const inside: Reach = { thisMachine: false, privateNetworks: true };
    expect(await call('harness.example', inside, resolving(['127.0.0.1']))).toMatch(HERE);
    for (const address of ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200'])
      expect(await call('harness.example', inside, resolving([address]))).toMatch(NOWHERE);
  });

  test('follows no redirect, and sends its key nowhere else', async () => {
    const origin = `http://127.0.0.1:${port}`;
    const http = createHttp({ origin, headers, timeoutMs: 2_000, reach: 'anywhere' });
    came = 0;
    expect(await http.send('GET', new URL(`${origin}/away`))).toMatchObject({ status: 302 });
    expect(came).toBe(1);
    for (const other of ['http://127.0.0.1:1/', 'https://evil.example/', `http://localhost:${port}/`])
      await expect(http.send('GET', new URL(other))).rejects.toThrow('not for');
    await http.close();
  });
});
