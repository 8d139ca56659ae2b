import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Card, type CardLine, text } from '../../src/approval/card.ts';
import { problemsOfMessageBlocks } from '../../src/demo/doubles/slack/check-view.ts';
import { assertBlocks } from '../../src/slack/assert-blocks.ts';
import { cardBlocks, cardFallback, replyBlocks } from '../../src/slack/blocks.ts';
import { jsonBytes, SIZE } from '../../src/slack/limits.ts';
import { rounds } from '../faults/rounds.ts';
import { NOW, waitingCard } from './samples.ts';

function valid(card: Card) {
  const blocks = cardBlocks(card);
  assertBlocks(blocks);
  expect(problemsOfMessageBlocks(JSON.parse(JSON.stringify(blocks)), '/blocks')).toEqual([]);
  const fallback = cardFallback(card);
  expect(fallback.length).toBeGreaterThan(0);
  expect([...fallback].length).toBeLessThanOrEqual(SIZE.fallbackText);
  return blocks;
}

type Json = Record<string, unknown>;

function objectsWithin(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsWithin);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsWithin)];
}

function markupIn(blocks: unknown): string[] {
  return objectsWithin(blocks)
    .filter((one) => one.type === 'mrkdwn')
    .map((one) => String(one.text));
}

describe('the card', () => {
  it('reads calmly: title, state, details, words, facts, link, progress, small print, buttons', () => {
    const blocks = valid(waitingCard());
    expect(blocks).toMatchSnapshot();
    expect(blocks.map((block) => block.type)).toEqual([
      'header',
      'rich_text',
      'rich_text',
      'rich_text',
      'rich_text',
      'rich_text',
      'rich_text',
      'context',
      'actions',
    ]);
  });

  it('has one primary and one danger button, asks before a one-click approval, and carries ids only', () => {
    const actions = valid(waitingCard()).find((block) => block.type === 'actions');
    const buttons = objectsWithin(actions).filter((one) => one.type === 'button');
    expect(buttons.map((one) => [one.action_id, one.style, one.value])).toEqual([
      ['approve', 'primary', 'crd_1.3'],
      ['approve_with_comment', undefined, 'crd_1.3'],
      ['reject', 'danger', 'crd_1.3'],
      ['view_pipeline', undefined, undefined],
    ]);
    expect(buttons[0]!.confirm).toMatchObject({ text: { type: 'plain_text' } });
    const forms = valid(waitingCard({ actions: [{ kind: 'approve', opensForm: true, confirm: '' }] }));
    expect(objectsWithin(forms).some((one) => 'confirm' in one)).toBe(false);
  });

  it('keeps only the link once nothing can be done, and no buttons at all without one', () => {
    const closed = valid(waitingCard({ tone: 'approved', actions: [] }));
    expect(objectsWithin(closed).filter((one) => one.type === 'button')).toHaveLength(1);
    const bare = valid(waitingCard({ tone: 'closed', actions: [], pipelineUrl: null }));
    expect(bare.some((block) => block.type === 'actions')).toBe(false);
  });

  it('offers retry and correction', () => {
    const blocks = valid(
      waitingCard({ tone: 'trouble', actions: [{ kind: 'retry_submission' }, { kind: 'supply_inputs' }] }),
    );
    const ids = objectsWithin(blocks).map((one) => one.action_id);
    expect(ids).toEqual(expect.arrayContaining(['retry_submission', 'supply_inputs']));
  });

  it('shows the host of a link, never a name in its place, and drops what is not https', () => {
    const blocks = valid(
      waitingCard({
        links: [
          { title: 'https://good.example', url: 'https://evil.example/x' },
          { title: 'plain', url: 'http://a.example' },
          { title: 'script', url: 'javascript:alert(1)' },
        ],
      }),
    );
    const links = objectsWithin(blocks).filter((one) => one.type === 'link');
    expect(links).toEqual([{ type: 'link', url: 'https://evil.example/x', text: 'evil.example' }]);
  });

  it('mentions only whom Slack knows, and gives every moment in the reader’s own time', () => {
    const person = { kind: 'person', personId: 1, name: 'Ann', externalId: null } as const;
    const blocks = valid(
      waitingCard({
        status: [{ kind: 'time', at: NOW }, person, { ...person, externalId: 'U1|<!channel>' }],
        notes: [[text('Closes '), { kind: 'time', at: NOW }]],
      }),
    );
    expect(objectsWithin(blocks).filter((one) => one.type === 'user')).toHaveLength(2);
    expect(objectsWithin(blocks).find((one) => one.type === 'date')).toMatchObject({
      timestamp: NOW / 1000,
      fallback: '2026-11-22 15:00 UTC',
    });
    expect(markupIn(blocks)).toEqual([
      `<!date^${NOW / 1000}^{date_short_pretty} at {time}|2026-11-22 15:00 UTC>`,
    ]);
  });

  it('stays a card with 20 kB of words, 20 long facts and 50 approvers', () => {
    const everybody: CardLine = Array.from({ length: 50 }, (_, index) => ({
      kind: 'person' as const,
      personId: index,
      name: `Person ${index}`,
      externalId: `U0${String(index).padStart(8, '0')}`,
    }));
    const blocks = valid(
      waitingCard({
        message: 'word '.repeat(4000),
        facts: Array.from({ length: 20 }, (_, index) => ({ name: `Fact ${index}`, value: 'x'.repeat(4000) })),
        progress: [everybody, ...Array.from({ length: 50 }, () => [text('one more line')])],
      }),
    );
    expect(JSON.stringify(blocks)).toContain('… shortened; see the pipeline');
    expect(JSON.stringify(blocks)).toContain('more');
    expect(jsonBytes(blocks)).toBeLessThanOrEqual(SIZE.messageBlocksBytes);
    const many = valid(
      waitingCard({ facts: Array.from({ length: 33 }, (_, i) => ({ name: `f${i}`, value: 'v' })) }),
    );
    expect(JSON.stringify(many)).toContain('and 13 more; see the pipeline');
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
    'שלום',
    '',
    ' ',
    '\n\n',
    '\u0000\ud800',
    '👩‍👩‍👧‍👦'.repeat(60),
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('a', '👍', '"', '\n').map((one) => one.repeat(100_000)),
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
const line = fc.array(span, { maxLength: 60 });
const lines = fc.array(line, { maxLength: 12 });
const card: fc.Arbitrary<Card> = fc.record({
  requestId: fc.constant('apr_1'),
  cardId: fc.constant('crd_1'),
  contentVersion: fc.nat(),
  summary: nasty,
  title: nasty,
  tone: fc.constantFrom('waiting', 'sending', 'approved', 'rejected', 'closed', 'trouble'),
  status: line,
  details: fc.array(fc.record({ label: nasty, line }), { maxLength: 15 }),
  message: nasty,
  facts: fc.array(fc.record({ name: nasty, value: nasty }), { maxLength: 30 }),
  links: fc.array(fc.record({ title: nasty, url: fc.oneof(nasty, fc.webUrl({ validSchemes: ['https'] })) }), {
    maxLength: 12,
  }),
  progress: lines,
  discussion: lines,
  warnings: lines,
  notes: lines,
  actions: fc.constantFrom<Card['actions']>(
    [],
    [{ kind: 'reject' }],
    waitingCard().actions,
    [{ kind: 'review' }],
    [...waitingCard().actions, { kind: 'ask_question' }],
    [...waitingCard().actions, { kind: 'answer_question' }],
  ),
  pipelineUrl: fc.oneof(nasty, fc.webUrl(), fc.constant(null)),
  deciders: fc.constant([]),
});

describe('the discussion', () => {
  const discussion = Array.from(
    { length: 11 },
    (_, index): CardLine => [text(`line ${index} ${'x'.repeat(1000)}`)],
  );

  it('stands between progress and warnings, oldest first', () => {
    const blocks = valid(
      waitingCard({
        progress: [[text('PROGRESS')]],
        discussion: discussion.slice(0, 2),
        warnings: [[text('WARNING')]],
      }),
    );
    expect(JSON.stringify(blocks)).toMatch(/PROGRESS.*line 0 .*line 1 .*WARNING/);
  });

  it('gives up its oldest lines first, and little room of the card', () => {
    const words = JSON.stringify(valid(waitingCard({ message: 'm'.repeat(2400), discussion })));
    expect(words).toContain('line 10 ');
    expect(words).toContain('m'.repeat(2400));
    const tight = JSON.stringify(
      valid(
        waitingCard({
          message: 'm'.repeat(3000),
          facts: Array(20).fill({ name: 'f', value: 'v'.repeat(400) }),
          discussion,
        }),
      ),
    );
    expect(tight).toContain('line 10 ');
    expect(tight).toContain('earlier ones are left out');
    expect(tight).not.toContain('line 0 ');
  });

  it('has an unstyled button to ask and a primary one to answer, within five buttons in all', () => {
    const actions = [...waitingCard().actions, { kind: 'ask_question' as const }];
    const buttons = objectsWithin(valid(waitingCard({ actions }))).filter((one) => one.type === 'button');
    expect(buttons).toHaveLength(5);
    expect(buttons[3]).toMatchObject({ action_id: 'ask_question', text: { text: 'Ask a question' } });
    expect(buttons[3]).not.toHaveProperty('style');
    for (const one of buttons)
      expect((one.text as Json).text).toSatisfy((label: string) => label.length <= 30);
    const answer = objectsWithin(valid(waitingCard({ actions: [{ kind: 'answer_question' }] })));
    expect(answer.find((one) => one.action_id === 'answer_question')).toMatchObject({ style: 'primary' });
  });

  it('a card that many read has one button, and no colour', () => {
    const buttons = objectsWithin(
      valid(waitingCard({ actions: [{ kind: 'review' }], pipelineUrl: null })),
    ).filter((one) => one.type === 'button');
    expect(buttons.map((one) => [one.action_id, one.style, one.value])).toEqual([
      ['review', undefined, 'crd_1.3'],
    ]);
  });
});

describe('a reply', () => {
  it('is one line of plain words, whatever they are', () => {
    fc.assert(
      fc.property(line, (any) => {
        const blocks = replyBlocks(any);
        assertBlocks(blocks);
        expect(problemsOfMessageBlocks(JSON.parse(JSON.stringify(blocks)), '/blocks')).toEqual([]);
        expect(markupIn(blocks)).toEqual([]);
      }),
      { numRuns: rounds('STRINGS', 100, 2_000) },
    );
  });
});

describe('any card', () => {
  it('gives blocks Slack takes, within one message', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(card, (any) => void valid(any)),
      { numRuns: rounds('STRINGS', 150, 2_000) },
    );
  });

  it('never puts words from outside into markup', () => {
    fc.assert(
      fc.property(card, (any) => {
        for (const markup of markupIn(cardBlocks(any)))
          expect(markup).toMatch(
            /^(<@[UW][A-Z0-9]+>|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>]*>)$/,
          );
        expect(cardFallback(any)).not.toMatch(/[<>]/);
      }),
      { numRuns: rounds('STRINGS', 150, 2_000) },
    );
  });

  it('keeps what it was given where Slack reads no markup', () => {
    const words = '<!channel> <@U1> <https://x|Approve> *_~`';
    const blocks = cardBlocks(waitingCard({ message: words, title: words }));
    const holders = objectsWithin(blocks).filter((one) => one.text === words);
    expect(holders.map((one) => one.type).sort()).toEqual(['plain_text', 'text']);
    expect(cardFallback(waitingCard({ summary: words }))).toBe(
      '&lt;!channel&gt; &lt;@U1&gt; &lt;https://x|Approve&gt; *_~`',
    );
  });
});

describe('the checks themselves', () => {
  it('refuse what Slack refuses', () => {
    expect(() => assertBlocks([])).toThrow('0 blocks');
    expect(() =>
      assertBlocks([{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }]),
    ).toThrow('151');
    expect(() =>
      assertBlocks([
        {
          type: 'actions',
          elements: [{ type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'y'.repeat(76) } }],
        },
      ]),
    ).toThrow('76');
  });
});
