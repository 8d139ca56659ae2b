import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import type { SlackDoubleOptions } from '../../../src/demo/doubles/slack/setup.ts';
import {
  ALICE,
  actions,
  button,
  call,
  everyTestItsOwnDouble,
  modal,
  plain,
  scene,
  section,
  start,
} from './slack-scene.ts';

everyTestItsOwnDouble();

const APP_TOKEN = 'xapp-1-double';
const withSockets = (more: Partial<SlackDoubleOptions> = {}) =>
  start({ transport: 'socket', appToken: APP_TOKEN, ...more });

beforeEach(async () => {
  await withSockets();
});

/** A client that acks what it gets as told. */
class Client {
  readonly heard: JsonObject[] = [];
  answer: (envelope: JsonObject) => JsonObject | undefined = () => ({});
  readonly socket: WebSocket;
  readonly closed: Promise<void>;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.closed = new Promise((done) => this.socket.once('close', () => done()));
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => this.#take(JSON.parse(String(data)) as JsonObject));
  }

  #take(message: JsonObject): void {
    this.heard.push(message);
    if (message.type === 'disconnect') this.socket.close();
    if (message.envelope_id === undefined) return;
    const payload = this.answer(message);
    if (payload) this.socket.send(JSON.stringify({ envelope_id: message.envelope_id, payload }));
  }
}

const clients: Client[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.terminate();
});

async function newUrl(): Promise<string> {
  const opened = await call('apps.connections.open', {}, APP_TOKEN);
  expect(opened).toMatchObject({
    ok: true,
    url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/link\/\?ticket=/),
  });
  return String(opened.url);
}

async function connect(): Promise<Client> {
  const before = scene.double.sockets.connected;
  const client = new Client(await newUrl());
  clients.push(client);
  await scene.double.sockets.whenConnected(before + 1);
  return client;
}

/** The URL and whether it opened. */
async function opens(url: string): Promise<boolean> {
  const socket = new WebSocket(url);
  return new Promise((done) => {
    socket.once('open', () => {
      socket.terminate();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

describe('apps.connections.open', () => {
  test('wants the app-level token', async () => {
    expect(await call('apps.connections.open', {}, '')).toMatchObject({ error: 'not_authed' });
    expect(await call('apps.connections.open', {}, 'xapp-other')).toMatchObject({ error: 'invalid_auth' });
    expect(await call('apps.connections.open', {})).toMatchObject({ error: 'not_allowed_token_type' });
    const client = new WebClient(APP_TOKEN, { slackApiUrl: scene.double.url });
    expect((await client.apps.connections.open({})).url).toMatch(/^ws:/);
  });

  test('gives a ticket for one connection, soon', async () => {
    const url = await newUrl();
    expect(await opens(url)).toBe(true);
    expect(await opens(url)).toBe(false);
    const late = await newUrl();
    scene.time += 30_001;
    expect(await opens(late)).toBe(false);
    expect(await opens(url.replace(/ticket=[^&]+/, 'ticket=guess'))).toBe(false);
  });
});

describe('over a socket', () => {
  test('the first word is hello', async () => {
    const first = await connect();
    const second = await connect();
    const { ackStatus } = await scene.double.slashCommand(ALICE, '/approvals', '');
    expect(ackStatus).toBe(200);
    expect(first.heard[0]).toMatchObject({
      type: 'hello',
      num_connections: 1,
      connection_info: { app_id: 'A0DOUBLE' },
    });
    expect(second.heard[0]).toMatchObject({ type: 'hello', num_connections: 2 });
  });

  test('a command is an envelope, and its ack may carry the reply', async () => {
    const client = await connect();
    client.answer = () => ({ text: 'you have nothing to do' });
    const { reply, payload } = await scene.double.slashCommand(ALICE, '/approvals', 'pending');
    expect(client.heard.at(-1)).toEqual({
      envelope_id: expect.any(String),
      type: 'slash_commands',
      accepts_response_payload: true,
      payload,
    });
    expect(payload).toMatchObject({ command: '/approvals', text: 'pending', user_id: ALICE });
    expect(reply).toMatchObject({ text: 'you have nothing to do', visibleTo: ALICE });
    expect(scene.heard).toEqual([]);
  });

  test('a submission is answered like over HTTP', async () => {
    const client = await connect();
    const { triggerId } = await scene.double.slashCommand(ALICE, '/approvals', '');
    const opened = await call('views.open', { trigger_id: triggerId, view: modal() });
    const { id } = opened.view as { id: string };
    client.answer = () => ({ response_action: 'update', view: modal({ title: plain('Sent') }) });
    expect(await scene.double.submitView(ALICE, id)).toMatchObject({
      responseAction: 'update',
      viewAfter: { title: plain('Sent') },
    });
    client.answer = () => ({});
    expect(await scene.double.submitView(ALICE, id)).toMatchObject({ responseAction: 'close' });
    expect(client.heard.at(-1)).toMatchObject({
      type: 'interactive',
      accepts_response_payload: true,
      payload: { type: 'view_submission' },
    });
  });

  test('a click is acked and nothing more', async () => {
    const client = await connect();
    client.answer = () => ({ text: 'not for a click' });
    await call('chat.postMessage', { channel: ALICE, blocks: [section(), actions(button())] });
    const [message] = scene.double.messagesOf(ALICE);
    const target = { channel: message?.channel ?? '', ts: message?.ts ?? '', actionId: 'go' };
    const click = await scene.double.click(ALICE, target);
    expect(click).toMatchObject({ sent: true, ackStatus: 200 });
    expect(click.ackBody).toBeUndefined();
    expect(client.heard.at(-1)).toMatchObject({ accepts_response_payload: false });
  });

  test('an event says which attempt it is', async () => {
    const client = await connect();
    await scene.double.openHome(ALICE);
    expect(client.heard.at(-1)).toMatchObject({
      type: 'events_api',
      accepts_response_payload: false,
      retry_attempt: 0,
      retry_reason: '',
      payload: { type: 'event_callback', event: { type: 'app_home_opened' } },
    });
    await scene.double.sendEvent({ type: 'user_change' }, { num: 1, reason: 'timeout' });
    expect(client.heard.at(-1)).toMatchObject({ retry_attempt: 1, retry_reason: 'timeout' });
  });

  test('each thing goes to one connection', async () => {
    const both = [await connect(), await connect()];
    for (let turn = 0; turn < 4; turn += 1)
      await scene.double.slashCommand(ALICE, '/approvals', String(turn));
    expect(both.map(({ heard }) => heard.length)).toEqual([3, 3]);
  });

  test('no ack in time, a broken connection or none: the person is told', async () => {
    expect(await scene.double.slashCommand(ALICE, '/approvals', '')).toMatchObject({
      delivery: { failure: 'unreachable' },
      warning: '/approvals failed with the error "dispatch_failed"',
    });
    await withSockets({ ackTimeoutMs: 30 });
    const client = await connect();
    client.answer = () => undefined;
    expect(await scene.double.slashCommand(ALICE, '/approvals', '')).toMatchObject({
      delivery: { failure: 'timeout' },
      warning: '/approvals failed with the error "operation_timeout"',
    });
    client.answer = () => {
      scene.double.sockets.drop();
      return undefined;
    };
    expect(await scene.double.slashCommand(ALICE, '/approvals', '')).toMatchObject({
      delivery: { failure: 'unreachable' },
    });
    await client.closed;
    expect(scene.double.sockets.connected).toBe(0);
  });

  test('an envelope can come twice', async () => {
    const client = await connect();
    const { delivery } = await scene.double.slashCommand(ALICE, '/approvals', '');
    await scene.double.sendRaw({ replayOf: delivery! });
    const [, first, second] = client.heard;
    expect(second).toEqual(first);
  });

  test('a client asked to reconnect gets nothing more on the old connection', async () => {
    const old = await connect();
    const gone = scene.double.sockets.askToReconnect('refresh_requested');
    expect(scene.double.sockets.connected).toBe(0);
    const fresh = await connect();
    await gone;
    await scene.double.slashCommand(ALICE, '/approvals', '');
    expect(old.heard.map(({ type }) => type)).toEqual(['hello', 'disconnect']);
    expect(old.heard.at(-1)).toMatchObject({ reason: 'refresh_requested' });
    expect(fresh.heard.map(({ type }) => type)).toEqual(['hello', 'slash_commands']);
  });

  test('the official receiver connects, acks and answers', async () => {
    const receiver = new SocketModeReceiver({
      appToken: APP_TOKEN,
      autoReconnectEnabled: false,
      logLevel: LogLevel.ERROR,
      installerOptions: { clientOptions: { slackApiUrl: scene.double.url, retryConfig: { retries: 0 } } },
    });
    const app = new App({
      receiver,
      authorize: async () => ({ botId: 'B0DOUBLE', botUserId: 'U0DOUBLE' }),
      logLevel: LogLevel.ERROR,
    });
    app.command('/approvals', ({ ack }) => ack('hello from Bolt'));
    await app.start();
    expect((await scene.double.slashCommand(ALICE, '/approvals', '')).reply?.text).toBe('hello from Bolt');
    await app.stop();
    await scene.double.sockets.whenConnected(0);
  });
});
