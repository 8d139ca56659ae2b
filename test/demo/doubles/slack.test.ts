import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/slack/json.ts';
import { startSlackDouble } from '../../../src/demo/doubles/slack/slack-double.ts';
import type { SlackDouble, SlackDoubleOptions } from '../../../src/demo/doubles/slack/types.ts';

const TOKEN = 'xoxb-double';
const SECRET = 'a signing secret';
const ALICE = 'U0ALICE';
const BOB = 'U0BOB';

interface Reply {
  status?: number;
  body?: unknown;
  never?: true;
}
interface Heard {
  payload: JsonObject;
  genuine: boolean;
  request: IncomingMessage;
  body: string;
}

let time = Date.UTC(2026, 10, 22, 12);
let double: SlackDouble;
let receiver: Server;
let heard: Heard[] = [];
let reply: (heard: Heard) => Reply | Promise<Reply> = () => ({});

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
  heard.push(entry);
  const answer = entry.genuine ? await reply(entry) : { status: 401 };
  if (answer.never) return;
  const json = answer.body !== undefined && typeof answer.body !== 'string';
  response.writeHead(answer.status ?? 200, { 'content-type': json ? 'application/json' : 'text/plain' });
  response.end(json ? JSON.stringify(answer.body) : ((answer.body as string | undefined) ?? ''));
}

async function start(options: Partial<SlackDoubleOptions> = {}): Promise<SlackDouble> {
  await double?.close();
  const { port } = receiver.address() as AddressInfo;
  double = await startSlackDouble({
    botToken: TOKEN,
    signingSecret: SECRET,
    requestUrl: `http://127.0.0.1:${port}/slack/events`,
    now: () => time,
    ...options,
  });
  double.addUser({
    id: ALICE,
    name: 'alice',
    email: 'Alice@example.com',
    profileFields: { Xf1: { value: BOB } },
  });
  double.addUser({ id: BOB, name: 'bob' });
  double.addUser({ id: 'U0GONE', name: 'gone', email: 'gone@example.com', deleted: true });
  double.addUser({ id: 'U0GUEST', name: 'stranger', isStranger: true, teamId: 'T0OTHER' });
  double.addChannel({ id: 'C0OPS', name: 'ops' });
  double.addChannel({ id: 'C0OUT', name: 'out', isMember: false });
  double.addChannel({ id: 'C0OLD', name: 'old', isArchived: true });
  return double;
}

async function http(method: string, args: JsonObject, token: string | undefined = TOKEN): Promise<Response> {
  return fetch(`${double.url}${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(args),
  });
}

async function call(method: string, args: JsonObject, token?: string): Promise<JsonObject> {
  return (await (await http(method, args, token)).json()) as JsonObject;
}

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const long = (length: number) => 'x'.repeat(length);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const button = (more: JsonObject = {}) => ({ type: 'button', action_id: 'go', text: plain('Go'), ...more });
const actions = (...elements: unknown[]) => ({ type: 'actions', block_id: 'a', elements });
const section = (more: JsonObject = {}) => ({ type: 'section', text: mrkdwn('hello'), ...more });
const option = (value: string, more: JsonObject = {}) => ({ text: plain(value), value, ...more });
const select = (more: JsonObject = {}) => ({
  type: 'static_select',
  action_id: 'pick',
  options: [option('one'), option('two')],
  ...more,
});
const input = (element: unknown, more: JsonObject = {}) => ({
  type: 'input',
  label: plain('Label'),
  element,
  ...more,
});
const textInput = (more: JsonObject = {}) => ({ type: 'plain_text_input', action_id: 'text', ...more });
const rich = (...elements: unknown[]) => ({ type: 'rich_text', elements });
const richSection = (...elements: unknown[]) => ({ type: 'rich_text_section', elements });
const modal = (more: JsonObject = {}) => ({
  type: 'modal',
  title: plain('Title'),
  submit: plain('Send'),
  blocks: [] as unknown[],
  ...more,
});

beforeEach(async () => {
  heard = [];
  reply = () => ({});
  time = Date.UTC(2026, 10, 22, 12);
  receiver = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  await start();
});

afterEach(async () => {
  await double.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

describe('Block Kit limits in messages', () => {
  const refused: [string, unknown[], string][] = [
    ['51 blocks', times(51, () => ({ type: 'divider' })), '/blocks'],
    ['an unknown block', [{ type: 'nonsense' }], '/blocks/0/type'],
    ['a block without type', [{ text: plain('x') }], '/blocks/0'],
    ['an unknown member', [section({ colour: 'red' })], '/blocks/0'],
    ['a section without text or fields', [{ type: 'section' }], '/blocks/0'],
    ['empty text', [section({ text: mrkdwn('') })], '/blocks/0/text/text'],
    ['section text of 3001', [section({ text: mrkdwn(long(3001)) })], '/blocks/0/text/text'],
    ['11 fields', [section({ fields: times(11, () => mrkdwn('x')) })], '/blocks/0/fields'],
    ['a field of 2001', [section({ fields: [mrkdwn(long(2001))] })], '/blocks/0/fields/0/text'],
    ['a header of 151', [{ type: 'header', text: plain(long(151)) }], '/blocks/0/text/text'],
    ['a mrkdwn header', [{ type: 'header', text: mrkdwn('x') }], '/blocks/0/text/type'],
    ['emoji on mrkdwn', [section({ text: { ...mrkdwn('x'), emoji: true } })], '/blocks/0/text'],
    [
      '11 context elements',
      [{ type: 'context', elements: times(11, () => mrkdwn('x')) }],
      '/blocks/0/elements',
    ],
    ['an empty context', [{ type: 'context', elements: [] }], '/blocks/0/elements'],
    ['a button in a context', [{ type: 'context', elements: [button()] }], '/blocks/0/elements/0/type'],
    ['26 buttons', [actions(...times(26, (i) => button({ action_id: `b${i}` })))], '/blocks/0/elements'],
    ['no buttons', [actions()], '/blocks/0/elements'],
    ['a text input among actions', [actions(textInput())], '/blocks/0/elements/0/type'],
    ['button text of 76', [actions(button({ text: plain(long(76)) }))], '/blocks/0/elements/0/text/text'],
    ['mrkdwn button text', [actions(button({ text: mrkdwn('x') }))], '/blocks/0/elements/0/text/type'],
    ['button without text', [actions({ type: 'button' })], '/blocks/0/elements/0'],
    ['button value of 2001', [actions(button({ value: long(2001) }))], '/blocks/0/elements/0/value'],
    [
      'button url of 3001',
      [actions(button({ url: `https://a.b/${long(3000)}` }))],
      '/blocks/0/elements/0/url',
    ],
    ['a url that is none', [actions(button({ url: 'pipeline' }))], '/blocks/0/elements/0/url'],
    ['a javascript url', [actions(button({ url: 'javascript:alert(1)' }))], '/blocks/0/elements/0/url'],
    ['an unknown style', [actions(button({ style: 'default' }))], '/blocks/0/elements/0/style'],
    [
      'accessibility_label of 76',
      [actions(button({ accessibility_label: long(76) }))],
      '/blocks/0/elements/0/accessibility_label',
    ],
    ['action_id of 256', [actions(button({ action_id: long(256) }))], '/blocks/0/elements/0/action_id'],
    ['a repeated action_id', [actions(button(), button())], '/blocks/0'],
    ['block_id of 256', [{ type: 'divider', block_id: long(256) }], '/blocks/0/block_id'],
    ['a repeated block_id', times(2, () => ({ type: 'divider', block_id: 'd' })), '/blocks/1/block_id'],
    [
      'confirm without text',
      [actions(button({ confirm: { title: plain('Sure?') } }))],
      '/blocks/0/elements/0/confirm',
    ],
    [
      'confirm title of 101',
      [actions(button({ confirm: { title: plain(long(101)), text: plain('x') } }))],
      '/blocks/0/elements/0/confirm/title/text',
    ],
    [
      'confirm text of 301',
      [actions(button({ confirm: { text: plain(long(301)) } }))],
      '/blocks/0/elements/0/confirm/text/text',
    ],
    [
      'confirm button of 31',
      [actions(button({ confirm: { text: plain('x'), deny: plain(long(31)) } }))],
      '/blocks/0/elements/0/confirm/deny/text',
    ],
    ['a select without options', [actions(select({ options: undefined }))], '/blocks/0/elements/0'],
    ['a select with empty options', [actions(select({ options: [] }))], '/blocks/0/elements/0/options'],
    [
      '101 options',
      [actions(select({ options: times(101, (i) => option(`${i}`)) }))],
      '/blocks/0/elements/0/options',
    ],
    [
      'options and groups',
      [actions(select({ option_groups: [{ label: plain('g'), options: [option('x')] }] }))],
      '/blocks/0/elements/0',
    ],
    [
      '101 groups',
      [
        actions({
          type: 'static_select',
          option_groups: times(101, () => ({ label: plain('g'), options: [option('x')] })),
        }),
      ],
      '/blocks/0/elements/0/option_groups',
    ],
    [
      'option text of 76',
      [actions(select({ options: [{ text: plain(long(76)), value: 'x' }] }))],
      '/blocks/0/elements/0/options/0/text/text',
    ],
    [
      'option value of 76',
      [actions(select({ options: [{ text: plain('x'), value: long(76) }] }))],
      '/blocks/0/elements/0/options/0/value',
    ],
    [
      'an option without value',
      [actions(select({ options: [{ text: plain('x') }] }))],
      '/blocks/0/elements/0/options/0',
    ],
    [
      'option description of 76',
      [actions(select({ options: [option('x', { description: plain(long(76)) })] }))],
      '/blocks/0/elements/0/options/0/description/text',
    ],
    [
      'a url on a select option',
      [actions(select({ options: [option('x', { url: '' })] }))],
      '/blocks/0/elements/0/options/0',
    ],
    [
      'mrkdwn in a select option',
      [actions(select({ options: [{ text: mrkdwn('x'), value: 'x' }] }))],
      '/blocks/0/elements/0/options/0/text/type',
    ],
    [
      'two options of one value',
      [actions(select({ options: [option('x'), option('x')] }))],
      '/blocks/0/elements/0/options/1',
    ],
    [
      'initial_option not among options',
      [actions(select({ initial_option: option('three') }))],
      '/blocks/0/elements/0/initial_option',
    ],
    [
      'initial_option of another text',
      [actions(select({ initial_option: { text: plain('One'), value: 'one' } }))],
      '/blocks/0/elements/0/initial_option',
    ],
    [
      'placeholder of 151',
      [actions(select({ placeholder: plain(long(151)) }))],
      '/blocks/0/elements/0/placeholder/text',
    ],
    [
      '11 checkboxes',
      [actions({ type: 'checkboxes', options: times(11, (i) => option(`${i}`)) })],
      '/blocks/0/elements/0/options',
    ],
    [
      '11 radio buttons',
      [actions({ type: 'radio_buttons', options: times(11, (i) => option(`${i}`)) })],
      '/blocks/0/elements/0/options',
    ],
    [
      '6 overflow options',
      [section({ accessory: { type: 'overflow', options: times(6, (i) => option(`${i}`)) } })],
      '/blocks/0/accessory/options',
    ],
    [
      'a datetimepicker as accessory',
      [section({ accessory: { type: 'datetimepicker' } })],
      '/blocks/0/accessory/type',
    ],
    [
      'milliseconds in a datetimepicker',
      [actions({ type: 'datetimepicker', initial_date_time: 1_700_000_000_000 })],
      '/blocks/0/elements/0/initial_date_time',
    ],
    ['an image without alt_text', [{ type: 'image', image_url: 'https://a.b/c.png' }], '/blocks/0'],
    ['an image without source', [{ type: 'image', alt_text: 'x' }], '/blocks/0'],
    [
      'alt_text of 2001',
      [{ type: 'image', image_url: 'https://a.b/c.png', alt_text: long(2001) }],
      '/blocks/0/alt_text',
    ],
    ['markdown of 12001 in two blocks', times(2, () => ({ type: 'markdown', text: long(6001) })), '/blocks'],
    ['two tables', times(2, () => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] })), '/blocks'],
    [
      '101 table rows',
      [{ type: 'table', rows: times(101, () => [{ type: 'raw_text', text: 'x' }]) }],
      '/blocks/0/rows',
    ],
    ['a card title of 151', [{ type: 'card', title: mrkdwn(long(151)) }], '/blocks/0/title/text'],
    ['a card of nothing', [{ type: 'card' }], '/blocks/0'],
    ['a file_input in a message', [input({ type: 'file_input' })], '/blocks/0/element/type'],
    ['rich_text without elements', [{ type: 'rich_text' }], '/blocks/0'],
    ['a bare text in rich_text', [rich({ type: 'text', text: 'x' })], '/blocks/0/elements/0/type'],
    [
      'an empty rich text',
      [rich(richSection({ type: 'text', text: '' }))],
      '/blocks/0/elements/0/elements/0/text',
    ],
    ['an unknown rich element', [rich(richSection({ type: 'b' }))], '/blocks/0/elements/0/elements/0/type'],
    [
      'an unknown rich style',
      [rich(richSection({ type: 'text', text: 'x', style: { blink: true } }))],
      '/blocks/0/elements/0/elements/0/style',
    ],
    [
      'a rich user who is none',
      [rich(richSection({ type: 'user', user_id: 'alice' }))],
      '/blocks/0/elements/0/elements/0/user_id',
    ],
    [
      'a rich date without format',
      [rich(richSection({ type: 'date', timestamp: 1 }))],
      '/blocks/0/elements/0/elements/0',
    ],
    [
      'a rich list of texts',
      [rich({ type: 'rich_text_list', style: 'bullet', elements: [{ type: 'text', text: 'x' }] })],
      '/blocks/0/elements/0/elements/0/type',
    ],
    [
      'a rich list without style',
      [rich({ type: 'rich_text_list', elements: [richSection({ type: 'text', text: 'x' })] })],
      '/blocks/0/elements/0',
    ],
    [
      'a user inside preformatted',
      [rich({ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: ALICE }] })],
      '/blocks/0/elements/0/elements/0/type',
    ],
  ];

  test.each(refused)('%s is refused', async (_name, blocks, pointer) => {
    const answer = await call('chat.postMessage', { channel: ALICE, text: 'x', blocks });
    expect(answer.error).toBe('invalid_blocks');
    const { messages } = answer.response_metadata as { messages: string[] };
    expect(messages.join('\n')).toContain(`[json-pointer:${pointer}]`);
    expect(double.messagesOf(ALICE)).toEqual([]);
  });

  test('everything at its limit is accepted', async () => {
    const blocks = [
      { type: 'header', text: plain(long(150)) },
      section({ text: mrkdwn(`${long(2999)}😀`), fields: times(10, () => mrkdwn(long(2000))), expand: true }),
      { type: 'context', elements: times(10, () => mrkdwn('x')) },
      actions(
        ...times(24, (i) =>
          button({ action_id: `b${i}`, style: 'danger', value: long(2000), url: 'https://a.b/' }),
        ),
        select({ initial_option: option('two'), options: [option('one'), option('two')] }),
      ),
      rich(
        richSection(
          { type: 'text', text: 'a', style: { bold: true } },
          { type: 'link', url: 'https://a.b/', text: 'b' },
          { type: 'user', user_id: ALICE },
          { type: 'date', timestamp: 1_700_000_000, format: '{date_short} at {time}', fallback: 'then' },
          { type: 'emoji', name: 'tada' },
          { type: 'channel', channel_id: 'C0OPS' },
        ),
        {
          type: 'rich_text_list',
          style: 'ordered',
          indent: 8,
          elements: [richSection({ type: 'text', text: 'x' })],
        },
        { type: 'rich_text_quote', elements: [{ type: 'text', text: 'x' }] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'x' }], border: 1 },
      ),
      { type: 'alert', text: mrkdwn('x'), level: 'warning' },
      { type: 'markdown', text: long(12_000) },
      ...times(43, () => ({ type: 'divider' })),
    ];
    expect(await call('chat.postMessage', { channel: ALICE, blocks })).toMatchObject({ ok: true });
  });

  test('blocks that are no array are refused as malformed', async () => {
    const answer = await call('chat.postMessage', { channel: ALICE, text: 'x', blocks: '{"blocks":[]}' });
    expect(answer.error).toBe('invalid_blocks_format');
  });
});

describe('views', () => {
  const refused: [string, unknown, string][] = [
    ['a modal without title', { type: 'modal', blocks: [] }, '/view'],
    ['a title of 25', modal({ title: plain(long(25)) }), '/view/title/text'],
    ['a submit of 25', modal({ submit: plain(long(25)) }), '/view/submit/text'],
    ['a close of 25', modal({ close: plain(long(25)) }), '/view/close/text'],
    ['a mrkdwn title', modal({ title: mrkdwn('x') }), '/view/title/type'],
    ['inputs without submit', modal({ submit: undefined, blocks: [input(textInput())] }), '/view'],
    ['101 blocks', modal({ blocks: times(101, () => ({ type: 'divider' })) }), '/view/blocks'],
    ['private_metadata of 3001', modal({ private_metadata: long(3001) }), '/view/private_metadata'],
    ['callback_id of 256', modal({ callback_id: long(256) }), '/view/callback_id'],
    ['an unknown member', modal({ state: {} }), '/view'],
    ['a markdown block', modal({ blocks: [{ type: 'markdown', text: 'x' }] }), '/view/blocks/0/type'],
    ['a home for a modal', { type: 'home', blocks: [] }, '/view/type'],
    [
      'a label of 2001',
      modal({ blocks: [input(textInput(), { label: plain(long(2001)) })] }),
      '/view/blocks/0/label/text',
    ],
    [
      'a hint of 2001',
      modal({ blocks: [input(textInput(), { hint: plain(long(2001)) })] }),
      '/view/blocks/0/hint/text',
    ],
    [
      'a mrkdwn label',
      modal({ blocks: [input(textInput(), { label: mrkdwn('x') })] }),
      '/view/blocks/0/label/type',
    ],
    [
      'an input without label',
      modal({ blocks: [{ type: 'input', element: textInput() }] }),
      '/view/blocks/0',
    ],
    ['a button as input', modal({ blocks: [input(button())] }), '/view/blocks/0/element/type'],
    [
      'max_length of 3001',
      modal({ blocks: [input(textInput({ max_length: 3001 }))] }),
      '/view/blocks/0/element/max_length',
    ],
    [
      'min_length above max_length',
      modal({ blocks: [input(textInput({ min_length: 5, max_length: 4 }))] }),
      '/view/blocks/0/element/min_length',
    ],
    [
      'an initial value beyond max_length',
      modal({ blocks: [input(textInput({ max_length: 2, initial_value: 'abc' }))] }),
      '/view/blocks/0/element/initial_value',
    ],
    [
      'a number_input without is_decimal_allowed',
      modal({ blocks: [input({ type: 'number_input' })] }),
      '/view/blocks/0/element',
    ],
    [
      'a number given as number',
      modal({ blocks: [input({ type: 'number_input', is_decimal_allowed: false, initial_value: 3 })] }),
      '/view/blocks/0/element/initial_value',
    ],
    [
      'two focused inputs',
      modal({ blocks: times(2, () => input(textInput({ focus_on_load: true }))) }),
      '/view/blocks',
    ],
    [
      '11 files',
      modal({ blocks: [input({ type: 'file_input', max_files: 11 })] }),
      '/view/blocks/0/element/max_files',
    ],
  ];

  async function triggerOf(user = ALICE): Promise<string> {
    return (await double.slashCommand(user, '/approvals', '')).triggerId ?? '';
  }

  test.each(refused)('%s is refused', async (_name, view, pointer) => {
    const answer = await call('views.open', { trigger_id: await triggerOf(), view });
    expect(answer.error).toBe('invalid_arguments');
    const { messages } = answer.response_metadata as { messages: string[] };
    expect(messages.join('\n')).toContain(`[json-pointer:${pointer}]`);
    expect(double.openViewOf(ALICE)).toBeUndefined();
  });

  test('a view beyond 250 KB is too large', async () => {
    const view = modal({ blocks: times(100, () => section({ text: mrkdwn(long(2900)) })) });
    expect(await call('views.open', { trigger_id: await triggerOf(), view })).toMatchObject({
      error: 'view_too_large',
    });
  });

  test('a trigger works once, and only for three seconds', async () => {
    const first = await triggerOf();
    time += 3_000;
    expect(await call('views.open', { trigger_id: first, view: modal() })).toMatchObject({ ok: true });
    expect(await call('views.open', { trigger_id: first, view: modal() })).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    const late = await triggerOf();
    time += 3_001;
    expect(await call('views.open', { trigger_id: late, view: modal() })).toMatchObject({
      error: 'expired_trigger_id',
    });
    expect(await call('views.open', { trigger_id: 'x', view: modal() })).toMatchObject({
      error: 'invalid_trigger_id',
    });
  });

  test('at most three modals lie on each other', async () => {
    const blocks = [actions(button())];
    await call('views.open', { trigger_id: await triggerOf(), view: modal({ blocks }) });
    const pushed: unknown[] = [];
    for (const _ of times(3, () => 0)) {
      const top = double.openViewOf(ALICE)?.id ?? '';
      const { triggerId } = await double.clickInView(ALICE, top, 'go');
      const answer = await call('views.push', { trigger_id: triggerId, view: modal({ blocks }) });
      pushed.push(answer.error ?? 'ok');
    }
    expect(pushed).toEqual(['ok', 'ok', 'push_limit_reached']);
    const [root, , top] = double.viewsOf(ALICE);
    expect(top).toMatchObject({ rootViewId: root?.id, previousViewId: double.viewsOf(ALICE)[1]?.id });
  });

  test('update keeps what was entered while ids stay, and guards by hash', async () => {
    const fields = [input(textInput(), { block_id: 'kept' }), input(textInput(), { block_id: 'dropped' })];
    const opened = await call('views.open', {
      trigger_id: await triggerOf(),
      view: modal({ blocks: fields }),
    });
    const { id, hash } = opened.view as { id: string; hash: string };
    double.enter(ALICE, id, { kept: 'my words', dropped: 'lost words' });
    const view = modal({
      blocks: [input(textInput(), { block_id: 'kept' }), input(textInput(), { block_id: 'new' })],
    });
    expect(await call('views.update', { view_id: id, hash: 'old', view })).toMatchObject({
      error: 'hash_conflict',
    });
    expect(await call('views.update', { view_id: id, hash, view })).toMatchObject({
      ok: true,
      view: { state: { values: { kept: { text: { value: 'my words' } }, new: { text: { value: null } } } } },
    });
    expect(await call('views.update', { view_id: id, hash, view })).toMatchObject({ error: 'hash_conflict' });
    await double.closeView(ALICE, id);
    expect(await call('views.update', { view_id: id, view })).toMatchObject({ error: 'not_found' });
  });

  test('external_id is unique', async () => {
    const view = modal({ external_id: 'one' });
    await call('views.open', { trigger_id: await triggerOf(), view });
    const second = await call('views.open', { trigger_id: await triggerOf(BOB), view });
    expect(second.error).toBe('duplicate_external_id');
    expect(await call('views.update', { external_id: 'one', view })).toMatchObject({ ok: true });
  });

  test('the Home tab is published, opened and guarded by hash', async () => {
    const home = { type: 'home', blocks: [section(), actions(button({ value: 'r1' }))] };
    const published = await call('views.publish', { user_id: ALICE, view: home });
    expect(await call('views.publish', { user_id: ALICE, view: home, hash: 'old' })).toMatchObject({
      error: 'hash_conflict',
    });
    await double.openHome(ALICE);
    expect(heard.at(-1)?.payload).toMatchObject({
      type: 'event_callback',
      event: { type: 'app_home_opened', user: ALICE, tab: 'home', view: { type: 'home' } },
    });
    const { id } = published.view as { id: string };
    expect(double.homeOf(ALICE)?.id).toBe(id);
    const click = await double.clickInView(ALICE, id, 'go');
    expect(heard.at(-1)?.payload).toMatchObject({
      container: { type: 'view', view_id: id },
      actions: [{ value: 'r1' }],
    });
    expect(await call('views.open', { trigger_id: click.triggerId, view: modal() })).toMatchObject({
      ok: true,
    });
  });

  describe('submitting', () => {
    const everything = [
      input(textInput(), { block_id: 'reason', label: plain('Reason') }),
      input(select({ initial_option: option('two') }), { block_id: 'env' }),
      input(
        { type: 'multi_static_select', action_id: 'm', options: [option('a'), option('b')] },
        { block_id: 'many' },
      ),
      input(
        { type: 'checkboxes', action_id: 'c', options: [option('yes')] },
        { block_id: 'box', optional: true },
      ),
      input(
        { type: 'radio_buttons', action_id: 'r', options: [option('on'), option('off')] },
        { block_id: 'radio' },
      ),
      input(
        { type: 'number_input', action_id: 'n', is_decimal_allowed: false, max_value: '9' },
        { block_id: 'number' },
      ),
      input({ type: 'datepicker', action_id: 'd' }, { block_id: 'day', optional: true }),
      input({ type: 'datetimepicker', action_id: 'dt' }, { block_id: 'at', optional: true }),
      input({ type: 'users_select', action_id: 'u', initial_user: BOB }, { block_id: 'who', optional: true }),
      input(textInput({ initial_value: 'before' }), { block_id: 'note', optional: true }),
    ];
    const filled = { Reason: 'because', many: ['a', 'b'], radio: 'off', number: '7' };

    async function openModal(more: JsonObject = {}): Promise<string> {
      const view = modal({ blocks: everything, callback_id: 'cb', private_metadata: 'pm', ...more });
      const answer = await call('views.open', { trigger_id: await triggerOf(), view });
      expect(answer).toMatchObject({ ok: true });
      return (answer.view as { id: string }).id;
    }

    test('carries every value in its true shape, and an empty ack closes', async () => {
      const id = await openModal();
      const result = await double.submitView(ALICE, id, filled);
      expect(result).toMatchObject({ sent: true, ackStatus: 200, responseAction: 'close' });
      expect(result.viewAfter).toBeUndefined();
      expect(heard.at(-1)).toMatchObject({
        genuine: true,
        payload: {
          type: 'view_submission',
          user: { id: ALICE },
          view: { id, callback_id: 'cb', private_metadata: 'pm' },
        },
      });
      const view = heard.at(-1)?.payload.view as { state: { values: JsonObject } };
      expect(view.state.values).toEqual({
        reason: { text: { type: 'plain_text_input', value: 'because' } },
        env: { pick: { type: 'static_select', selected_option: option('two') } },
        many: { m: { type: 'multi_static_select', selected_options: [option('a'), option('b')] } },
        box: { c: { type: 'checkboxes', selected_options: [] } },
        radio: { r: { type: 'radio_buttons', selected_option: option('off') } },
        number: { n: { type: 'number_input', value: '7' } },
        day: { d: { type: 'datepicker', selected_date: null } },
        at: { dt: { type: 'datetimepicker', selected_date_time: null } },
        who: { u: { type: 'users_select', selected_user: BOB } },
        note: { text: { type: 'plain_text_input', value: 'before' } },
      });
    });

    test('is stopped by the client while required inputs are empty or wrong', async () => {
      const id = await openModal();
      const sentBefore = heard.length;
      const result = await double.submitView(ALICE, id, { ...filled, Reason: '', number: '10' });
      expect(result).toMatchObject({
        sent: false,
        errors: { reason: expect.any(String), number: expect.any(String) },
      });
      expect(heard).toHaveLength(sentBefore);
    });

    test('shows errors of input blocks, and distrusts errors of anything else', async () => {
      const id = await openModal();
      reply = () => ({ body: { response_action: 'errors', errors: { reason: 'too short' } } });
      expect(await double.submitView(ALICE, id, filled)).toMatchObject({ errors: { reason: 'too short' } });
      expect(double.openViewOf(ALICE)?.shownErrors).toEqual({ reason: 'too short' });
      reply = () => ({ body: { response_action: 'errors', errors: { text: 'no such block' } } });
      const result = await double.submitView(ALICE, id, {});
      expect(result.warning).toContain('no input block');
      expect(result.viewAfter?.id).toBe(id);
    });

    test('updates, pushes, clears, and refuses a bad view', async () => {
      const id = await openModal();
      reply = () => ({ body: { response_action: 'update', view: modal({ title: plain(long(25)) }) } });
      expect((await double.submitView(ALICE, id, filled)).warning).toContain('/view/title/text');
      reply = () => ({ body: { response_action: 'update', view: modal({ title: plain('Sending') }) } });
      expect(await double.submitView(ALICE, id, {})).toMatchObject({
        viewAfter: { id, title: plain('Sending') },
      });
      reply = () => ({ body: { response_action: 'push', view: modal({ title: plain('Sure?') }) } });
      const pushed = await double.submitView(ALICE, id, {});
      expect(pushed.viewAfter).toMatchObject({ previousViewId: id, title: plain('Sure?') });
      await expect(double.submitView(ALICE, id, {})).rejects.toThrow('in front of them');
      reply = () => ({ body: { response_action: 'clear' } });
      const cleared = await double.submitView(ALICE, pushed.viewAfter?.id ?? '', {});
      expect(cleared).toMatchObject({ responseAction: 'clear' });
      expect(double.viewsOf(ALICE)).toEqual([]);
    });

    test('keeps the modal and warns when the ack is not 2xx', async () => {
      const id = await openModal();
      reply = () => ({ status: 500 });
      const result = await double.submitView(ALICE, id, filled);
      expect(result.warning).toContain('trouble connecting');
      expect(result.viewAfter?.id).toBe(id);
    });

    test('closing tells the bot only with notify_on_close', async () => {
      await double.closeView(ALICE, await openModal());
      expect(heard.map(({ payload }) => payload.type)).not.toContain('view_closed');
      await double.closeView(ALICE, await openModal({ notify_on_close: true }));
      expect(heard.at(-1)?.payload).toMatchObject({ type: 'view_closed', is_cleared: false });
      expect(double.openViewOf(ALICE)).toBeUndefined();
    });
  });
});

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
    const result = await double.click(ALICE, { ...at, actionId: 'go' });
    expect(result).toMatchObject({ sent: true, ackStatus: 200 });
    expect(result.warning).toBeUndefined();
    expect(result.ackMs).toBeGreaterThan(0);
    expect(heard[0]).toMatchObject({
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
    await double.click(ALICE, { ...(await post()), actionId: 'more', value: 'later' });
    expect(heard[0]?.payload.actions).toMatchObject([{ type: 'overflow', selected_option: option('later') }]);
  });

  test('are impossible on what the person does not see, unless forged', async () => {
    const at = await post();
    await expect(double.click(BOB, { ...at, actionId: 'go' })).rejects.toThrow('sees no message');
    await expect(double.click(ALICE, { ...at, actionId: 'reject' })).rejects.toThrow('shows no');
    await expect(double.click(ALICE, { ...at, actionId: 'go', value: 'request-2' })).rejects.toThrow(
      'cannot change',
    );
    await expect(double.click('U0GONE', { ...at, actionId: 'go' })).rejects.toThrow('has left');
    await double.click(BOB, { ...at, actionId: 'go', value: 'request-2', forge: true });
    expect(heard[0]?.payload).toMatchObject({ user: { id: BOB }, actions: [{ value: 'request-2' }] });
  });

  test('on a button that is gone are possible for a slow client', async () => {
    const at = await post();
    await call('chat.update', { ...at, text: 'decided' });
    await expect(double.click(ALICE, { ...at, actionId: 'go' })).rejects.toThrow('shows no');
    await double.click(ALICE, { ...at, actionId: 'go', forge: true });
    expect(heard[0]?.payload.actions).toMatchObject([{ value: 'request-1' }]);
  });

  test('ask for confirmation where the button does', async () => {
    const at = await post({ blocks: card({ text: plain('Sure?') }) });
    expect(await double.click(ALICE, { ...at, actionId: 'go', confirm: false })).toEqual({
      sent: false,
      cancelled: true,
    });
    expect(heard).toEqual([]);
    expect(await double.click(ALICE, { ...at, actionId: 'go', confirm: true })).toMatchObject({ sent: true });
  });

  test('come from another team in a shared channel', async () => {
    const at = await post({ channel: 'C0OPS' });
    await double.click('U0GUEST', { ...at, actionId: 'go' });
    expect(heard[0]?.payload).toMatchObject({ user: { team_id: 'T0OTHER' }, team: { id: 'T0DOUBLE' } });
  });

  test('warn the person when no ack, a late ack or a bad ack comes', async () => {
    await start({ ackTimeoutMs: 30 });
    const at = await post();
    reply = () => ({ never: true });
    expect((await double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain('operation_timeout');
    reply = () => ({ status: 404 });
    expect((await double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain('http_404');
    double.requestUrl = 'http://127.0.0.1:1/';
    expect((await double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain('dispatch_failed');
    double.requestUrl = undefined;
    expect((await double.click(ALICE, { ...at, actionId: 'go' })).warning).toContain('dispatch_failed');
  });

  test('can be forged, aged and replayed', async () => {
    const at = await post();
    const payload = double.clickPayload(ALICE, { ...at, actionId: 'go' });
    expect((await double.sendRaw({ payload, secret: 'wrong' })).status).toBe(401);
    expect((await double.sendRaw({ payload, signature: null })).status).toBe(401);
    const old = await double.sendRaw({ payload, timestamp: 1 });
    expect(old).toMatchObject({ status: 200, headers: { 'x-slack-request-timestamp': '1' } });
    await double.sendRaw({ payload: { ...payload, team: { id: 'T0EVIL', domain: 'evil' } } });
    expect(heard.at(-1)).toMatchObject({ genuine: true, payload: { team: { id: 'T0EVIL' } } });
    await double.sendRaw({ replayOf: old });
    expect(heard.at(-1)?.body).toBe(old.body);
    expect(heard.at(-1)?.request.headers['x-slack-signature']).toBe(old.headers['x-slack-signature']);
  });

  test('give a response_url that works five times within half an hour', async () => {
    const at = await post({ channel: 'C0OPS' });
    const respond = (url: string | undefined, body: JsonObject) =>
      fetch(url ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const { responseUrl } = await double.click(ALICE, { ...at, actionId: 'go' });
    const answers = [];
    for (const text of ['1', '2', '3', '4', '5', '6'])
      answers.push((await respond(responseUrl, { text })).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 404]);
    expect(double.messagesOf(ALICE).map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5']);
    expect(double.messagesOf(BOB)).toEqual([]);

    const second = await double.click(ALICE, { ...at, actionId: 'go' });
    expect((await respond(second.responseUrl, { text: '', blocks: [{ type: 'nonsense' }] })).status).toBe(
      400,
    );
    await respond(second.responseUrl, { text: 'replaced', replace_original: true });
    expect(double.message(at.channel, at.ts)).toMatchObject({
      text: 'replaced',
      blocks: [],
      edits: [{ text: 'x' }],
    });
    time += 30 * 60_000 + 1;
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
    expect(double.messagesOf(ALICE)).toHaveLength(1);
    expect(double.messagesOf(BOB)).toHaveLength(0);
    expect(double.messagesOf('C0OPS')).toHaveLength(0);
    expect(double.messagesOf('C0OPS', { as: ALICE })).toHaveLength(1);
    await expect(double.click(BOB, { ...at, actionId: 'go' })).rejects.toThrow('sees no message');
    await double.click(ALICE, { ...at, actionId: 'go' });
    expect(heard[0]?.payload).toMatchObject({ container: { is_ephemeral: true } });
    expect(heard[0]?.payload.message).toBeUndefined();
    expect(await call('chat.update', { ...at, text: 'y' })).toMatchObject({ error: 'message_not_found' });
  });
});

describe('slash commands and events', () => {
  test('a command is form-encoded, escaped, and its ack is shown to one person', async () => {
    reply = () => ({ body: { response_type: 'ephemeral', text: 'You have nothing to do' } });
    const result = await double.slashCommand(ALICE, '/approvals', 'delegate @bob in #ops', 'C0OPS');
    expect(heard[0]).toMatchObject({
      genuine: true,
      payload: {
        command: '/approvals',
        text: 'delegate <@U0BOB|bob> in <#C0OPS|ops>',
        user_id: ALICE,
        channel_id: 'C0OPS',
      },
    });
    expect(result.reply).toMatchObject({ text: 'You have nothing to do', visibleTo: ALICE });
  });

  test('a command whose ack is wrong shows an error', async () => {
    reply = () => ({ status: 503 });
    expect((await double.slashCommand(ALICE, '/approvals', '')).warning).toContain('/approvals failed');
    reply = () => ({ body: { blocks: [{ type: 'nonsense' }] } });
    expect((await double.slashCommand(ALICE, '/approvals', '')).warning).toContain('invalid_blocks');
  });

  test('an event is JSON, signed, and carries its retry headers', async () => {
    await double.sendEvent({ type: 'tokens_revoked' }, { num: 1, reason: 'http_timeout' });
    expect(heard[0]).toMatchObject({
      genuine: true,
      payload: { team_id: 'T0DOUBLE', event: { type: 'tokens_revoked' } },
    });
    expect(heard[0]?.request.headers).toMatchObject({
      'content-type': 'application/json',
      'x-slack-retry-num': '1',
      'x-slack-retry-reason': 'http_timeout',
    });
  });
});

describe('the Web API', () => {
  test('serves the official client', async () => {
    const client = new WebClient(TOKEN, { slackApiUrl: double.url, retryConfig: { retries: 0 } });
    const identity = await client.auth.test();
    expect(identity).toMatchObject({ user_id: double.botUserId, team_id: 'T0DOUBLE' });
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
    expect(double.message(at.channel, at.ts)).toMatchObject({
      text: 'done',
      blocks: [],
      metadata,
      editedMark: true,
    });
    await client.chat.delete(at);
    expect((await client.conversations.history(read)).messages).toEqual([]);
    expect(double.calls.map(({ method }) => method)).toContain('chat.delete');
    expect(JSON.stringify(double.calls)).not.toContain(TOKEN);
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
    const bare = await fetch(`${double.url}auth.test`, { method: 'POST' });
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
    expect(double.messagesOf(ALICE)[0]?.text).toHaveLength(40_000);
    expect(await call('chat.update', { ...at, text: long(4_001) })).toMatchObject({ error: 'msg_too_long' });
    expect(await call('chat.update', { ...at, text: long(4_000) })).toMatchObject({ ok: true });
  });

  test('knows people, managers and guests', async () => {
    double.defineProfileField({ id: 'Xf1', label: 'Manager', type: 'user' });
    double.defineProfileField({ id: 'Xf2', label: 'Reports', type: 'user', isInverse: true });
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
    double.updateUser(BOB, { deleted: true });
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
    const channel = double.dmOf(ALICE);
    const first = await call('conversations.history', { channel, limit: 2 });
    expect(first).toMatchObject({ has_more: true, messages: [{ text: '3' }, { text: '2' }] });
    const { next_cursor: cursor } = first.response_metadata as { next_cursor: string };
    expect(await call('conversations.history', { channel, limit: 2, cursor })).toMatchObject({
      has_more: false,
      messages: [{ text: '1' }],
    });
    const [, second] = double.messagesOf(ALICE);
    expect((await call('conversations.history', { channel, oldest: second?.ts })).messages).toMatchObject([
      { text: '3' },
    ]);
  });

  test('validates blocks without a token', async () => {
    const ask = async (args: JsonObject) => {
      const body = JSON.stringify(args);
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      return (await fetch(`${double.url}blocks.validate`, { method: 'POST', headers, body })).json();
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
    const leave = double.onChange(({ kind }) => kinds.push(kind));
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
    const limited = await post(double.dmOf(ALICE));
    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe('1');
    expect(await limited.json()).toEqual({ ok: false, error: 'ratelimited' });
    time += 1_000;
    expect((await post(ALICE)).status).toBe(200);
  });

  test('hold methods to their tier and forgive after a minute', async () => {
    await start({ rateLimits: true });
    const ask = async () => (await http('conversations.open', { users: ALICE })).status;
    for (const _ of times(50, () => 0)) expect(await ask()).toBe(200);
    time += 20_000;
    const limited = await http('conversations.open', { users: ALICE });
    expect(limited.headers.get('retry-after')).toBe('40');
    time += 40_000;
    expect(await ask()).toBe(200);
  });
});

describe('faults', () => {
  const post = () => http('chat.postMessage', { channel: ALICE, text: 'x' });

  test('before: nothing was done', async () => {
    const fault = double.addFault({ method: 'chat.postMessage', status: 503, times: 2 });
    expect((await http('auth.test', {})).status).toBe(200);
    expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([503, 503, 200]);
    expect(fault).toMatchObject({ hits: 2, remaining: 0 });
    expect(double.messagesOf(ALICE)).toHaveLength(1);
  });

  test('after: it was done, and the answer lost', async () => {
    double.addFault({ method: 'chat.postMessage', connection: 'reset', when: 'after' });
    await expect(post()).rejects.toThrow();
    expect(double.messagesOf(ALICE)).toHaveLength(1);
    expect(double.calls.at(-1)).toMatchObject({ performed: true, answered: 'reset' });
  });

  test('can be a Slack error or a 429 for one person only', async () => {
    double.addFault({ user: BOB, status: 429, retryAfter: 7 });
    expect((await post()).status).toBe(200);
    const limited = await http('chat.postMessage', { channel: double.dmOf(BOB), text: 'x' });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    double.addFault({ channel: 'C0OPS', slackError: 'is_archived' });
    expect(await call('chat.postMessage', { channel: 'C0OPS', text: 'x' })).toMatchObject({
      error: 'is_archived',
    });
  });

  test('hang until cleared', async () => {
    double.addFault({ connection: 'hang', times: Number.POSITIVE_INFINITY });
    const called = new Promise<void>((resolve) =>
      double.onChange(({ kind }) => kind === 'call' && resolve()),
    );
    const pending = post();
    const failed = expect(pending).rejects.toThrow();
    await called;
    double.clearFaults();
    await failed;
    expect((await post()).status).toBe(200);
    expect(double.messagesOf(ALICE)).toHaveLength(1);
  });

  test('strike response_url too', async () => {
    double.addFault({ method: 'response_url', status: 500 });
    const { responseUrl } = await double.slashCommand(ALICE, '/approvals', '');
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"x"}' };
    expect((await fetch(responseUrl ?? '', options)).status).toBe(500);
    expect((await fetch(responseUrl ?? '', options)).status).toBe(200);
  });
});
