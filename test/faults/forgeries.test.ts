import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionAddCommand } from '../../src/commands/connection-link.ts';
import { linkOf, run } from '../commands/command-line.ts';
import { ENCRYPTED } from '../helpers/harness-accounts.ts';
import { teamsCards } from '../helpers/in-teams.ts';
import { token } from '../helpers/principals.ts';
import { ACME, ENTRA, email, STAFF, startWorld, type World } from '../helpers/world.ts';
import { chanceOfTheDay } from './chance.ts';
import { differences, dump } from './chat-ledger.ts';
import { rounds } from './rounds.ts';

/** Forgeries at each of five doors. */
const COUNT = rounds('FORGERIES', 500, 20_000);
const AT_ONCE = 25;
const EVENT = 'deploy-to-production';
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SIGNING_SECRET = 'signing-secret-of-acme';

const chance = chanceOfTheDay();
const { pick } = chance;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    teams: {},
    env: { ...ENCRYPTED, WEBHOOK_SECRET, WEBHOOK_RATE_LIMIT: '999999/1' },
  });
  await world.load(ACME);
});
afterAll(() => world?.close());

type Headers = Record<string, string>;

/** The same text with one thing wrong. */
function spoilt(text: string): string {
  const at = chance.upTo(text.length);
  const other = pick(
    [...'0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((one) => one !== text[at]),
  );
  return pick([
    () => text.slice(0, at) + other + text.slice(at + 1),
    () => text.slice(0, at),
    () => text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at + 1),
    () => text.slice(0, at) + other + text.slice(at),
    () => `${text}${other}`,
    () => '',
    () => 'undefined',
    () => text.split('').reverse().join(''),
  ])();
}

/** Sends so many forgeries; every answer is a refusal, and nothing is changed. */
async function refused(path: string, body: string, forge: () => Headers | null): Promise<void> {
  const before = await dump(world);
  for (let sent = 0; sent < COUNT; sent += AT_ONCE) {
    const forged = Array.from({ length: AT_ONCE }, forge).filter((headers) => headers !== null);
    const answers = await Promise.all(
      forged.map(async (headers) => {
        const { status, ...answer } = await fetch(world.url + path, { method: 'POST', body, headers }).then(
          async (one) => ({ status: one.status, text: await one.text() }),
        );
        return [401, 429].includes(status) ? null : { status, headers, ...answer };
      }),
    );
    expect(answers.filter((answer) => answer !== null)).toEqual([]);
  }
  expect(differences(before, await dump(world))).toEqual([]);
}

const send = async (path: string, body: string, headers: Headers) =>
  (await fetch(world.url + path, { method: 'POST', body, headers })).status;

describe('forged signatures open nothing, and the one they were made from does', () => {
  test('of Slack', async () => {
    await world.ask(EVENT, 'run1');
    const { channel, ts } = world.card('alice')!;
    const payload = world.slack.clickPayload(STAFF.alice, { channel, ts, actionId: 'approve' });
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const now = Math.floor(world.clock.now() / 1_000);
    const sign = (at: number | string, secret = SIGNING_SECRET, version = 'v0', said = body) =>
      `${version}=${createHmac('sha256', secret).update(`${version}:${at}:${said}`).digest('hex')}`;
    const type = 'application/x-www-form-urlencoded';
    const headers = (signature: string, at: number | string = now): Headers => ({
      ...{ 'content-type': type, 'x-slack-request-timestamp': String(at), 'x-slack-signature': signature },
    });
    const good = sign(now);
    await refused('/slack/events', body, () => {
      const forged: Headers = pick<() => Headers>([
        () => headers(spoilt(good)),
        () => headers(good, now + pick([-1, 1, 60, -300])),
        () => headers(good, spoilt(String(now))),
        () => headers(sign(now, pick(['', 'other', `${SIGNING_SECRET} `, SIGNING_SECRET.toUpperCase()]))),
        () => headers(sign(now, SIGNING_SECRET, pick(['v1', 'v00', 'V0', 'v']))),
        () => headers(sign(now, SIGNING_SECRET, 'v0', spoilt(body))),
        // Bolt asks the real clock what is too old; ours says what is too new.
        () => headers(sign(now + 301), now + 301),
        () => headers(sign(Math.floor(Date.now() / 1_000) - 301), Math.floor(Date.now() / 1_000) - 301),
        () => headers(`${good},${sign(now, 'other')}`),
        () => headers(good.slice(3)),
        () => headers(`v1=${good.slice(3)}`),
        () => ({ 'content-type': type, 'x-slack-signature': good }),
        () => ({ 'content-type': type, 'x-slack-request-timestamp': String(now) }),
      ])();
      return forged['x-slack-signature'] === good && forged['x-slack-request-timestamp'] === String(now)
        ? null
        : forged;
    });
    // ssl_check needs no signature, and does nothing with what comes along.
    const before = await dump(world);
    for (const smuggled of [
      `ssl_check=1&${body}`,
      `${body}&ssl_check=1`,
      'ssl_check=1&command=%2Fapprovals&text=help',
    ])
      await send('/slack/events', smuggled, { 'content-type': type });
    await world.settle();
    expect(differences(before, await dump(world))).toEqual([]);
    expect(await send('/slack/events', body, headers(good))).toBe(200);
    await expect.poll(() => world.app.context.db.selectFrom('votes').selectAll().execute()).toHaveLength(1);
  });

  test('of a webhook, and tokens', async () => {
    const body = JSON.stringify(world.webhook('run2'));
    const path = `/hooks/harness/${EVENT}`;
    const now = Math.floor(world.clock.now() / 1_000);
    const key = Buffer.from(WEBHOOK_SECRET.slice(6), 'base64');
    const sign = (
      id: string,
      at: number | string,
      said = body,
      secret: Buffer | string = key,
      version = 'v1',
    ) => `${version},${createHmac('sha256', secret).update(`${id}.${at}.${said}`).digest('base64')}`;
    const headers = (signature: string, id = 'msg_1', at: number | string = now): Headers => ({
      ...{ 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(at) },
      'webhook-signature': signature,
    });
    const good = sign('msg_1', now);
    const pipeline = await token(world, { machine: 'ci', ownerEmail: email('ada') }, 'pipeline', {});
    const bearer = (secret: string): Headers => ({
      'content-type': 'application/json',
      authorization: secret,
    });
    await refused(path, body, () => {
      const forged: Headers = pick<() => Headers>([
        () => headers(spoilt(good)),
        () => headers(good, pick(['msg_2', 'msg', 'msg_1.', ' '])),
        () => headers(good, 'msg_1', now + pick([1, -1, 300])),
        () => headers(sign('msg_1', now + 301), 'msg_1', now + 301),
        () => headers(sign('msg_1', now - 301), 'msg_1', now - 301),
        () => headers(sign('msg_1', now, spoilt(body))),
        () => headers(sign('msg_1', now, body, pick(['', 'other', WEBHOOK_SECRET, WEBHOOK_SECRET.slice(6)]))),
        () => headers(sign('msg_1', now, body, key, pick(['v0', 'v2', 'v1a', 'V1']))),
        () => headers(good.replace('v1,', pick(['v0,', 'v2,', '', 'v1:']))),
        () => headers(`${'v1,AAAA '.repeat(10)}${good}`),
        // The id ends where the time begins: moved by one, the same bytes are signed.
        () => headers(sign('msg_1', `9.${now}`), 'msg_1.9', now),
        () => bearer(`Bearer ${spoilt(pipeline.secret)}`),
        () => bearer(pick(['Bearer', 'Bearer ', 'Basic x', pipeline.secret, `Bearer ${pipeline.secret} x`])),
        () => ({ ...headers(good), ...bearer('Bearer nobody-knows-this-token') }),
      ])();
      return forged['webhook-signature'] === good &&
        forged.authorization === undefined &&
        forged['webhook-id'] === 'msg_1' &&
        forged['webhook-timestamp'] === String(now)
        ? null
        : forged;
    });
    expect(await send(path, body, headers(good))).toBe(202);
    expect(await send(path, body, bearer(`Bearer ${pipeline.secret}`))).toBe(409);
    // Sent again it is the same request; with another body under the same id it is refused.
    expect(await send(path, body, headers(good))).toBe(200);
    const other = JSON.stringify(world.webhook('run3'));
    expect(await send(path, other, headers(sign('msg_1', now, other)))).toBe(409);
  });

  test('of the Bot Connector', async () => {
    await world.ask(EVENT, 'run4');
    const { conversation, id } = teamsCards(world, 'alice').at(-1)!;
    const activity = world.teams.pressActivity(ENTRA.alice, {
      conversation,
      activityId: id,
      title: 'Approve',
    });
    const body = JSON.stringify(activity);
    const good = `Bearer ${await world.teams.signToken()}`;
    const headers = (authorization: string): Headers => ({
      'content-type': 'application/json',
      authorization,
    });
    const [head = '', claims = '', signature = ''] = good.slice(7).split('.');
    const of = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const changed = (part: string, change: object) =>
      of({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...change });
    await refused('/api/messages', body, () => {
      const forged = pick<() => string>([
        // The last characters of base64 may say the same.
        () => `Bearer ${[head, claims, spoilt(signature.slice(0, -2)) + signature.slice(-2)].join('.')}`,
        () => `Bearer ${[head, changed(claims, { aud: 'other' }), signature].join('.')}`,
        () => `Bearer ${[head, changed(claims, { exp: 4_102_444_800 }), signature].join('.')}`,
        () =>
          `Bearer ${[changed(head, { alg: pick(['none', 'HS256', 'RS512']) }), claims, signature].join('.')}`,
        () => `Bearer ${[changed(head, { kid: spoilt('kid') }), claims, signature].join('.')}`,
        () => `Bearer ${[head, claims, ''].join('.')}`,
        () => `Bearer ${[head, claims].join('.')}`,
        () => `${pick(['bearer', 'Bearer ', 'Token', ''])} ${good.slice(7)}`,
        () => `${good}, ${good}`,
        () => `${good}.${signature}`,
      ])();
      return forged === good ? null : headers(forged);
    });
    expect(await send('/api/messages', body, headers(good))).toBe(200);
  });

  test('of a one-time link', async () => {
    const { pathname } = new URL(linkOf(await run(world, connectionAddCommand, 'ada', '')));
    const before = await dump(world);
    for (let nth = 0; nth < COUNT / 5; nth += 1) {
      const secret = spoilt(pathname.split('/').at(-1)!);
      const { status } = await fetch(`${world.url}/connect/harness/${encodeURIComponent(secret)}`);
      expect([secret, status]).toEqual([secret, expect.toBeOneOf([404, 429])]);
    }
    expect(differences(before, await dump(world))).toEqual([]);
    expect((await fetch(world.url + pathname)).status).toBe(200);
  });
});

test('a secret is compared by timingSafeEqual, or looked up by its hash, and by nothing else', () => {
  const root = new URL('../../src/', import.meta.url);
  const found: string[] = [];
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.startsWith('demo')) continue;
    for (const line of readFileSync(new URL(name, root), 'utf8').split('\n'))
      if (
        /\b\w*(secret|signature|apiKey|digest|hmac|seal|bearer|password)\w*\s*[!=]==(?!\s*(?:null|undefined|''))/i.test(
          line,
        )
      )
        found.push(`${name}: ${line.trim()}`);
  }
  // Which key is said to be of which account is no proof of anything.
  expect(found.filter((line) => !/keyAccount/.test(line))).toEqual([]);
});
