import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import {
  ALICE,
  accessToken,
  at,
  BOB,
  CAROL,
  CHANNEL,
  card,
  connector,
  everyTestItsOwnDouble,
  GRAPH_SCOPE,
  GROUP,
  message,
  posted,
  scene,
  start,
  TEAM,
  TENANT,
} from './teams-scene.ts';

everyTestItsOwnDouble();

const create = (id: string, change: JsonObject = {}) =>
  connector('POST', '', { members: [{ id }], tenantId: TENANT, ...change });
const outcome = ({ status, body }: { status: number; body: JsonObject & { error?: { code: string } } }) => [
  status,
  body.error?.code,
];

describe('who may call', () => {
  test('a token of the Connector’s scope that is alive', async () => {
    const chat = scene.double.chatOf(ALICE);
    for (const authorization of ['', 'Bearer nonsense', `Bearer ${await accessToken(GRAPH_SCOPE)}`])
      expect((await connector('POST', at(chat), message(), { authorization })).status).toBe(401);
    expect((await connector('POST', at(chat), message())).status).toBe(201);
    scene.double.revokeTokens();
    expect((await connector('POST', at(chat), message())).status).toBe(401);
  });

  test('a token runs out', async () => {
    let clock = Date.now();
    await start({ tokenClock: () => clock, tokenLifetimeSeconds: 60 });
    const chat = scene.double.chatOf(ALICE);
    clock += 59_000;
    expect((await connector('POST', at(chat), message())).status).toBe(201);
    clock += 1_000;
    expect((await connector('POST', at(chat), message())).status).toBe(401);
  });
});

describe('the chat with a person', () => {
  test('is the same each time, by object id and by MRI', async () => {
    const first = await create(ALICE);
    const again = await create(scene.double.person(ALICE).mri);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(first.body.id).toBe(again.body.id);
    expect(first.body.id).toBe(scene.double.chatOf(ALICE));
  });

  const refusals: [string, () => unknown, [number, string]][] = [
    ['not installed', () => create(CAROL), [403, 'ForbiddenOperationException']],
    ['nobody', () => create('aad-nobody'), [404, 'NotFound']],
    ['no tenant', () => create(ALICE, { tenantId: undefined }), [400, 'BadSyntax']],
    ['another tenant', () => create(ALICE, { tenantId: 'other' }), [403, 'ForbiddenOperationException']],
    ['another bot', () => create(ALICE, { bot: { id: '28:other' } }), [403, 'BotNotRegistered']],
    ['two members', () => create(ALICE, { members: [{ id: ALICE }, { id: BOB }] }), [400, 'BadSyntax']],
    ['no JSON', () => connector('POST', '', '{'), [400, 'BadSyntax']],
  ];
  test.each(refusals)('is refused: %s', async (_why, ask, expected) => {
    expect(outcome((await ask()) as never)).toEqual(expected);
  });

  test('is closed while the person blocks the bot or has not installed it', async () => {
    const chat = scene.double.chatOf(ALICE);
    scene.double.block(ALICE);
    expect(outcome(await create(ALICE))).toEqual([403, 'ConversationBlockedByUser']);
    expect(outcome(await connector('POST', at(chat), message()))).toEqual([403, 'ConversationBlockedByUser']);
    scene.double.block(ALICE, false);
    await scene.double.uninstall(ALICE);
    expect(outcome(await connector('POST', at(chat), message()))).toEqual([
      403,
      'BotNotInConversationRoster',
    ]);
    await scene.double.install(ALICE);
    expect((await connector('POST', at(chat), message())).status).toBe(201);
  });
});

describe('messages', () => {
  test('are posted, changed with their earlier versions kept, and deleted', async () => {
    const chat = scene.double.chatOf(ALICE);
    const id = await posted(chat, message(card(), { text: 'now' }));
    const next = card({ body: [{ type: 'TextBlock', text: 'Done.' }] });
    expect(await connector('PUT', at(chat, id), message(next))).toMatchObject({ status: 200, body: { id } });
    expect(scene.double.messagesOf(ALICE)).toMatchObject([
      {
        id,
        summary: 'Deploy?',
        card: next,
        author: scene.double.botId,
        edits: [{ card: card(), text: 'now' }],
      },
    ]);
    expect((await connector('DELETE', at(chat, id))).status).toBe(200);
    expect(scene.double.messagesOf(ALICE)).toEqual([]);
    expect(scene.double.messagesOf(ALICE, { withDeleted: true })).toMatchObject([{ deleted: true }]);
    expect(outcome(await connector('PUT', at(chat, id), message()))).toEqual([
      404,
      'ActivityNotFoundInConversation',
    ]);
    expect(outcome(await connector('DELETE', at(chat, id)))).toEqual([404, 'ActivityNotFoundInConversation']);
  });

  test('in a channel begin a thread, or answer in one', async () => {
    const root = await posted(CHANNEL);
    const reply = await posted(`${CHANNEL};messageid=${root}`, { type: 'message', text: 'a reply' });
    expect(scene.double.threadOf(CHANNEL, root).map(({ id }) => id)).toEqual([reply]);
    const nested = connector('POST', at(`${CHANNEL};messageid=${reply}`), message());
    expect(outcome(await nested)).toEqual([404, 'ConversationNotFound']);
    const thread = await connector('POST', '', {
      isGroup: true,
      tenantId: TENANT,
      channelData: { channel: { id: CHANNEL } },
      activity: message(),
    });
    expect(thread.body.id).toBe(`${CHANNEL};messageid=${thread.body.activityId}`);
  });

  test('go only where the bot is', async () => {
    await scene.double.removeBot(TEAM, ALICE, { silently: true });
    for (const place of [TEAM, CHANNEL])
      expect(outcome(await connector('POST', at(place), message()))).toEqual([
        403,
        'BotNotInConversationRoster',
      ]);
    expect(outcome(await connector('POST', at('19:none@thread.v2'), message()))).toEqual([
      404,
      'ConversationNotFound',
    ]);
  });

  test('of a person are theirs alone to change', async () => {
    const { message: theirs } = await scene.double.type(ALICE, 'hello');
    const chat = scene.double.chatOf(ALICE);
    expect(outcome(await connector('PUT', at(chat, theirs.id), message()))).toEqual([403, 'Forbidden']);
    expect(outcome(await connector('DELETE', at(chat, theirs.id)))).toEqual([403, 'Forbidden']);
  });

  const attached = (attachment: unknown) => ({ type: 'message', summary: 's', attachments: [attachment] });
  const refused: [string, unknown, [number, string]][] = [
    ['another type', message(card(), { type: 'event' }), [400, 'BadSyntax']],
    ['a member nobody knows', message(card(), { sumary: 'x' }), [400, 'BadSyntax']],
    ['nothing to show', { type: 'message' }, [400, 'BadSyntax']],
    ['no summary', message(card(), { summary: undefined }), [400, 'BadSyntax']],
    ['an empty summary', message(card(), { summary: ' ' }), [400, 'BadSyntax']],
    [
      'another kind of card',
      attached({ contentType: 'application/vnd.microsoft.card.hero', content: {} }),
      [400, 'BadSyntax'],
    ],
    [
      'a card without content',
      attached({ contentType: 'application/vnd.microsoft.card.adaptive' }),
      [400, 'BadSyntax'],
    ],
    ['a card Teams does not draw', message(card({ version: '1.6' })), [400, 'BadSyntax']],
    ['another one’s name', message(card(), { from: { id: '29:somebody' } }), [403, 'Forbidden']],
    ['a wrong text format', { type: 'message', text: 'x', textFormat: 'html' }, [400, 'BadSyntax']],
    ['a text that is none', { type: 'message', text: 7 }, [400, 'BadSyntax']],
    ['too much', { type: 'message', text: 'x'.repeat(15_000) }, [413, 'MessageSizeTooBig']],
    ['no object', '[]', [400, 'BadSyntax']],
  ];
  test.each(refused)('are refused with %s, posted or changed', async (_why, body, expected) => {
    const chat = scene.double.chatOf(ALICE);
    const id = await posted(chat);
    expect(outcome(await connector('POST', at(chat), body))).toEqual(expected);
    expect(outcome(await connector('PUT', at(chat, id), body))).toEqual(expected);
    expect(scene.double.messagesOf(ALICE)).toMatchObject([{ edits: [] }]);
  });

  test('are JSON', async () => {
    const answer = connector('POST', at(scene.double.chatOf(ALICE)), message(), {
      'content-type': 'text/plain',
    });
    expect((await answer).status).toBe(415);
  });
});

describe('targeted messages', () => {
  const target = () => ({ recipient: { id: scene.double.person(ALICE).mri } });
  const QUERY = '?isTargetedActivity=true';

  test('are seen by one member alone, and vanish after a day', async () => {
    const id = await posted(GROUP, message(card(), target()), QUERY);
    expect(scene.double.messagesOf(GROUP, { as: ALICE })).toMatchObject([{ id, visibleTo: ALICE }]);
    expect(scene.double.messagesOf(ALICE)).toMatchObject([{ id }]);
    for (const as of [undefined, CAROL])
      expect(scene.double.messagesOf(GROUP, as === undefined ? {} : { as })).toEqual([]);
    expect((await connector('PUT', at(GROUP, id) + QUERY, message())).status).toBe(200);
    expect((await connector('PUT', at(GROUP, id), message())).status).toBe(404);
    expect((await connector('PUT', at(GROUP, id) + QUERY, message(card(), target()))).status).toBe(400);
    scene.time += 24 * 3_600_000;
    expect(scene.double.messagesOf(ALICE)).toEqual([]);
    expect((await connector('DELETE', at(GROUP, id) + QUERY)).status).toBe(404);
  });

  test('need a recipient who is there, by MRI', async () => {
    const send = (place: string, change: JsonObject) =>
      connector('POST', at(place) + QUERY, message(card(), change));
    expect((await send(GROUP, {})).status).toBe(400);
    expect((await send(GROUP, { recipient: { id: ALICE } })).status).toBe(404);
    expect((await send(GROUP, { recipient: { id: scene.double.person(BOB).mri } })).status).toBe(404);
    expect((await send(scene.double.chatOf(ALICE), target())).status).toBe(400);
  });
});

describe('members', () => {
  test('one: by object id and MRI', async () => {
    const { mri } = scene.double.person(ALICE);
    for (const id of [ALICE, mri]) {
      const { status, body } = await connector('GET', `/${CHANNEL}/members/${id}`);
      expect([status, body]).toMatchObject([
        200,
        { id: mri, aadObjectId: ALICE, email: 'alice@example.com', tenantId: TENANT },
      ]);
    }
    expect(outcome(await connector('GET', `/${CHANNEL}/members/${CAROL}`))).toEqual([
      404,
      'MemberNotFoundInConversation',
    ]);
    expect(outcome(await connector('GET', `/${CHANNEL}/members/nobody`))).toEqual([
      404,
      'MemberNotFoundInConversation',
    ]);
    const guest = await connector('GET', `/${GROUP}/members/${CAROL}`);
    expect(guest.body).toMatchObject({
      userRole: 'guest',
      userPrincipalName: 'carol_other.example#EXT#@double.onmicrosoft.com',
    });
  });

  test('all: in pages of at least 50', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `aad-${index}`);
    for (const id of ids) scene.double.addPerson({ aadObjectId: id, name: id, installed: false });
    scene.double.addGroupChat({ id: '19:big@thread.v2', members: ids });
    const page = (query: string) => connector('GET', `/19:big@thread.v2/pagedmembers${query}`);
    const first = (await page('?pageSize=1')).body as { members: JsonObject[]; continuationToken: string };
    expect(first.members).toHaveLength(50);
    const second = (await page(`?continuationToken=${first.continuationToken}`)).body;
    expect(second.members).toHaveLength(10);
    expect(second).not.toHaveProperty('continuationToken');
    expect((await page('?continuationToken=x')).status).toBe(400);
    expect((await page('?pageSize=x')).status).toBe(400);
  });
});

describe('rate limits', () => {
  const statuses = async (count: number, send: () => Promise<{ status: number }>) => {
    const seen: number[] = [];
    for (let index = 0; index < count; index++) seen.push((await send()).status);
    return seen;
  };

  test('none unless asked for', async () => {
    const chat = scene.double.chatOf(ALICE);
    expect(new Set(await statuses(40, () => connector('POST', at(chat), message())))).toEqual(new Set([201]));
  });

  test('7 in a second, 8 in two, 60 in thirty, to one conversation', async () => {
    await start({ rateLimits: true });
    const chat = scene.double.chatOf(ALICE);
    const send = () => connector('POST', at(chat), message());
    expect(await statuses(8, send)).toEqual([...Array(7).fill(201), 429]);
    scene.time += 1000;
    expect(await statuses(2, send)).toEqual([201, 429]);
    const late = await send();
    expect([late.status, late.headers.get('retry-after'), late.body.error?.code]).toEqual([
      429,
      '1',
      'Throttled',
    ]);
    const other = await connector('POST', at(scene.double.chatOf(BOB)), message());
    expect(other.status).toBe(201);
    for (let sent = 8; sent < 60; sent += 4) {
      scene.time += 2000;
      expect(await statuses(4, send)).toEqual(Array(4).fill(201));
    }
    scene.time += 2000;
    const blocked = await send();
    expect([blocked.status, Number(blocked.headers.get('retry-after'))]).toEqual([429, 1]);
  });

  test('changing counts like posting, and 1800 an hour', async () => {
    await start({ rateLimits: { perConversation: [[2, 3600]] } });
    const chat = scene.double.chatOf(ALICE);
    const id = await posted(chat);
    expect((await connector('PUT', at(chat, id), message())).status).toBe(200);
    const blocked = await connector('PUT', at(chat, id), message());
    expect([blocked.status, blocked.headers.get('retry-after')]).toEqual([429, '3600']);
  });

  test('30 in a second over all', async () => {
    await start({ rateLimits: true });
    for (let index = 0; index < 6; index++)
      scene.double.addPerson({ aadObjectId: `aad-${index}`, name: `P ${index}` });
    const chats = Array.from({ length: 6 }, (_, index) => scene.double.chatOf(`aad-${index}`));
    for (const chat of chats.slice(0, 5))
      expect(await statuses(6, () => connector('POST', at(chat), message()))).toEqual(Array(6).fill(201));
    expect((await connector('POST', at(chats[5] ?? ''), message())).status).toBe(429);
    scene.time += 1000;
    expect((await connector('POST', at(chats[5] ?? ''), message())).status).toBe(201);
  });
});

describe('faults', () => {
  const post = (person = ALICE) => connector('POST', at(scene.double.chatOf(person)), message());

  test('before: nothing was done', async () => {
    const fault = scene.double.addFault({ method: 'activities.post', status: 503, code: 'Busy', times: 2 });
    expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([503, 503, 201]);
    expect(fault).toMatchObject({ hits: 2, remaining: 0 });
    expect(scene.double.messagesOf(ALICE)).toHaveLength(1);
  });

  test('after: it was done, and the answer lost', async () => {
    scene.double.addFault({ method: 'activities', connection: 'reset', when: 'after' });
    await expect(post()).rejects.toThrow();
    expect(scene.double.messagesOf(ALICE)).toHaveLength(1);
    expect(scene.double.calls.at(-1)).toMatchObject({
      method: 'activities.post',
      performed: true,
      answered: 'reset',
    });
  });

  test('for one person, with a code or a 429', async () => {
    scene.double.addFault({ person: BOB, code: 'MessageWritesBlocked' });
    expect((await post(ALICE)).status).toBe(201);
    expect(outcome(await post(BOB))).toEqual([403, 'MessageWritesBlocked']);
    scene.double.addFault({
      conversation: scene.double.chatOf(BOB),
      status: 429,
      code: 'Throttled',
      retryAfter: 7,
    });
    const limited = await post(BOB);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    scene.double.addFault({ status: 429, code: 'Throttled', retryAfter: null });
    expect((await post(BOB)).headers.get('retry-after')).toBeNull();
  });

  test('hang until cleared', async () => {
    scene.double.addFault({ connection: 'hang', times: Number.POSITIVE_INFINITY });
    const called = new Promise<void>((resolve) =>
      scene.double.onChange(({ kind }) => kind === 'call' && resolve()),
    );
    const failed = expect(post()).rejects.toThrow();
    await called;
    scene.double.clearFaults();
    await failed;
    expect((await post()).status).toBe(201);
  });

  test('strike each method', async () => {
    const chat = scene.double.chatOf(ALICE);
    const id = await posted(chat);
    const ways: [string, () => Promise<{ status: number }>][] = [
      ['conversations.create', () => create(ALICE)],
      ['activities.update', () => connector('PUT', at(chat, id), message())],
      ['members.get', () => connector('GET', `/${chat}/members/${ALICE}`)],
      ['members.list', () => connector('GET', `/${chat}/pagedmembers`)],
      ['openid', () => fetch(scene.double.openIdUrl)],
      ['activities.delete', () => connector('DELETE', at(chat, id))],
    ];
    for (const [method, run] of ways) {
      scene.double.addFault({ method: method as 'openid', status: 502, code: 'BadGateway' });
      expect([method, (await run()).status]).toEqual([method, 502]);
      expect(scene.double.calls.at(-1)).toMatchObject({ method, performed: false });
      expect((await run()).status).toBeLessThan(300);
    }
  });
});
