import { describe, expect, test } from 'vitest';
import {
  ALICE,
  actions,
  button,
  call,
  everyTestItsOwnDouble,
  input,
  long,
  mrkdwn,
  option,
  plain,
  rich,
  richSection,
  scene,
  section,
  select,
  textInput,
  times,
} from './slack-scene.ts';

everyTestItsOwnDouble();

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
    [
      'an image without https',
      [{ type: 'image', image_url: 'http://a.b/c.png', alt_text: 'x' }],
      '/blocks/0/image_url',
    ],
    [
      'an image with a title of 2001',
      [{ type: 'image', image_url: 'https://a.b/c.png', alt_text: 'x', title: plain(long(2001)) }],
      '/blocks/0/title/text',
    ],
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
    expect(scene.double.messagesOf(ALICE)).toEqual([]);
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

  test('pictures may come from this machine itself without https', async () => {
    const blocks = [{ type: 'image', image_url: 'http://127.0.0.1:4000/chart.png', alt_text: 'A chart' }];
    expect(await call('chat.postMessage', { channel: ALICE, text: 'x', blocks })).toMatchObject({ ok: true });
  });

  test('blocks that are no array are refused as malformed', async () => {
    const answer = await call('chat.postMessage', { channel: ALICE, text: 'x', blocks: '{"blocks":[]}' });
    expect(answer.error).toBe('invalid_blocks_format');
  });
});
