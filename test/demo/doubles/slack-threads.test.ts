import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SCOPES } from '../../../src/demo/doubles/slack/slack-double.ts';
import { ALICE, BOB, call, everyTestItsOwnDouble, scene, start } from './slack-scene.ts';

everyTestItsOwnDouble();

const HISTORIES = ['channels:history', 'groups:history', 'im:history'];
beforeEach(async () => {
  await start({ scopes: [...DEFAULT_SCOPES, ...HISTORIES] });
});

async function post(channel: string, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await call('chat.postMessage', { channel, text: 'hello', ...more });
  expect(answer).toMatchObject({ ok: true });
  return String(answer.ts);
}

describe('a thread', () => {
  test('holds replies of the bot and of people, oldest first, away from the channel', async () => {
    const parent = await post('C0OPS');
    const answer = await post('C0OPS', { thread_ts: parent, text: 'first', reply_broadcast: true });
    scene.double.say(BOB, 'C0OPS', 'second', parent);
    expect(scene.double.threadOf('C0OPS', parent).map(({ text }) => text)).toEqual(['first', 'second']);
    expect(scene.double.threadOf('C0OPS', answer)).toEqual(scene.double.threadOf('C0OPS', parent));
    const { messages } = await call('conversations.history', { channel: 'C0OPS' });
    expect(messages).toMatchObject([
      { ts: parent, thread_ts: parent, reply_count: 2, reply_users: ['U0DOUBLE', BOB] },
    ]);
  });

  test('is read whole, its first message at the head', async () => {
    const parent = await post('C0OPS', { metadata: { event_type: 'card', event_payload: { id: '1' } } });
    scene.double.say(BOB, 'C0OPS', 'why now?', parent);
    const read = await call('conversations.replies', {
      channel: 'C0OPS',
      ts: parent,
      include_all_metadata: true,
    });
    expect(read).toMatchObject({
      ok: true,
      has_more: false,
      messages: [
        { ts: parent, bot_id: 'B0DOUBLE', metadata: { event_type: 'card' } },
        { user: BOB, text: 'why now?', thread_ts: parent, parent_user_id: 'U0DOUBLE' },
      ],
    });
    expect((read.messages as object[])[1]).not.toHaveProperty('bot_id');
    const plain = await call('conversations.replies', { channel: 'C0OPS', ts: parent });
    expect((plain.messages as object[])[0]).not.toHaveProperty('metadata');
  });

  test('is read from any message in it, in pages, from a moment on', async () => {
    const parent = await post('C0OPS');
    const replies: string[] = [];
    for (const text of ['1', '2', '3']) replies.push(await post('C0OPS', { thread_ts: parent, text }));
    const read = async (more: object) => {
      const answer = await call('conversations.replies', { channel: 'C0OPS', ts: parent, ...more });
      const texts = (answer.messages as { text: string }[]).map(({ text }) => text);
      return { texts, next: (answer.response_metadata as { next_cursor: string }).next_cursor };
    };
    const first = await read({ limit: 2 });
    expect(first.texts).toEqual(['hello', '1', '2']);
    expect((await read({ limit: 2, cursor: first.next })).texts).toEqual(['hello', '3']);
    expect((await read({ oldest: replies[0] })).texts).toEqual(['hello', '2', '3']);
    expect((await read({ oldest: replies[1], inclusive: true })).texts).toEqual(['hello', '2', '3']);
    expect((await read({ ts: replies[2] })).texts).toEqual(['hello', '1', '2', '3']);
    expect((await read({ ts: replies[2], latest: replies[1] })).texts).toEqual(['hello', '1']);
    const bad = { channel: 'C0OPS', ts: parent };
    expect(await call('conversations.replies', { ...bad, cursor: 'x' })).toMatchObject({
      error: 'invalid_cursor',
    });
    expect(await call('conversations.replies', { ...bad, oldest: 'x' })).toMatchObject({
      error: 'invalid_ts_oldest',
    });
    expect(await call('conversations.replies', { ...bad, limit: 1001 })).toMatchObject({
      error: 'invalid_limit',
    });
  });

  test('of one message is that message; of none is not found', async () => {
    const lone = await post('C0OPS');
    const read = await call('conversations.replies', { channel: 'C0OPS', ts: lone });
    expect(read.messages).toHaveLength(1);
    for (const ts of ['1.000001', ''])
      expect(await call('conversations.replies', { channel: 'C0OPS', ts })).toMatchObject({
        error: 'thread_not_found',
      });
    expect(
      await call('chat.postMessage', { channel: 'C0OPS', text: 'x', thread_ts: '1.000001' }),
    ).toMatchObject({
      error: 'thread_not_found',
    });
  });

  test('that began elsewhere takes no reply here', async () => {
    const parent = await post(ALICE);
    expect(await call('chat.postMessage', { channel: 'C0OPS', text: 'x', thread_ts: parent })).toMatchObject({
      error: 'thread_not_found',
    });
  });

  test('under a reply is the same thread', async () => {
    const parent = await post('C0OPS');
    const reply = await post('C0OPS', { thread_ts: parent });
    await post('C0OPS', { thread_ts: reply, text: 'deep' });
    expect(scene.double.threadOf('C0OPS', parent).at(-1)).toMatchObject({ text: 'deep', threadTs: parent });
  });

  test('outlives its first message', async () => {
    const parent = await post('C0OPS');
    await post('C0OPS', { thread_ts: parent, text: 'still here' });
    await call('chat.delete', { channel: 'C0OPS', ts: parent });
    const read = await call('conversations.replies', { channel: 'C0OPS', ts: parent });
    expect(read.messages).toMatchObject([{ text: 'still here' }]);
  });

  test('can hold words for one person only', async () => {
    const parent = await post('C0OPS');
    await call('chat.postEphemeral', { channel: 'C0OPS', user: BOB, text: 'psst', thread_ts: parent });
    expect(scene.double.messagesOf(BOB).at(-1)).toMatchObject({ threadTs: parent, visibleTo: BOB });
    expect(scene.double.threadOf('C0OPS', parent)).toEqual([]);
  });
});

describe('reading a thread', () => {
  test.each([
    ['C0OPS', 'channels:history'],
    ['C0PRIVATE', 'groups:history'],
    [`D${ALICE.slice(1)}`, 'im:history'],
  ])('in %s takes %s', async (channel, scope) => {
    const provided = [...DEFAULT_SCOPES.filter((own) => own !== 'im:history'), ...HISTORIES].filter(
      (own) => own !== scope,
    );
    await start({ scopes: provided });
    scene.double.addChannel({ id: 'C0PRIVATE', name: 'private', isPrivate: true });
    scene.double.dmOf(ALICE);
    const ts = await post(channel);
    expect(await call('conversations.replies', { channel, ts })).toMatchObject({
      error: 'missing_scope',
      needed: scope,
      provided: provided.join(','),
    });
    await start({ scopes: [...provided, scope] });
    scene.double.addChannel({ id: 'C0PRIVATE', name: 'private', isPrivate: true });
    scene.double.dmOf(ALICE);
    expect(await call('conversations.replies', { channel, ts: await post(channel) })).toMatchObject({
      ok: true,
    });
  });

  test('takes membership', async () => {
    expect(await call('conversations.replies', { channel: 'C0OUT', ts: '1.1' })).toMatchObject({
      error: 'not_in_channel',
    });
  });

  test('people write only where they are', () => {
    scene.double.addChannel({ id: 'C0CLUB', name: 'club', members: [ALICE] });
    expect(() => scene.double.say(BOB, 'C0CLUB', 'hi')).toThrow('not in');
    expect(() => scene.double.say(ALICE, 'C0CLUB', 'hi', '1.000001')).toThrow('sees no message');
  });
});
