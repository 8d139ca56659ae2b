import { WebClient } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import {
  ALICE,
  BOB,
  call,
  everyTestItsOwnDouble,
  http,
  long,
  scene,
  section,
  start,
  TOKEN,
  times,
} from './slack-scene.ts';

everyTestItsOwnDouble();

describe('the Web API', () => {
  test('serves the official client', async () => {
    const client = new WebClient(TOKEN, { slackApiUrl: scene.double.url, retryConfig: { retries: 0 } });
    const identity = await client.auth.test();
    expect(identity).toMatchObject({ user_id: scene.double.botUserId, team_id: 'T0DOUBLE' });
    expect(identity.response_metadata?.scopes).toContain('im:history');
    const dm = await client.conversations.open({ users: ALICE });
    const metadata = { event_type: 'card', event_payload: { id: 'r1' } };
    const posted = await client.chat.postMessage({
      channel: ALICE,
      text: 'hello',
      blocks: [section() as never],
      metadata,
    });
    expect(posted.channel).toBe(dm.channel?.id);
    const read = { channel: dm.channel?.id ?? '', include_all_metadata: true };
    expect((await client.conversations.history(read)).messages).toMatchObject([{ ts: posted.ts, metadata }]);
    expect(
      (await client.conversations.history({ channel: read.channel })).messages?.[0]?.metadata,
    ).toBeUndefined();
    const at = { channel: posted.channel ?? '', ts: posted.ts ?? '' };
    await client.chat.update({ ...at, text: 'done' });
    expect(scene.double.message(at.channel, at.ts)).toMatchObject({
      text: 'done',
      blocks: [],
      metadata,
      editedMark: true,
    });
    await client.chat.delete(at);
    expect((await client.conversations.history(read)).messages).toEqual([]);
    expect(scene.double.calls.map(({ method }) => method)).toContain('chat.delete');
    expect(JSON.stringify(scene.double.calls)).not.toContain(TOKEN);
  });

  const refused: [string, string, JsonObject, string][] = [
    ['an unknown method', 'chat.shout', {}, 'unknown_method'],
    ['no text', 'chat.postMessage', { channel: ALICE, text: '' }, 'no_text'],
    ['no channel', 'chat.postMessage', { text: 'x' }, 'invalid_arguments'],
    ['an unknown channel', 'chat.postMessage', { channel: 'C0NONE', text: 'x' }, 'channel_not_found'],
    ['a channel the bot is not in', 'chat.postMessage', { channel: 'C0OUT', text: 'x' }, 'not_in_channel'],
    ['an archived channel', 'chat.postMessage', { channel: 'C0OLD', text: 'x' }, 'is_archived'],
    ['a person who left', 'chat.postMessage', { channel: 'U0GONE', text: 'x' }, 'channel_not_found'],
    [
      'metadata that is none',
      'chat.postMessage',
      { channel: ALICE, text: 'x', metadata: '[' },
      'invalid_metadata_format',
    ],
    [
      'metadata without type',
      'chat.postMessage',
      { channel: ALICE, text: 'x', metadata: { a: 1 } },
      'invalid_metadata_schema',
    ],
    ['updating by user id', 'chat.update', { channel: ALICE, ts: '1.1', text: 'x' }, 'channel_not_found'],
    ['updating nothing', 'chat.update', { channel: 'C0OPS', ts: '1.1', text: 'x' }, 'message_not_found'],
    [
      'an ephemeral to an outsider',
      'chat.postEphemeral',
      { channel: 'C0OPS', user: 'U0GONE', text: 'x' },
      'user_not_in_channel',
    ],
    ['opening to the departed', 'conversations.open', { users: 'U0GONE' }, 'user_disabled'],
    ['opening to nobody', 'conversations.open', { users: 'U0NONE' }, 'user_not_found'],
    [
      'opening to nine',
      'conversations.open',
      { users: times(9, (i) => `U${i}`).join(',') },
      'too_many_users',
    ],
    ['a channel history', 'conversations.history', { channel: 'C0OPS' }, 'missing_scope'],
    ['conversations.info', 'conversations.info', { channel: 'C0OPS' }, 'missing_scope'],
    ['an unknown person', 'users.info', { user: 'U0NONE' }, 'user_not_found'],
    ['the mail of one who left', 'users.lookupByEmail', { email: 'gone@example.com' }, 'users_not_found'],
  ];
  test.each(refused)('refuses %s', async (_name, method, args, error) => {
    expect(await call(method, args)).toMatchObject({ ok: false, error });
  });

  test('refuses other tokens', async () => {
    expect(await call('auth.test', {}, 'xoxb-other')).toMatchObject({ error: 'invalid_auth' });
    const bare = await fetch(`${scene.double.url}auth.test`, { method: 'POST' });
    expect(await bare.json()).toMatchObject({ error: 'not_authed' });
  });

  test('names the missing scope', async () => {
    await start({ scopes: ['chat:write'] });
    expect(await call('users.info', { user: ALICE })).toMatchObject({
      error: 'missing_scope',
      needed: 'users:read',
      provided: 'chat:write',
    });
  });

  test('truncates posts over 40,000 and refuses updates over 4,000', async () => {
    const posted = await call('chat.postMessage', { channel: ALICE, text: long(40_001) });
    expect(posted).toMatchObject({ ok: true, warning: 'message_truncated' });
    const at = { channel: posted.channel, ts: posted.ts };
    expect(scene.double.messagesOf(ALICE)[0]?.text).toHaveLength(40_000);
    expect(await call('chat.update', { ...at, text: long(4_001) })).toMatchObject({ error: 'msg_too_long' });
    expect(await call('chat.update', { ...at, text: long(4_000) })).toMatchObject({ ok: true });
  });

  test('knows people, managers and guests', async () => {
    scene.double.defineProfileField({ id: 'Xf1', label: 'Manager', type: 'user' });
    scene.double.defineProfileField({ id: 'Xf2', label: 'Reports', type: 'user', isInverse: true });
    expect(await call('team.profile.get', {})).toMatchObject({
      profile: {
        fields: [
          { id: 'Xf1', type: 'user', is_inverse: false },
          { id: 'Xf2', is_inverse: true },
        ],
      },
    });
    expect(await call('users.profile.get', { user: ALICE })).toMatchObject({
      profile: { fields: { Xf1: { value: BOB, alt: '' } } },
    });
    expect(await call('users.profile.get', { user: BOB })).toMatchObject({ profile: { fields: [] } });
    expect(await call('users.lookupByEmail', { email: 'alice@EXAMPLE.com' })).toMatchObject({
      user: { id: ALICE },
    });
    expect(await call('users.info', { user: 'U0GUEST' })).toMatchObject({
      user: { is_stranger: true, team_id: 'T0OTHER' },
    });
    scene.double.updateUser(BOB, { deleted: true });
    expect(await call('users.info', { user: BOB })).toMatchObject({ user: { deleted: true } });
    const first = await call('users.list', { limit: 2 });
    expect(first.members).toHaveLength(2);
    const { next_cursor: cursor } = first.response_metadata as { next_cursor: string };
    expect((await call('users.list', { limit: 2, cursor })).members).toMatchObject([
      { id: BOB },
      { id: 'U0GONE' },
    ]);
  });

  test('pages through history', async () => {
    for (const text of ['1', '2', '3']) await call('chat.postMessage', { channel: ALICE, text });
    const channel = scene.double.dmOf(ALICE);
    const first = await call('conversations.history', { channel, limit: 2 });
    expect(first).toMatchObject({ has_more: true, messages: [{ text: '3' }, { text: '2' }] });
    const { next_cursor: cursor } = first.response_metadata as { next_cursor: string };
    expect(await call('conversations.history', { channel, limit: 2, cursor })).toMatchObject({
      has_more: false,
      messages: [{ text: '1' }],
    });
    const [, second] = scene.double.messagesOf(ALICE);
    expect((await call('conversations.history', { channel, oldest: second?.ts })).messages).toMatchObject([
      { text: '3' },
    ]);
  });

  test('validates blocks without a token', async () => {
    const ask = async (args: JsonObject) => {
      const body = JSON.stringify(args);
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      return (await fetch(`${scene.double.url}blocks.validate`, { method: 'POST', headers, body })).json();
    };
    expect(await ask({ blocks: [section()] })).toEqual({ ok: true });
    expect(await ask({ blocks: [section({ text: { type: 'invalid', text: 'x' } })] })).toEqual({
      ok: false,
      error: 'invalid_blocks',
      errors: [
        {
          code: 'failed_constraint',
          message: 'unsupported type: invalid',
          pointer: '/0/text/type',
          constraint: { type: 'enum', expected: ['plain_text', 'mrkdwn'] },
        },
      ],
    });
    expect(await ask({ view: { type: 'modal', blocks: [] } })).toMatchObject({ error: 'invalid_view' });
    expect(await ask({ message: { blocks: [{ type: 'x' }] } })).toMatchObject({ error: 'invalid_message' });
    expect(await ask({ blocks: [], view: {} })).toMatchObject({ error: 'invalid_arguments' });
  });

  test('tells listeners of every change until they leave', async () => {
    const kinds: string[] = [];
    const leave = scene.double.onChange(({ kind }) => kinds.push(kind));
    await call('chat.postMessage', { channel: ALICE, text: 'x' });
    expect(kinds).toEqual(['message', 'call']);
    leave();
    await call('chat.postMessage', { channel: ALICE, text: 'x' });
    expect(kinds).toHaveLength(2);
  });
});

describe('rate limits', () => {
  test('hold posts to one a second and channel after a short burst', async () => {
    await start({ rateLimits: { postsPerChannelBurst: 1 } });
    const post = (channel: string) => http('chat.postMessage', { channel, text: 'x' });
    expect((await post(ALICE)).status).toBe(200);
    expect((await post(BOB)).status).toBe(200);
    const limited = await post(scene.double.dmOf(ALICE));
    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe('1');
    expect(await limited.json()).toEqual({ ok: false, error: 'ratelimited' });
    scene.time += 1_000;
    expect((await post(ALICE)).status).toBe(200);
  });

  test('hold methods to their tier and forgive after a minute', async () => {
    await start({ rateLimits: true });
    const ask = async () => (await http('conversations.open', { users: ALICE })).status;
    for (const _ of times(50, () => 0)) expect(await ask()).toBe(200);
    scene.time += 20_000;
    const limited = await http('conversations.open', { users: ALICE });
    expect(limited.headers.get('retry-after')).toBe('40');
    scene.time += 40_000;
    expect(await ask()).toBe(200);
  });
});
