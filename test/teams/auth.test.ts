import { describe, expect, it } from 'vitest';
import { FORGERIES } from '../../src/demo/doubles/teams/forgeries.ts';
import { ALICE, type Bot, OPS, startBot, withCard } from './bot.ts';

type Json = Record<string, unknown>;

/** A press of Approve on Alice's card, as Teams would send it. */
async function approval(bot: Bot): Promise<Json> {
  const { at } = await withCard(bot);
  return bot.teams.pressActivity(ALICE, { ...at, title: 'Approve' });
}

/** Nobody was asked to do anything, and nothing was kept. */
function untouched(bot: Bot): boolean {
  const { presses, commands, greetings, conversations } = bot;
  return (
    presses.pressed.length === 0 &&
    commands.ran.length === 0 &&
    greetings.installs.length === 0 &&
    [...conversations.kept.values()].every(({ conversationId }) => conversationId.startsWith('a:'))
  );
}

describe('an activity with the Connector’s own token', () => {
  it('is taken, and acts for the account it names', async () => {
    await using bot = await startBot();
    const delivery = await bot.teams.sendRaw({ activity: await approval(bot) });
    expect(delivery.status).toBe(200);
    expect(bot.presses.acts).toMatchObject([{ verb: 'approve', press: { externalId: ALICE } }]);
  });

  it.each(Object.entries(FORGERIES))(
    'is refused and changes nothing when its token is %s',
    async (_, token) => {
      await using bot = await startBot();
      const activity = await approval(bot);
      const { status, responseBody } = await bot.teams.sendRaw({ activity, token });
      expect({ status, responseBody }).toEqual({ status: 401, responseBody: '' });
      await bot.idle();
      expect(untouched(bot)).toBe(true);
    },
  );

  it.each([
    ['none', null],
    ['empty', ''],
    ['no bearer', 'Basic dXNlcjpwYXNz'],
    ['junk', 'Bearer junk'],
    ['three parts of junk', 'Bearer a.b.c'],
    ['very long', `Bearer ${'a'.repeat(5_000)}.${'b'.repeat(5_000)}.c`],
    ['JSON that is no object', `Bearer ${Buffer.from('1').toString('base64url')}.MQ.c`],
  ])('is refused when the header is %s', async (_, authorization) => {
    await using bot = await startBot();
    const activity = await approval(bot);
    const { status, responseBody } = await bot.teams.sendRaw({ activity, authorization });
    expect({ status, responseBody }).toEqual({ status: 401, responseBody: '' });
    expect(untouched(bot)).toBe(true);
  });

  it('says nothing of forged tokens on the console', async () => {
    await using bot = await startBot();
    const activity = await approval(bot);
    const written: unknown[] = [];
    const { error, warn, log } = console;
    Object.assign(
      console,
      Object.fromEntries(
        ['error', 'warn', 'log'].map((name) => [name, (...words: unknown[]) => written.push(words)]),
      ),
    );
    try {
      for (const token of Object.values(FORGERIES)) await bot.teams.sendRaw({ activity, token });
    } finally {
      Object.assign(console, { error, warn, log });
    }
    expect(written).toEqual([]);
  });
});

describe('an activity with a good token', () => {
  const spoilt: [string, number, (activity: Json) => Json][] = [
    [
      'names another service than its token',
      403,
      (one) => ({ ...one, serviceUrl: 'https://evil.example/teams/' }),
    ],
    [
      'names an allowed service that is not its token’s',
      401,
      (one) => ({ ...one, serviceUrl: 'https://x.botframework.com/' }),
    ],
    ['names no service', 400, ({ serviceUrl: _, ...one }) => one],
    ['names an empty service', 400, (one) => ({ ...one, serviceUrl: '' })],
    ['names a service without TLS', 403, (one) => ({ ...one, serviceUrl: 'http://x.botframework.com/' })],
    ['is of another channel', 403, (one) => ({ ...one, channelId: 'webchat' })],
    ['is of another tenant', 403, (one) => ({ ...one, channelData: { tenant: { id: 'elsewhere' } } })],
    [
      'is in a conversation of another tenant',
      403,
      (one) => ({ ...one, conversation: { ...(one.conversation as Json), tenantId: 'elsewhere' } }),
    ],
    [
      'names no tenant',
      403,
      ({ channelData: _, ...one }) => ({ ...one, conversation: { id: 'a:1', conversationType: 'personal' } }),
    ],
    [
      'names nobody’s Entra account',
      403,
      (one) => ({ ...one, from: { id: (one.from as Json).id, name: 'Alice' } }),
    ],
    ['comes from nobody', 400, ({ from: _, ...one }) => one],
    ['is of no type', 400, ({ type: _, ...one }) => one],
  ];
  it.each(spoilt)('is refused and changes nothing when it %s', async (_, status, spoil) => {
    await using bot = await startBot();
    const activity = await approval(bot);
    const delivery = await bot.teams.sendRaw({ activity: spoil(activity) });
    expect({ status: delivery.status, body: delivery.responseBody }).toEqual({ status, body: '' });
    await bot.idle();
    expect(untouched(bot)).toBe(true);
  });

  it('is taken with one of the two tenants named', async () => {
    await using bot = await startBot();
    const { channelData: _, ...activity } = await approval(bot);
    expect((await bot.teams.sendRaw({ activity })).status).toBe(200);
  });

  it.each([
    ['no JSON', 'not json'],
    ['an empty body', ''],
    ['an array', '[]'],
    ['a number', '1'],
    ['a dangerous key', '{"__proto__":{"admin":true},"type":"message"}'],
  ])('is refused with 400 when it is %s', async (_, body) => {
    await using bot = await startBot();
    const delivery = await bot.teams.sendRaw({ body });
    expect([delivery.status, delivery.responseBody]).toEqual([400, '']);
  });

  it('is refused above 256 KiB, and as anything but JSON', async () => {
    await using bot = await startBot();
    const large = await bot.teams.sendRaw({ body: JSON.stringify({ text: 'x'.repeat(256 * 1024) }) });
    expect([large.status, large.responseBody]).toEqual([413, '']);
    const form = await bot.teams.sendRaw({ body: 'a=1', headers: { 'content-type': 'text/plain' } });
    expect([form.status, form.responseBody]).toEqual([415, '']);
  });
});

describe('without authentication (TEAMS_AUTH=off)', () => {
  const off = { config: { credential: { kind: 'off' } as const, tenantId: '', appId: '' } };

  it('activities need no token, and still a service of the list and Teams’ channel', async () => {
    await using bot = await startBot({ ...off, double: { auth: 'off' } });
    const activity = bot.teams.typeActivity(ALICE, 'help');
    const status = async (change: Json) =>
      (await bot.teams.sendRaw({ activity: { ...activity, ...change }, authorization: null })).status;
    expect(await status({ serviceUrl: 'https://evil.example/' })).toBe(403);
    expect(await status({ serviceUrl: 'http://10.0.0.1/' })).toBe(403);
    expect(await status({ channelId: 'emulator' })).toBe(403);
    await bot.idle();
    expect(bot.commands.ran).toEqual([]);
    expect(await status({})).toBe(200);
    await bot.idle();
    expect(bot.commands.ran).toMatchObject([{ text: 'help', account: { externalId: ALICE } }]);
  });

  it('a configured tenant is asked for', async () => {
    const config = { ...off.config, tenantId: 'home' };
    await using bot = await startBot({ config, double: { auth: 'off' } });
    const activity = bot.teams.typeActivity(ALICE, 'help');
    expect((await bot.teams.sendRaw({ activity, authorization: null })).status).toBe(403);
  });
});

describe('when the keys cannot be fetched', () => {
  it('nobody is believed, and it is said; when they can again, all is well', async () => {
    await using bot = await startBot({ started: false });
    const fault = bot.teams.addFault({ method: 'openid', status: 503, times: Number.POSITIVE_INFINITY });
    await bot.adapter.start();
    expect(bot.adapter.trouble()).toMatch(/keys that Microsoft signs with/);
    const activity = bot.teams.typeActivity(ALICE, 'help', { conversation: OPS });
    for (let nth = 0; nth < 20; nth += 1) expect((await bot.teams.sendRaw({ activity })).status).toBe(503);
    // However many come, the keys are not asked for each time.
    expect(fault.hits).toBeLessThanOrEqual(2);
    expect(bot.commands.ran).toEqual([]);
    fault.remove();
    await bot.adapter.start();
    expect(bot.adapter.trouble()).toBeNull();
    expect((await bot.teams.sendRaw({ activity })).status).toBe(200);
  });
});
