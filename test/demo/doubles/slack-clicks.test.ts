import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import {
  ALICE,
  actions,
  BOB,
  button,
  call,
  everyTestItsOwnDouble,
  option,
  plain,
  scene,
  section,
  start,
} from './slack-scene.ts';

everyTestItsOwnDouble();

describe('clicks', () => {
  const card = (confirm?: JsonObject) => [
    section(),
    actions(button({ value: 'request-1', ...(confirm && { confirm }) }), {
      type: 'overflow',
      action_id: 'more',
      options: [option('later')],
    }),
  ];

  async function post(more: JsonObject = {}): Promise<{ channel: string; ts: string }> {
    const answer = await call('chat.postMessage', { channel: ALICE, text: 'x', blocks: card(), ...more });
    return { channel: String(answer.channel), ts: String(answer.ts) };
  }

  test('send a genuine payload built from the stored message', async () => {
    const at = await post({ metadata: { event_type: 'card', event_payload: { id: 'r' } } });
    const result = await scene.double.click(ALICE, { ...at, actionId: 'go' });
    expect(result).toMatchObject({ sent: true, ackStatus: 200 });
    expect(result.warning).toBeUndefined();
    expect(result.ackMs).toBeGreaterThan(0);
    expect(scene.heard[0]).toMatchObject({
      genuine: true,
      payload: {
        type: 'block_actions',
        user: { id: ALICE, team_id: 'T0DOUBLE' },
        team: { id: 'T0DOUBLE' },
        container: { type: 'message', message_ts: at.ts, channel_id: at.channel, is_ephemeral: false },
        channel: { id: at.channel },
        message: { ts: at.ts, blocks: expect.any(Array) },
        actions: [{ type: 'button', action_id: 'go', block_id: 'a', value: 'request-1' }],
      },
    });
  });

  test('choose from a menu', async () => {
    await scene.double.click(ALICE, { ...(await post()), actionId: 'more', value: 'later' });
    expect(scene.heard[0]?.payload.actions).toMatchObject([
      { type: 'overflow', selected_option: option('later') },
    ]);
  });

  test('are impossible on what the person does not see, unless forged', async () => {
    const at = await post();
    await expect(scene.double.click(BOB, { ...at, actionId: 'go' })).rejects.toThrow('sees no message');
    await expect(scene.double.click(ALICE, { ...at, actionId: 'reject' })).rejects.toThrow('shows no');
    await expect(scene.double.click(ALICE, { ...at, actionId: 'go', value: 'request-2' })).rejects.toThrow(
      'cannot change',
    );
    await expect(scene.double.click('U0GONE', { ...at, actionId: 'go' })).rejects.toThrow('has left');
    await scene.double.click(BOB, { ...at, actionId: 'go', value: 'request-2', forge: true });
    expect(scene.heard[0]?.payload).toMatchObject({ user: { id: BOB }, actions: [{ value: 'request-2' }] });
  });

  test('on a button that is gone are possible for a slow client', async () => {
    const at = await post();
    await call('chat.update', { ...at, text: 'decided' });
    await expect(scene.double.click(ALICE, { ...at, actionId: 'go' })).rejects.toThrow('shows no');
    await scene.double.click(ALICE, { ...at, actionId: 'go', forge: true });
    expect(scene.heard[0]?.payload.actions).toMatchObject([{ value: 'request-1' }]);
  });

  test('ask for confirmation where the button does', async () => {
    const at = await post({ blocks: card({ text: plain('Sure?') }) });
    expect(await scene.double.click(ALICE, { ...at, actionId: 'go', confirm: false })).toEqual({
      sent: false,
      cancelled: true,
    });
    expect(scene.heard).toEqual([]);
    expect(await scene.double.click(ALICE, { ...at, actionId: 'go', confirm: true })).toMatchObject({
      sent: true,
    });
  });

  test('come from another team in a shared channel', async () => {
    const at = await post({ channel: 'C0OPS' });
    await scene.double.click('U0GUEST', { ...at, actionId: 'go' });
    expect(scene.heard[0]?.payload).toMatchObject({ user: { team_id: 'T0OTHER' }, team: { id: 'T0DOUBLE' } });
  });

  test('warn the person when no ack, a late ack or a bad ack comes', async () => {
    await start({ ackTimeoutMs: 30 });
    const at = await post();
    scene.reply = () => ({ never: true });
    expect((await scene.double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain(
      'operation_timeout',
    );
    scene.reply = () => ({ status: 404 });
    expect((await scene.double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain('http_404');
    scene.double.requestUrl = 'http://127.0.0.1:1/';
    expect((await scene.double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain('dispatch_failed');
    scene.double.requestUrl = undefined;
    expect((await scene.double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain('dispatch_failed');
  });

  test('can be forged, aged and replayed', async () => {
    const at = await post();
    const payload = scene.double.clickPayload(ALICE, { ...at, actionId: 'go' });
    expect((await scene.double.sendRaw({ payload, secret: 'wrong' })).status).toBe(401);
    expect((await scene.double.sendRaw({ payload, signature: null })).status).toBe(401);
    const old = await scene.double.sendRaw({ payload, timestamp: 1 });
    expect(old).toMatchObject({ status: 200, headers: { 'x-slack-request-timestamp': '1' } });
    await scene.double.sendRaw({ payload: { ...payload, team: { id: 'T0EVIL', domain: 'evil' } } });
    expect(scene.heard.at(-1)).toMatchObject({ genuine: true, payload: { team: { id: 'T0EVIL' } } });
    await scene.double.sendRaw({ replayOf: old });
    expect(scene.heard.at(-1)?.body).toBe(old.body);
    expect(scene.heard.at(-1)?.request.headers['x-slack-signature']).toBe(old.headers['x-slack-signature']);
  });

  test('give a response_url that works five times within half an hour', async () => {
    const at = await post({ channel: 'C0OPS' });
    const respond = (url: string | undefined, body: JsonObject) =>
      fetch(url ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const { responseUrl } = await scene.double.click(ALICE, { ...at, actionId: 'go' });
    const answers = [];
    for (const text of ['1', '2', '3', '4', '5', '6'])
      answers.push((await respond(responseUrl, { text })).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 404]);
    expect(scene.double.messagesOf(ALICE).map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5']);
    expect(scene.double.messagesOf(BOB)).toEqual([]);

    const second = await scene.double.click(ALICE, { ...at, actionId: 'go' });
    expect((await respond(second.responseUrl, { text: '', blocks: [{ type: 'nonsense' }] })).status).toBe(
      400,
    );
    await respond(second.responseUrl, { text: 'replaced', replace_original: true });
    expect(scene.double.message(at.channel, at.ts)).toMatchObject({
      text: 'replaced',
      blocks: [],
      edits: [{ text: 'x' }],
    });
    scene.time += 30 * 60_000 + 1;
    expect((await respond(second.responseUrl, { text: 'late' })).status).toBe(404);
  });

  test('on an ephemeral message carry no message', async () => {
    const answer = await call('chat.postEphemeral', {
      channel: 'C0OPS',
      user: ALICE,
      text: 'psst',
      blocks: card(),
    });
    const at = { channel: 'C0OPS', ts: String(answer.message_ts) };
    expect(scene.double.messagesOf(ALICE)).toHaveLength(1);
    expect(scene.double.messagesOf(BOB)).toHaveLength(0);
    expect(scene.double.messagesOf('C0OPS')).toHaveLength(0);
    expect(scene.double.messagesOf('C0OPS', { as: ALICE })).toHaveLength(1);
    await expect(scene.double.click(BOB, { ...at, actionId: 'go' })).rejects.toThrow('sees no message');
    await scene.double.click(ALICE, { ...at, actionId: 'go' });
    expect(scene.heard[0]?.payload).toMatchObject({ container: { is_ephemeral: true } });
    expect(scene.heard[0]?.payload.message).toBeUndefined();
    expect(await call('chat.update', { ...at, text: 'y' })).toMatchObject({ error: 'message_not_found' });
  });

  test('on an ephemeral message may replace or remove it through the response URL', async () => {
    const answer = await call('chat.postEphemeral', {
      channel: 'C0OPS',
      user: ALICE,
      text: 'psst',
      blocks: card(),
    });
    const at = { channel: 'C0OPS', ts: String(answer.message_ts), actionId: 'go' };
    const seen = () => scene.double.messagesOf(ALICE).map(({ text }) => text);
    const respond = async (body: JsonObject) => {
      const { responseUrl } = await scene.double.click(ALICE, at);
      const headers = { 'content-type': 'application/json' };
      return fetch(responseUrl ?? '', { method: 'POST', headers, body: JSON.stringify(body) });
    };
    await respond({ replace_original: true, text: 'second page', blocks: card() });
    expect(seen()).toEqual(['second page']);
    await respond({ text: 'and more' });
    expect(seen()).toEqual(['second page', 'and more']);
    await respond({ delete_original: true });
    expect(seen()).toEqual(['and more']);
    expect(scene.double.messagesOf(BOB)).toEqual([]);
    await expect(scene.double.click(ALICE, at)).rejects.toThrow('sees no message');
  });
});
