import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CardLine, strong, text } from '../../src/approval/card.ts';
import type { Page, PageAction, PageItem, PageSection } from '../../src/approval/page.ts';
import { problemsOfMessageBlocks, problemsOfView } from '../../src/demo/doubles/slack/check-view.ts';
import { assertBlocks, assertView } from '../../src/slack/assert-blocks.ts';
import { COUNT, jsonBytes, SIZE } from '../../src/slack/limits.ts';
import { homeView, pageMessage, pageModal } from '../../src/slack/page-blocks.ts';
import { readButton, readButtonValue, readTurnValue } from '../../src/slack/payloads.ts';
import { rounds } from '../faults/rounds.ts';
import { NOW } from './samples.ts';

type Json = Record<string, unknown>;

function objectsWithin(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsWithin);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsWithin)];
}

function buttonsIn(value: unknown): Json[] {
  return objectsWithin(value).filter((one) => one.type === 'button');
}

function wordsIn(value: unknown): string[] {
  return objectsWithin(value).flatMap((one) => (typeof one.text === 'string' ? [one.text] : []));
}

const typesOf = (blocks: readonly { type: string }[]) => blocks.map((block) => block.type);

/** The page on all three surfaces, each checked by our own limits and by the double's. */
function drawn(page: Page) {
  const message = pageMessage(page);
  assertBlocks(message.blocks);
  expect(problemsOfMessageBlocks(JSON.parse(JSON.stringify(message.blocks)), '/blocks')).toEqual([]);
  expect(message.text).not.toMatch(/[<>]/);
  expect(message.text.trim()).not.toBe('');
  const modal = pageModal(page);
  const home = homeView(page);
  for (const view of [modal, home]) {
    assertView(view);
    expect(problemsOfView(JSON.parse(JSON.stringify(view)), '/view', view.type)).toEqual([]);
  }
  return { message, modal, home };
}

function page(change: Partial<Page> = {}): Page {
  return { title: 'Workflows', intro: [], picture: null, sections: [], notes: [], ...change };
}

function section(items: readonly PageItem[], change: Partial<PageSection> = {}): PageSection {
  return { title: null, items, empty: null, actions: [], ...change };
}

function item(words: string, change: Partial<PageItem> = {}): PageItem {
  return { line: [text(words)], details: [], actions: [], ...change };
}

const command = (label: string, words: string): PageAction => ({ kind: 'command', label, command: words });

const PICTURE = {
  url: 'https://bot.example/p.png',
  title: 'The last 30 days',
  alt: '12 approved, 1 rejected',
};

const home: Page = page({
  title: 'Approvals',
  intro: [[text('Hello '), { kind: 'person', personId: 1, name: 'Ann', externalId: 'U0ANN' }]],
  picture: PICTURE,
  sections: [
    section(
      [
        item('Deploy to production', {
          line: [strong('Deploy to production'), text(' of payments')],
          details: [[text('asked by Dana · '), { kind: 'time', at: NOW }]],
          actions: [
            {
              kind: 'card',
              label: 'Approve',
              style: 'primary',
              press: 'approve',
              cardId: 'crd_1',
              contentVersion: 3,
              confirm: { title: 'Approve this?', text: 'The pipeline goes on.', button: 'Approve' },
            },
            {
              kind: 'card',
              label: 'Reject',
              style: 'danger',
              press: 'reject',
              cardId: 'crd_1',
              contentVersion: 3,
            },
            { kind: 'link', label: 'View pipeline', url: 'https://app.harness.io/x' },
          ],
        }),
      ],
      { title: 'Waiting for me', actions: [{ kind: 'turn', label: 'Next', section: 'waiting', page: 2 }] },
    ),
    section([], { title: 'My requests', empty: 'You asked for nothing yet.' }),
    section([], { title: 'Never shown', empty: null, actions: [command('New', 'create')] }),
    section([item('Deploy to production: payments'), item('Restart: ledger')], { title: 'Workflows' }),
  ],
  notes: [[text('Type /approvals help for more.')]],
});

describe('a page', () => {
  it('reads calmly as a message, as a modal and as a Home', () => {
    const { message, modal, home: view } = drawn(home);
    expect(message).toMatchSnapshot();
    expect(typesOf(message.blocks)).toEqual([
      ...['header', 'rich_text'],
      ...['rich_text', 'rich_text', 'context', 'actions', 'actions'],
      ...['rich_text', 'rich_text'],
      ...['rich_text', 'rich_text'],
      // What waits comes first, the picture last.
      ...['image', 'context'],
    ]);
    expect(typesOf(view.blocks as { type: string }[])).toEqual([
      ...['header', 'rich_text'],
      ...['divider', 'header', 'rich_text', 'context', 'actions', 'actions'],
      ...['divider', 'header', 'rich_text'],
      ...['divider', 'header', 'rich_text', 'image', 'context'],
    ]);
    expect(modal.title.text).toBe('Approvals');
    expect(typesOf(modal.blocks as { type: string }[])[0]).toBe('rich_text');
    expect(modal.submit).toBeUndefined();
    expect(JSON.stringify(message)).not.toContain('Never shown');
  });

  it('has its title in the modal’s frame, or as a header where that is too small', () => {
    const { modal } = drawn(page({ title: 'Everybody who would be asked about this' }));
    expect(modal.title.text).toBe('Countersign');
    expect(modal.blocks).toEqual([expect.objectContaining({ type: 'header' })]);
    expect(drawn(page()).modal.blocks).toEqual([expect.objectContaining({ type: 'section' })]);
  });

  it('puts a lone button beside a line of words, and below one that names somebody', () => {
    const edit: PageAction = { kind: 'command', label: 'Edit', command: 'edit 1' };
    const named = { line: [{ kind: 'person', personId: 1, name: 'Ann', externalId: 'U0ANN' } as const] };
    const { message } = drawn(
      page({
        sections: [
          section([item('Deploy *now*', { actions: [edit] }), item('', { ...named, actions: [edit] })]),
        ],
      }),
    );
    expect(typesOf(message.blocks)).toEqual(['header', 'section', 'rich_text', 'actions']);
    expect(message.blocks[1]).toMatchObject({
      text: { type: 'plain_text', text: 'Deploy *now*' },
      accessory: { action_id: 'command:1', value: 'edit 1' },
    });
  });

  it('gathers items without buttons and small print into one list', () => {
    const { message } = drawn(
      page({ sections: [section(Array.from({ length: 15 }, (_, i) => item(`Line ${i}`)))] }),
    );
    expect(typesOf(message.blocks)).toEqual(['header', 'rich_text']);
  });

  it('mentions people by their account alone, never by a name', () => {
    const { message } = drawn(
      page({
        sections: [
          section([
            item('', { line: [{ kind: 'person', personId: 1, name: '<@U0EVIL>', externalId: 'U0ANN' }] }),
            item('', { line: [{ kind: 'person', personId: 2, name: '<@U0EVIL>', externalId: null }] }),
            item('', { line: [{ kind: 'person', personId: 3, name: 'Bo', externalId: '<!channel>' }] }),
          ]),
        ],
      }),
    );
    const users = objectsWithin(message.blocks).filter((one) => one.type === 'user');
    expect(users).toEqual([{ type: 'user', user_id: 'U0ANN' }]);
    expect(wordsIn(message.blocks)).toContain('<@U0EVIL>');
  });

  it.each([
    ['https://bot.example/p.png', true],
    ['http://127.0.0.1:3000/p.png', true],
    ['http://localhost/p.png', true],
    ['http://bot.example/p.png', false],
    ['http://127.0.0.1.evil.example/p.png', false],
    ['javascript:alert(1)', false],
    ['data:image/png;base64,AA', false],
    [`https://bot.example/${'ü'.repeat(900)}`, false],
    ['', false],
  ])('shows the picture at %s: %s', (url, shown) => {
    const { message } = drawn(page({ picture: { ...PICTURE, url } }));
    expect(typesOf(message.blocks).includes('image')).toBe(shown);
  });

  it('says the picture in words', () => {
    const images = (title: string, alt: string) =>
      objectsWithin(drawn(page({ picture: { ...PICTURE, title, alt } })).home).filter(
        (one) => one.type === 'image',
      );
    expect(images('Last month', '')).toEqual([expect.objectContaining({ alt_text: 'Last month' })]);
    expect(images('', 'x'.repeat(9000))[0]).not.toHaveProperty('title');
  });
});

describe('the buttons of a page', () => {
  const all: PageAction[] = [
    command('Show', 'show 14'),
    {
      ...command('Delete', 'delete 14'),
      style: 'danger',
      confirm: { title: 'Delete?', text: 'For good.', button: 'Delete' },
    },
    { kind: 'card', label: 'Review', press: 'review', cardId: 'crd_1', contentVersion: 3 },
    { kind: 'card', label: 'Retry', press: 'retry_submission', cardId: 'crd_1', contentVersion: 3 },
    { kind: 'card', label: 'Answer', press: 'answer_question', cardId: 'crd_1', contentVersion: 3 },
    { kind: 'turn', label: 'Next', section: 'mine', page: 2 },
    { kind: 'link', label: 'Open', url: 'https://app.harness.io/x' },
  ];

  it('are numbered, and understood when they are pressed', () => {
    const { message } = drawn(
      page({ sections: [section([item('One', { actions: all })], { actions: all })] }),
    );
    const buttons = buttonsIn(message.blocks);
    const ids = buttons.map((button) => button.action_id);
    expect(ids.slice(0, 7)).toEqual([
      'command:1',
      'command:2',
      'review:3',
      'retry_submission:4',
      'answer_question:5',
      'turn:6',
      'open_link:7',
    ]);
    expect(new Set(ids).size).toBe(14);
    const pressed = buttons.map((button) =>
      readButton({ actions: [{ action_id: button.action_id, value: button.value }] }),
    );
    expect(pressed.slice(0, 7).map((one) => [one!.verb, one!.value])).toEqual([
      ['command', 'show 14'],
      ['command', 'delete 14'],
      ['review', 'crd_1.3'],
      ['retry_submission', 'crd_1.3'],
      ['answer_question', 'crd_1.3'],
      ['turn', 'mine.2'],
      ['open_link', ''],
    ]);
    expect(readButtonValue('crd_1.3')).toEqual({ cardId: 'crd_1', contentVersion: 3 });
    expect(readTurnValue('mine.2')).toEqual({ section: 'mine', page: 2 });
  });

  it('ask before what cannot be taken back, and say aloud what they are about', () => {
    const { message } = drawn(page({ sections: [section([item('Deploy', { actions: all })])] }));
    const [show, remove] = buttonsIn(message.blocks);
    expect(show).not.toHaveProperty('confirm');
    expect(show!.accessibility_label).toBe('Show: Deploy');
    expect(remove).toMatchObject({
      style: 'danger',
      confirm: {
        title: { text: 'Delete?' },
        text: { text: 'For good.' },
        confirm: { text: 'Delete' },
        deny: { text: 'Not now' },
        style: 'danger',
      },
    });
  });

  it.each<[string, PageAction]>([
    ['a command over 2,000 characters', command('Run', 'x'.repeat(2001))],
    ['a command without a word', command('Run', ' ')],
    ['a command that would arrive changed', command('Run', 'show \u202e14')],
    ['a command with half a character', command('Run', 'show \ud800')],
    [
      'a card id that is none',
      { kind: 'card', label: 'A', press: 'approve', cardId: 'a.b c', contentVersion: 1 },
    ],
    [
      'a version that is none',
      { kind: 'card', label: 'A', press: 'approve', cardId: 'crd_1', contentVersion: -1 },
    ],
    ['a page that is none', { kind: 'turn', label: 'Next', section: 'mine', page: 0 }],
    ['a section that is none', { kind: 'turn', label: 'Next', section: 'mi.ne', page: 1 }],
    ['a link that is none', { kind: 'link', label: 'Open', url: 'javascript:alert(1)' }],
  ])('are left out for %s', (_what, action) => {
    const { message } = drawn(page({ sections: [section([item('One', { actions: [action] })])] }));
    expect(buttonsIn(message.blocks)).toEqual([]);
    expect(typesOf(message.blocks)).not.toContain('actions');
  });
});

describe('what does not fit', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      item(`Workflow ${index}`, {
        details: [[text(`Asked: everybody in team ${index}`)]],
        actions: [command('Show', `show ${index}`), command('Edit', `edit ${index}`)],
      }),
    );

  it('is first drawn more densely, with nothing left out', () => {
    const { message, home: view } = drawn(page({ sections: [section(rows(18))] }));
    expect(typesOf(view.blocks as { type: string }[])).toContain('context');
    expect(typesOf(message.blocks)).not.toContain('context');
    expect(buttonsIn(message.blocks)).toHaveLength(36);
    expect(JSON.stringify(message.blocks)).toContain('everybody in team 17');
  });

  it('is then cut after an item, and counted', () => {
    const {
      message,
      modal,
      home: view,
    } = drawn(
      page({
        sections: [section(rows(500), { actions: [command('New', 'create')] })],
        notes: [[text('Page 1')]],
      }),
    );
    for (const { blocks } of [message, modal, view]) {
      const shown = buttonsIn(blocks).length;
      // Both buttons of each item shown, and the section's own.
      expect(shown % 2).toBe(1);
      expect(wordsIn(blocks)).toContain(`and ${500 - (shown - 1) / 2} more`);
      expect(wordsIn(blocks)).toContain('Page 1');
    }
    expect(buttonsIn(message.blocks).length).toBeGreaterThan(30);
    expect(jsonBytes(message.blocks)).toBeLessThanOrEqual(SIZE.messageBlocksBytes);
    expect(view.blocks.length).toBeGreaterThan(COUNT.modalBlocks - 5);
  });

  it('is cut alike in every section, so that none hides another', () => {
    const sections = ['First', 'Second', 'Third'].map((title) => section(rows(100), { title }));
    const { message, home: view } = drawn(page({ sections }));
    for (const { blocks } of [message, view]) {
      const words = wordsIn(blocks);
      for (const title of ['First', 'Second', 'Third']) expect(words).toContain(title);
      expect(new Set(words.filter((one) => /^and \d+ more$/.test(one))).size).toBe(1);
    }
  });

  it('loses whole sections last, and says so', () => {
    const sections = Array.from({ length: 200 }, (_, i) => section([item('x')], { title: `Section ${i}` }));
    const { home: view } = drawn(page({ sections }));
    expect(wordsIn(view.blocks).some((one) => /^and \d+ more sections$/.test(one))).toBe(true);
  });

  const dotted: CardLine = Array.from({ length: 300 }, (_, i) => ({
    kind: 'text',
    text: '👍',
    strong: i % 2 === 0,
  }));

  it('keeps its title and the beginning of its words', () => {
    const { message } = drawn(page({ intro: Array.from({ length: 20 }, () => dotted) }));
    expect(typesOf(message.blocks)).toEqual(['header', 'rich_text']);
    expect(wordsIn(message.blocks).at(-1)).toContain('and 19 more');
  });

  it('is said to be too much when even that has no room', () => {
    const mention = { kind: 'person', personId: 1, name: 'Ann', externalId: 'U0ANN' } as const;
    const note: CardLine = Array.from({ length: 9 }, (_, i) =>
      i === 0 ? mention : { kind: 'text', text: '👍'.repeat(100) },
    );
    const picture = {
      url: `https://bot.example/${'ü'.repeat(480)}`,
      title: '👍'.repeat(200),
      alt: '👍'.repeat(200),
    };
    const { message } = drawn(page({ intro: [dotted, dotted], picture, notes: [note, note] }));
    expect(wordsIn(message.blocks)).toEqual(['This is too much to be shown in Slack.']);
  });
});

const nasty = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<@U1>',
    '<https://x|Approve>',
    '*_~`:tada:`~_*',
    '&amp;<&',
    '\u202eevorppa',
    '',
    ' ',
    '\n\n',
    '\u0000\ud800',
    '👩‍👩‍👧‍👦'.repeat(60),
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('a', '👍', '"', '\n').map((one) => one.repeat(3500)),
);
const span = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: nasty, strong: fc.boolean() }),
  fc.record({
    kind: fc.constant('person' as const),
    personId: fc.nat(),
    name: nasty,
    externalId: fc.oneof(nasty, fc.constantFrom('U0ALICE', null)),
  }),
  fc.record({
    kind: fc.constant('link' as const),
    url: fc.oneof(nasty, fc.webUrl({ validSchemes: ['https', 'http'] })),
  }),
  fc.record({
    kind: fc.constant('time' as const),
    at: fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger()),
  }),
);
const line = fc.array(span, { maxLength: 8 });
const lines = fc.array(line, { maxLength: 8 });
const action: fc.Arbitrary<PageAction> = fc
  .record({
    label: nasty,
    style: fc.constantFrom('primary' as const, 'danger' as const, undefined),
    confirm: fc.option(fc.record({ title: nasty, text: nasty, button: nasty }), { nil: undefined }),
    target: fc.oneof(
      fc.record({ kind: fc.constant('command' as const), command: nasty }),
      fc.record({
        kind: fc.constant('card' as const),
        press: fc.constantFrom('approve' as const, 'reject' as const, 'review' as const),
        cardId: fc.oneof(nasty, fc.constant('crd_1')),
        contentVersion: fc.oneof(fc.integer(), fc.double()),
      }),
      fc.record({
        kind: fc.constant('turn' as const),
        section: fc.oneof(nasty, fc.constant('mine')),
        page: fc.integer(),
      }),
      fc.record({ kind: fc.constant('link' as const), url: fc.oneof(nasty, fc.webUrl()) }),
    ),
  })
  .map(({ label, style, confirm, target }) => ({
    ...target,
    label,
    ...(style && { style }),
    ...(confirm && { confirm }),
  }));
const anyItem = fc.record({ line, details: lines, actions: fc.array(action, { maxLength: 4 }) });
const items = fc.oneof(
  { weight: 6, arbitrary: fc.array(anyItem, { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(anyItem, { minLength: 1, maxLength: 5 }).map(repeated) },
);
/** 500 items out of a few. */
function repeated(some: PageItem[]): PageItem[] {
  return Array.from({ length: 500 }, (_, index) => some[index % some.length]!);
}
const anyPage: fc.Arbitrary<Page> = fc.record({
  title: nasty,
  intro: lines,
  picture: fc.option(fc.record({ url: fc.oneof(nasty, fc.webUrl()), title: nasty, alt: nasty })),
  sections: fc.array(
    fc.record({
      title: fc.option(nasty),
      items,
      empty: fc.option(nasty),
      actions: fc.array(action, { maxLength: 30 }),
    }),
    { maxLength: 6 },
  ),
  notes: lines,
});

describe('any page', () => {
  it('gives a message, a modal and a Home that Slack takes', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyPage, (any) => void drawn(any)),
      { numRuns: rounds('STRINGS', 60, 2_000) },
    );
  });

  it('never puts words from outside into markup', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyPage, (any) => {
        const markup = objectsWithin([pageMessage(any).blocks, homeView(any)]).filter(
          (one) => one.type === 'mrkdwn',
        );
        for (const one of markup)
          expect(one.text).toMatch(
            /^(<@[UW][A-Z0-9]+>|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>]*>)$/,
          );
      }),
      { numRuns: rounds('STRINGS', 25, 2_000) },
    );
  });
});
