import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Card, type CardLine, text } from '../../src/approval/card.ts';
import { readActionData } from '../../src/teams/action-data.ts';
import { cardView } from '../../src/teams/card-view.ts';
import { chooseView } from '../../src/teams/choose-view.ts';
import { noticeView } from '../../src/teams/notice-view.ts';
import { replyText } from '../../src/teams/reply-text.ts';
import { rounds } from '../faults/rounds.ts';
import { actionsIn, type Json, looseWords, nodesIn, problemsOfSchema, wordsOf } from './check-card.ts';
import { drawn } from './drawn.ts';
import { anyCard, anyLine, nasty, STATES, waitingCard } from './samples.ts';

/** The buttons in their order, not what stands in for them. */
const shownIn = (view: Json) =>
  nodesIn(view).flatMap(({ type, actions }) => (type === 'ActionSet' ? (actions as Json[]) : []));
const MRI = '29:1Q_ben-4hZ8kP';
const buttonsOf = (view: Json) =>
  shownIn(view).map(({ title, type, mode }) => [title, type, mode ?? 'primary']);

describe('the card', () => {
  it.each(Object.entries(STATES))('says in words what it is: %s', (_name, card) => {
    const view = drawn(cardView(card, [MRI]));
    expect(wordsOf(view)).toMatchSnapshot();
  });

  it('is fetched anew by ids that Teams takes, and goes out without the others', () => {
    expect(cardView(waitingCard(), ['spoilt', MRI]).refresh).toMatchObject({ userIds: [MRI] });
    expect(cardView(waitingCard(), ['spoilt']).refresh).toBeUndefined();
  });

  it('has a calm background for each state, and words in the default colour on all of them', () => {
    const style = (card: Card) => nodesIn(cardView(card, [])).find((one) => one.style && one.items)?.style;
    expect(Object.entries(STATES).map(([name, card]) => [name, style(card)])).toEqual([
      ['waiting', 'emphasis'],
      ['with inputs', 'emphasis'],
      ['all of, in progress', 'emphasis'],
      ['approved', 'good'],
      ['rejected', 'attention'],
      ['not delivered', 'warning'],
      ['channel base', 'emphasis'],
    ]);
    for (const card of Object.values(STATES))
      expect(nodesIn(cardView(card, [])).filter((one) => 'color' in one)).toEqual([]);
  });

  it('decides at once where nothing is to be filled in, old clients too; everything else opens a dialog', () => {
    const view = drawn(cardView(waitingCard(), [MRI]));
    expect(buttonsOf(view)).toEqual([
      ['Approve', 'Action.Execute', 'primary'],
      ['Reject', 'Action.Submit', 'primary'],
      ['View pipeline', 'Action.OpenUrl', 'primary'],
      ['Approve with comment', 'Action.Submit', 'secondary'],
      ['Ask a question', 'Action.Submit', 'secondary'],
    ]);
    const [approve, reject, , ...others] = shownIn(view);
    const data = { do: 'press', verb: 'approve', card: 'crd_1', version: 3 };
    expect(approve).toMatchObject({ verb: 'approve', data, fallback: { type: 'Action.Submit', data } });
    for (const other of [reject!, ...others])
      expect(other.data).toMatchObject({
        msteams: { type: 'task/fetch' },
        do: 'press',
        card: 'crd_1',
        version: 3,
      });
    const withForm = drawn(cardView(STATES['with inputs'], [MRI]));
    expect(shownIn(withForm)[0]).toMatchObject({
      type: 'Action.Submit',
      title: 'Approve',
      data: { msteams: { type: 'task/fetch' }, verb: 'approve_with_comment' },
    });
  });

  it('R9: every button carries ids and the version it showed, and is understood when it comes back', () => {
    for (const card of Object.values(STATES))
      for (const { data } of actionsIn(cardView(card, [MRI])).filter((one) => one.data !== undefined))
        expect(readActionData(data)).toMatchObject({ card: 'crd_1', version: 3 });
  });

  it('offers a retry that acts at once, and a correction in a dialog', () => {
    const view = drawn(
      cardView(waitingCard({ actions: [{ kind: 'retry_submission' }, { kind: 'supply_inputs' }] }), []),
    );
    expect(buttonsOf(view).slice(0, 2)).toEqual([
      ['Retry delivery', 'Action.Execute', 'primary'],
      ['Correct inputs', 'Action.Submit', 'primary'],
    ]);
  });

  it('keeps three buttons in sight at most, and never loses one', () => {
    const actions = [...waitingCard().actions, { kind: 'answer_question' as const }];
    const buttons = buttonsOf(drawn(cardView(waitingCard({ actions }), [])));
    expect(buttons).toHaveLength(6);
    expect(buttons.filter(([, , mode]) => mode === 'primary').map(([title]) => title)).toEqual([
      'Approve',
      'Reject',
      'Answer',
    ]);
  });

  it('keeps only the way to the pipeline once nothing can be done, and no button without one', () => {
    expect(buttonsOf(drawn(cardView(STATES.approved, [])))).toEqual([
      ['View pipeline', 'Action.OpenUrl', 'primary'],
    ]);
    for (const pipelineUrl of [null, 'javascript:alert(1)', 'file:///etc/passwd', 'not a url'])
      expect(drawn(cardView(waitingCard({ actions: [], pipelineUrl }), []))).toSatisfy(
        (view: Json) => shownIn(view).length === 0,
      );
  });

  it('is fetched anew for whom it is told to, sixty at most', () => {
    const view = drawn(cardView(waitingCard(), [MRI, MRI]));
    expect(view.refresh).toMatchObject({
      action: { type: 'Action.Execute', verb: 'refresh', data: { do: 'refresh', card: 'crd_1', version: 3 } },
      userIds: [MRI],
    });
    expect(drawn(cardView(waitingCard(), []))).not.toHaveProperty('refresh');
    const many = Array.from({ length: 61 }, (_one, index) => `29:somebody-${index}`);
    expect((drawn(cardView(waitingCard(), many)).refresh as Json).userIds).toHaveLength(60);
  });

  it('shows no button to the many where each decider is shown their own, and Review where that cannot be', () => {
    const base = STATES['channel base'];
    expect(buttonsOf(drawn(cardView(base, ['29:1Q_ben-4hZ8kP', '29:1Q_mia-7tR2wX'])))).toEqual([
      ['View pipeline', 'Action.OpenUrl', 'primary'],
    ]);
    for (const known of [[], ['29:1Q_ben-4hZ8kP']])
      expect(buttonsOf(drawn(cardView(base, known)))[0]).toEqual(['Review', 'Action.Submit', 'primary']);
    const crowd = Array.from({ length: 61 }, (_one, index) => `29:somebody-${index}`);
    const crowded = drawn(cardView({ ...base, deciders: crowd }, crowd));
    expect(buttonsOf(crowded)[0]).toEqual(['Review', 'Action.Submit', 'primary']);
  });

  it('says one plain sentence on top to whoever pressed', () => {
    const [first] = wordsOf(drawn(cardView(STATES.approved, [], 'Ben Ito was quicker: **it** is approved.')));
    expect(first).toBe('Ben Ito was quicker: **it** is approved.');
  });

  it('R25: what can be pressed of a link is its host, and what is not https is dropped', () => {
    const links = [
      { title: 'https://good.example', url: 'https://evil.example/x' },
      { title: 'plain', url: 'http://a.example' },
      { title: 'script', url: 'javascript:alert(1)' },
    ];
    const view = drawn(cardView(waitingCard({ links }), []));
    const linked = nodesIn(view).filter((one) => one.selectAction);
    expect(linked.map(({ text: words, selectAction }) => [words, selectAction])).toEqual([
      ['evil.example', { type: 'Action.OpenUrl', url: 'https://evil.example/x' }],
    ]);
  });

  it('gives moments in the reader’s own time zone, and expands nobody else’s', () => {
    const status = [{ kind: 'time' as const, at: Date.UTC(2026, 10, 22, 15) }];
    const view = drawn(cardView(waitingCard({ status, message: '{{DATE(2026-11-22T15:00:00Z)}}' }), []));
    const words = wordsOf(view);
    expect(words[1]).toBe('{{DATE(2026-11-22T15:00:00Z,SHORT)}} {{TIME(2026-11-22T15:00:00Z)}}');
    expect(words).toContain('{\u2060{DATE(2026-11-22T15:00:00Z)}}');
  });

  it('stays whole in what counts with 20 kB of words, 20 long facts and 50 approvers', () => {
    const everybody: CardLine = Array.from({ length: 50 }, (_one, index) => ({
      kind: 'person' as const,
      personId: index,
      name: `Person ${index}`,
      externalId: null,
    }));
    const card = waitingCard({
      message: 'word '.repeat(4000),
      facts: Array.from({ length: 20 }, (_one, index) => ({
        name: `Fact ${index}`,
        value: 'x'.repeat(4000),
      })),
      progress: [[text('1 of 50 approved: '), ...everybody], ...Array(50).fill([text('one more line')])],
      notes: [[text(`${'long policy '.repeat(100)} · apr_5f2c8a1e90b7 · content 1a2b`)]],
    });
    const words = wordsOf(drawn(cardView(card, [MRI]))).join('\n');
    expect(words).toContain('… open in Harness');
    expect(words).toMatch(/and \d+ more/);
    for (const kept of ['Waiting for your decision', '1 of 50 approved', 'apr_5f2c8a1e90b7', '[Reject]'])
      expect(words).toContain(kept);
  });
});

describe('any card', () => {
  it('is valid, within its budget, and lets no word from outside be more than a word', {
    timeout: 120_000,
  }, () => {
    fc.assert(
      fc.property(
        anyCard,
        fc.option(nasty, { nil: undefined }),
        fc.array(fc.uuid().map((id) => `29:${id}`)),
        (card, line, users) => {
          const view = drawn(cardView(card, users, line));
          const words = JSON.stringify(view);
          expect(words).toContain(card.requestId);
          const shown = buttonsOf(view).filter(([title]) => title !== 'View pipeline' && title !== 'Review');
          expect(shown).toHaveLength(card.actions.filter(({ kind }) => kind !== 'review').length);
        },
      ),
      { numRuns: rounds('STRINGS', 80, 2_000) },
    );
  });
});

describe('what waits for somebody', () => {
  it('is a list to pick from; each opens in full in its place', () => {
    const { title, card } = chooseView([
      waitingCard(),
      waitingCard({ cardId: 'crd_2', title: 'Drop a table' }),
    ]);
    expect(title).toBe('Answer an approval');
    const open = actionsIn(drawn(card, 'dialog'));
    expect(open.map(({ type, data }) => [type, data])).toEqual([
      ['Action.Submit', { do: 'press', verb: 'review', card: 'crd_1', version: 3, page: true }],
      ['Action.Submit', { do: 'press', verb: 'review', card: 'crd_2', version: 3, page: true }],
    ]);
    expect(wordsOf(chooseView([]).card)).toEqual(['Nothing waits for your approval.']);
  });

  it('is shortened honestly', () => {
    const many = chooseView(Array.from({ length: 40 }, () => waitingCard({ summary: 's'.repeat(9000) })));
    expect(wordsOf(drawn(many.card, 'dialog')).at(-1)).toMatch(/^and \d+ more: send the bot “pending”/);
    fc.assert(
      fc.property(
        fc.array(anyCard, { maxLength: 15 }),
        (cards) => void drawn(chooseView(cards).card, 'dialog'),
      ),
      { numRuns: rounds('STRINGS', 40, 2_000) },
    );
  });
});

describe('a notice', () => {
  it('is any sentence as it is', () => {
    expect(wordsOf(drawn(noticeView('**You** may [not](https://x).\n\nAsk an admin.')))).toEqual([
      '**You** may [not](https://x).',
      'Ask an admin.',
    ]);
    fc.assert(fc.property(nasty, (words) => void drawn(noticeView(words))));
  });
});

describe('what a vote rests on', () => {
  it('is pressed and shown as its host, wherever a line may stand', () => {
    const link = { kind: 'link' as const, url: 'https://user@ci.example.com/runs/7' };
    const { progress, ...card } = waitingCard();
    const drawnCard = drawn(cardView({ ...card, progress: [...progress, [text('Report: '), link]] }, []));
    const [run] = nodesIn(drawnCard).filter((node) => node.text === 'ci.example.com');
    expect(run).toMatchObject({
      type: 'TextRun',
      selectAction: { type: 'Action.OpenUrl', url: 'https://user@ci.example.com/runs/7' },
    });
    const script = { kind: 'link' as const, url: 'javascript:alert(1)' };
    const without = drawn(cardView({ ...card, progress: [[text('Report: '), script]] }, []));
    expect(JSON.stringify(without)).not.toContain('javascript');
  });
});

describe('a reply', () => {
  it('is one line of plain text, in which nothing is a link, a tag or a mention', () => {
    expect(replyText([text('Approved by '), { kind: 'time', at: 0 }])).toBe(
      'Approved by 1970-01-01 00:00 UTC',
    );
    fc.assert(
      fc.property(anyLine, (line) => {
        const words = replyText(line);
        expect(words).not.toBe('');
        expect(words).not.toMatch(/\n|\]\(|\]\[|<[^\u2060\s]|&[#\w]/);
        expect(words.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('the checks themselves', () => {
  it('refuse what the schema and the rules refuse', () => {
    const body = (...elements: Json[]) => ({ type: 'AdaptiveCard', version: '1.5', body: elements });
    expect(problemsOfSchema(body({ type: 'TextRun', text: 'x' }))).not.toEqual([]);
    expect(problemsOfSchema(body({ type: 'Container', items: [], colour: 'red' }))).not.toEqual([]);
    expect(problemsOfSchema(body({ type: 'Unheard' }))).toEqual(['unknown type Unheard']);
    expect(problemsOfSchema(body({ type: 'RichTextBlock', inlines: [{ type: 'TextBlock' }] }))).not.toEqual(
      [],
    );
    expect(looseWords(body({ type: 'TextBlock', text: 'x' }))).toEqual(['TextBlock reads Markdown']);
    expect(looseWords(body({ type: 'TextRun', text: '{{DATE(2026-11-22T15:00:00Z)}}' }))).toHaveLength(1);
    expect(looseWords(body({ type: 'Input.Text', id: '__proto__' }))).toEqual(['id __proto__']);
  });
});
