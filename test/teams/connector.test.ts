import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/demo/doubles/teams/traffic.ts';
import { ANSWER_LIMIT } from '../../src/teams/http.ts';
import { ALICE, BOB, GROUP, type Outbound, startOutbound, TENANT } from './outbound.ts';

const hello = { summary: 'Hello', text: 'Hello' };

function chatOf(out: Outbound, person = ALICE) {
  return out.place(out.teams.chatOf(person));
}

describe('a call', () => {
  it('posts, edits and deletes a message in a person’s own conversation', async () => {
    await using out = await startOutbound();
    const opened = await out.connector.openDm(out.teams.serviceUrl, { tenantId: TENANT, aadObjectId: ALICE });
    expect(opened).toEqual({ kind: 'sent', value: { conversationId: out.teams.chatOf(ALICE) } });
    const sent = await out.connector.post(chatOf(out), hello);
    if (sent.kind !== 'sent') throw new Error(JSON.stringify(sent));
    const { activityId } = sent.value;
    expect(out.teams.messagesOf(ALICE)).toMatchObject([
      { id: activityId, text: 'Hello', textFormat: 'plain' },
    ]);
    await out.connector.update(chatOf(out), activityId, { summary: 'Bye', text: 'Bye' });
    expect(out.teams.messagesOf(ALICE)).toMatchObject([{ text: 'Bye' }]);
    expect(await out.connector.delete(chatOf(out), activityId)).toEqual({ kind: 'sent', value: null });
    expect(out.teams.messagesOf(ALICE)).toEqual([]);
    expect(await out.connector.update(chatOf(out), activityId, hello)).toEqual({ kind: 'gone' });
  });

  it('tells one member of a group chat something in private', async () => {
    await using out = await startOutbound();
    const { mri } = out.teams.person(ALICE);
    expect(await out.connector.postPrivate(out.place(GROUP), mri, hello)).toMatchObject({ kind: 'sent' });
    expect(out.teams.messagesOf(GROUP, { as: ALICE })).toHaveLength(1);
    expect(out.teams.messagesOf(GROUP, { as: BOB })).toEqual([]);
  });

  it('knows members by object id or MRI, and who is none', async () => {
    await using out = await startOutbound();
    const { mri } = out.teams.person(BOB);
    const bob = {
      mri,
      aadObjectId: BOB,
      name: 'Bob Bell',
      email: 'bob@acme.io',
      tenantId: TENANT,
      isGuest: false,
    };
    expect(await out.connector.member(out.place(GROUP), BOB)).toMatchObject({ kind: 'sent', value: bob });
    expect(await out.connector.member(out.place(GROUP), mri)).toMatchObject({ kind: 'sent', value: bob });
    expect(await out.connector.member(out.place(GROUP), 'nobody')).toEqual({ kind: 'sent', value: null });
    expect(await out.connector.member(out.place('19:none@thread.v2'), BOB)).toEqual({ kind: 'gone' });
  });
});

describe('how a post ended', () => {
  const CODES = [
    'BotNotInConversationRoster',
    'ConversationBlockedByUser',
    'MessageWritesBlocked',
    'BotDisabledByAdmin',
    'ForbiddenOperationException',
  ];
  const rows: [string, FaultInput, object, done: boolean][] = [
    ['a 502', { status: 502 }, { kind: 'unknown' }, false],
    ['a 503', { status: 503 }, { kind: 'unknown' }, false],
    ['a 504', { status: 504 }, { kind: 'unknown' }, false],
    ['a 500', { status: 500 }, { kind: 'unknown' }, false],
    ['a 502 after it was done', { status: 502, when: 'after' }, { kind: 'unknown' }, true],
    ['a reset', { connection: 'reset' }, { kind: 'unknown' }, false],
    ['a reset after it was done', { connection: 'reset', when: 'after' }, { kind: 'unknown' }, true],
    ['silence', { connection: 'hang' }, { kind: 'unknown' }, false],
    ['silence after it was done', { connection: 'hang', when: 'after' }, { kind: 'unknown' }, true],
    ['a 429', { status: 429, retryAfter: 7 }, { kind: 'throttled', retryAfterMs: 7000 }, false],
    [
      'a 429 that names no time',
      { status: 429, retryAfter: null },
      { kind: 'throttled', retryAfterMs: 5000 },
      false,
    ],
    ['a 412', { status: 412 }, { kind: 'throttled' }, false],
    ['a 404', { status: 404, code: 'ConversationNotFound' }, { kind: 'gone' }, false],
    ['a 413', { status: 413 }, { kind: 'refused', detail: 'Teams finds the message too large.' }, false],
    ['a 400', { status: 400, code: 'BadSyntax' }, { kind: 'refused' }, false],
    ['a 403 nobody knows', { status: 403, code: 'Whatever' }, { kind: 'refused' }, false],
    ['a redirect', { status: 302 }, { kind: 'refused' }, false],
    ...CODES.map((code): [string, FaultInput, object, boolean] => [
      code,
      { code },
      { kind: 'blocked' },
      false,
    ]),
  ];

  it.each(rows)('%s: one attempt, and an answer in its own words', async (_name, fault, outcome, done) => {
    await using out = await startOutbound(fault.connection === 'hang' ? { timeoutMs: 1500 } : {});
    await out.connector.check(out.teams.serviceUrl);
    out.teams.addFault({ method: 'activities.post', ...fault });
    expect(await out.connector.post(chatOf(out), hello)).toMatchObject(outcome);
    expect(out.teams.calls.filter(({ method }) => method === 'activities.post')).toHaveLength(1);
    expect(out.teams.messagesOf(ALICE)).toHaveLength(done ? 1 : 0);
  });

  it('says that nothing happened where nobody was there', async () => {
    await using out = await startOutbound({
      serviceUrl: 'http://127.0.0.1:9/',
      serviceHosts: ['127.0.0.1:9'],
    });
    expect(await out.connector.post(out.place('a:1'), hello)).toMatchObject({
      kind: 'throttled',
      detail: expect.stringContaining('could not be reached (ECONNREFUSED)'),
    });
  });

  it('calls nobody for a while once three calls in a row had no answer', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'activities.post', connection: 'reset', times: 3 });
    for (const _each of [1, 2, 3]) await out.connector.post(chatOf(out), hello);
    expect(await out.connector.post(chatOf(out, BOB), hello)).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 15_000,
    });
    expect(out.teams.calls.filter(({ method }) => method === 'activities.post')).toHaveLength(3);
    out.clock.advance(15_000);
    expect(await out.connector.post(chatOf(out, BOB), hello)).toMatchObject({ kind: 'sent' });
  });

  it('waits as long as a 429 says, in that conversation alone', async () => {
    await using out = await startOutbound();
    out.teams.addFault({ method: 'activities.post', status: 429, retryAfter: 30 });
    await out.connector.post(chatOf(out), hello);
    out.clock.advance(29_000);
    expect(out.connector.wait(chatOf(out).conversationId)).toBe(1000);
    expect(await out.connector.post(chatOf(out), hello)).toEqual({ kind: 'throttled', retryAfterMs: 1000 });
    expect(await out.connector.post(chatOf(out, BOB), hello)).toMatchObject({ kind: 'sent' });
    out.clock.advance(1000);
    expect(await out.connector.post(chatOf(out), hello)).toMatchObject({ kind: 'sent' });
  });
});

describe('where a token goes', () => {
  async function withServer(answer: Parameters<typeof createServer>[1], run: (url: string) => Promise<void>) {
    const server: Server = createServer(answer!);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}/teams/`);
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  it('to no host but those of the list, nor in the clear, nor with a user in the address', async () => {
    await using out = await startOutbound();
    const heard: string[] = [];
    await withServer(
      (request, response) => {
        heard.push(request.url!);
        response.end('{"id":"1"}');
      },
      async (foreign) => {
        const { host } = new URL(out.teams.serviceUrl);
        for (const serviceUrl of [
          foreign,
          `https://${host}.evil.example/`,
          'http://smba.trafficmanager.net/teams/',
          `http://user:pass@${host}/teams/`,
          `http://${host}/teams/?to=evil`,
          'no address',
          '',
        ])
          expect(await out.connector.post({ serviceUrl, conversationId: 'a:1' }, hello)).toMatchObject({
            kind: 'refused',
            detail: expect.stringContaining('TEAMS_SERVICE_HOSTS'),
          });
      },
    );
    expect(heard).toEqual([]);
    expect(out.teams.calls).toEqual([]);
  });

  it('not after a redirect', async () => {
    const heard: string[] = [];
    await withServer(
      (request, response) => {
        heard.push(request.url!);
        response.writeHead(307, { location: '/elsewhere' }).end();
      },
      async (serviceUrl) => {
        await using out = await startOutbound({ serviceUrl, serviceHosts: [new URL(serviceUrl).host] });
        expect(await out.connector.post(out.place('a:1'), hello)).toMatchObject({ kind: 'refused' });
      },
    );
    expect(heard).toEqual(['/teams/v3/conversations/a%3A1/activities']);
  });

  it.each(['..', '.', '', '../../v3', 'a/../..', '\ud800'])(
    'not to another path than the one meant: %j',
    async (id) => {
      await using out = await startOutbound();
      const sent = [
        await out.connector.post(out.place(id), hello),
        await out.connector.update(chatOf(out), id, hello),
        await out.connector.delete(out.place(id), 'x'),
        await out.connector.member(chatOf(out), id),
      ];
      for (const { request } of out.teams.calls)
        if (!request.startsWith('POST /') || request.includes('/v3/'))
          expect(request).toMatch(/\/v3\/conversations\/[^/]+\/(activities|members)(\/[^/]+)?$/);
      for (const { kind } of sent) expect(['refused', 'gone', 'sent']).toContain(kind);
      expect(
        sent.filter(({ kind, ...rest }) => kind === 'sent' && 'value' in rest && rest.value !== null),
      ).toEqual([]);
    },
  );

  it('reads no more than a limit of any answer', async () => {
    await withServer(
      (_request, response) => {
        response.write('x'.repeat(ANSWER_LIMIT));
        response.end('more');
      },
      async (serviceUrl) => {
        await using out = await startOutbound({ serviceUrl, serviceHosts: [new URL(serviceUrl).host] });
        expect(await out.connector.post(out.place('a:1'), hello)).toMatchObject({
          kind: 'unknown',
          detail: expect.stringContaining('larger than 1 MiB'),
        });
      },
    );
  });
});
