import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import type { SlackDouble } from '../../../src/demo/doubles/slack/handle.ts';
import type { SlackDoubleOptions } from '../../../src/demo/doubles/slack/setup.ts';
import { startSlackDouble } from '../../../src/demo/doubles/slack/slack-double.ts';

export const TOKEN = 'xoxb-double';
export const SECRET = 'a signing secret';
export const ALICE = 'U0ALICE';
export const BOB = 'U0BOB';

interface Reply {
  status?: number;
  body?: unknown;
  never?: true;
}
export interface Heard {
  payload: JsonObject;
  genuine: boolean;
  request: IncomingMessage;
  body: string;
}

const NOON = Date.UTC(2026, 10, 22, 12);

/** The double of this test, a bot that answers as told, and the time. */
export const scene = {
  time: NOON,
  double: undefined as unknown as SlackDouble,
  receiver: undefined as unknown as Server,
  heard: [] as Heard[],
  reply: (() => ({})) as (heard: Heard) => Reply | Promise<Reply>,
};

function genuine(request: IncomingMessage, body: string): boolean {
  const timestamp = String(request.headers['x-slack-request-timestamp']);
  const expected = createHmac('sha256', SECRET).update(`v0:${timestamp}:${body}`).digest('hex');
  return request.headers['x-slack-signature'] === `v0=${expected}`;
}

function readPayload(request: IncomingMessage, body: string): JsonObject {
  if (request.headers['content-type'] === 'application/json') return JSON.parse(body);
  const form = new URLSearchParams(body);
  return JSON.parse(form.get('payload') ?? JSON.stringify(Object.fromEntries(form)));
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const entry = { payload: readPayload(request, body), genuine: genuine(request, body), request, body };
  scene.heard.push(entry);
  const answer = entry.genuine ? await scene.reply(entry) : { status: 401 };
  if (answer.never) return;
  const json = answer.body !== undefined && typeof answer.body !== 'string';
  response.writeHead(answer.status ?? 200, { 'content-type': json ? 'application/json' : 'text/plain' });
  response.end(json ? JSON.stringify(answer.body) : ((answer.body as string | undefined) ?? ''));
}

/** A fresh double with its people and channels. */
export async function start(options: Partial<SlackDoubleOptions> = {}): Promise<SlackDouble> {
  await scene.double?.close();
  const { port } = scene.receiver.address() as AddressInfo;
  scene.double = await startSlackDouble({
    botToken: TOKEN,
    signingSecret: SECRET,
    requestUrl: `http://127.0.0.1:${port}/slack/events`,
    now: () => scene.time,
    ...options,
  });
  scene.double.addUser({
    id: ALICE,
    name: 'alice',
    email: 'Alice@example.com',
    profileFields: { Xf1: { value: BOB } },
  });
  scene.double.addUser({ id: BOB, name: 'bob' });
  scene.double.addUser({ id: 'U0GONE', name: 'gone', email: 'gone@example.com', deleted: true });
  scene.double.addUser({ id: 'U0GUEST', name: 'stranger', isStranger: true, teamId: 'T0OTHER' });
  scene.double.addChannel({ id: 'C0OPS', name: 'ops' });
  scene.double.addChannel({ id: 'C0OUT', name: 'out', isMember: false });
  scene.double.addChannel({ id: 'C0OLD', name: 'old', isArchived: true });
  return scene.double;
}

export async function http(
  method: string,
  args: JsonObject,
  token: string | undefined = TOKEN,
): Promise<Response> {
  return fetch(`${scene.double.url}${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(args),
  });
}

/** Calls a Web API method as the bot. */
export async function call(method: string, args: JsonObject, token?: string): Promise<JsonObject> {
  return (await (await http(method, args, token)).json()) as JsonObject;
}

export const plain = (text: string) => ({ type: 'plain_text', text });
export const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
export const long = (length: number) => 'x'.repeat(length);
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
export const button = (more: JsonObject = {}) => ({
  type: 'button',
  action_id: 'go',
  text: plain('Go'),
  ...more,
});
export const actions = (...elements: unknown[]) => ({ type: 'actions', block_id: 'a', elements });
export const section = (more: JsonObject = {}) => ({ type: 'section', text: mrkdwn('hello'), ...more });
export const option = (value: string, more: JsonObject = {}) => ({ text: plain(value), value, ...more });
export const select = (more: JsonObject = {}) => ({
  type: 'static_select',
  action_id: 'pick',
  options: [option('one'), option('two')],
  ...more,
});
export const input = (element: unknown, more: JsonObject = {}) => ({
  type: 'input',
  label: plain('Label'),
  element,
  ...more,
});
export const textInput = (more: JsonObject = {}) => ({
  type: 'plain_text_input',
  action_id: 'text',
  ...more,
});
export const rich = (...elements: unknown[]) => ({ type: 'rich_text', elements });
export const richSection = (...elements: unknown[]) => ({ type: 'rich_text_section', elements });
export const modal = (more: JsonObject = {}) => ({
  type: 'modal',
  title: plain('Title'),
  submit: plain('Send'),
  blocks: [] as unknown[],
  ...more,
});

/** Call it at the top of a test file: a new double and a new bot before each test. */
export function everyTestItsOwnDouble(): void {
  beforeEach(async () => {
    scene.heard = [];
    scene.reply = () => ({});
    scene.time = NOON;
    scene.receiver = createServer((request, response) => void receive(request, response));
    await new Promise<void>((resolve) => scene.receiver.listen(0, '127.0.0.1', resolve));
    await start();
  });

  afterEach(async () => {
    await scene.double.close();
    scene.receiver.closeAllConnections();
    await new Promise((resolve) => scene.receiver.close(resolve));
  });
}
