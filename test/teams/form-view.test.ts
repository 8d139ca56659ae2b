import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FormField } from '../../src/approval/form.ts';
import { clientPattern } from '../../src/teams/client-pattern.ts';
import { formView } from '../../src/teams/form-view.ts';
import { rounds } from '../faults/rounds.ts';
import { input } from '../slack/samples.ts';
import { actionsIn, type Json, nodesIn, wordsOf } from './check-card.ts';
import { drawn } from './drawn.ts';
import { anyCard, anyForm, approveForm, nasty, reviewForm } from './samples.ts';

const inputsOf = (card: Json) => nodesIn(card).filter((one) => String(one.type).startsWith('Input.'));

function field(change: Parameters<typeof input>[1], value = ''): Json {
  const fields: FormField[] = [{ key: 'input-0', kind: 'input', input: input('name', change), value }];
  return inputsOf(drawn(formView(approveForm({ fields })).card, 'dialog'))[0]!;
}

describe('the form', () => {
  it('asks for what is asked: a choice, several, a pattern, a comment', () => {
    const { title, card } = formView(approveForm());
    expect(title).toBe('Approve');
    const view = drawn(card, 'dialog');
    expect(inputsOf(view)).toEqual([
      {
        type: 'Input.ChoiceSet',
        id: 'input-0',
        label: 'window',
        style: 'expanded',
        wrap: true,
        choices: [
          { title: 'now', value: 'now' },
          { title: 'tonight', value: 'tonight' },
        ],
        isRequired: true,
        errorMessage: 'Please choose one.',
        value: 'tonight',
      },
      expect.objectContaining({ id: 'input-1', isMultiSelect: true, value: 'eu,ap' }),
      expect.objectContaining({
        type: 'Input.Text',
        id: 'input-2',
        regex: '^(?:CHG-\\d+)$',
        isRequired: true,
        value: 'CHG-1',
      }),
      expect.objectContaining({ type: 'Input.Text', id: 'comment', isMultiline: true }),
    ]);
    expect(view.actions).toEqual([
      expect.objectContaining({
        type: 'Action.Submit',
        title: 'Approve',
        data: { do: 'submit', form: 'approve', card: 'crd_1', version: 3 },
      }),
    ]);
    expect(wordsOf(view)).toMatchSnapshot();
  });

  it('keeps what was entered and says what is wrong right below its field', () => {
    const entered = { 'input-0': 'now', 'input-2': 'nonsense' };
    const problems = { 'input-2': 'Does not have the form CHG-\\d+', question: 'Elsewhere.' };
    const view = drawn(formView(approveForm(), entered, problems).card, 'dialog');
    expect(inputsOf(view).map(({ id, value }) => [id, value])).toEqual([
      ['input-0', 'now'],
      ['input-1', undefined],
      ['input-2', 'nonsense'],
      ['comment', undefined],
    ]);
    const words = wordsOf(view);
    expect(words.indexOf('Does not have the form CHG-\\d+')).toBe(words.indexOf('change') + 1);
    expect(words).toContain('Not sent yet: please correct what is marked below.');
    expect(words).toContain('Elsewhere.');
  });

  it('offers a few as radio buttons, more as a menu, many as one to search, and over a hundred as text', () => {
    const list = (count: number) => Array.from({ length: count }, (_one, index) => `v${index}`);
    expect(field({ selectOneFrom: list(5) })).toMatchObject({ type: 'Input.ChoiceSet', style: 'expanded' });
    expect(field({ selectOneFrom: list(6) })).toMatchObject({ type: 'Input.ChoiceSet', style: 'compact' });
    expect(field({ selectOneFrom: list(100) })).toMatchObject({ type: 'Input.ChoiceSet', style: 'filtered' });
    expect(field({ selectOneFrom: list(101) })).toMatchObject({ type: 'Input.Text' });
    expect(field({ allowedValues: list(100) })).toMatchObject({
      type: 'Input.ChoiceSet',
      isMultiSelect: true,
    });
    const fields: FormField[] = [
      { key: 'input-0', kind: 'input', input: input('name', { selectManyFrom: list(101) }), value: '' },
    ];
    expect(wordsOf(formView(approveForm({ fields })).card).join('\n')).toContain(
      'One or more, joined by commas, of: v0, v1, v2',
    );
  });

  it.each([
    ['a comma among several', { selectManyFrom: ['a,b', 'c'] }],
    ['Markdown in a tick box', { selectManyFrom: ['[free](https://x)', 'c'] }],
    ['a control character', { selectOneFrom: ['a\u0007', 'c'] }],
    ['nothing to see', { selectOneFrom: [' ', 'c'] }],
    ['a very long one', { selectOneFrom: ['x'.repeat(101), 'c'] }],
  ])('asks for text where a menu would change a value: %s', (_name, change) => {
    expect(field(change)).toMatchObject({ type: 'Input.Text' });
  });

  it('draws a value with marks in a menu, which reads none', () => {
    const one = field({ selectOneFrom: ['release/*', 'main'] }, 'main');
    expect(one).toMatchObject({ type: 'Input.ChoiceSet', style: 'compact', value: 'main' });
  });

  it('rejects with a reason', () => {
    const reject = approveForm({
      kind: 'reject',
      title: 'Reject',
      submitLabel: 'Reject',
      note: null,
      fields: [{ key: 'comment', kind: 'comment', label: 'Reason', required: true, maxLength: 400 }],
    });
    expect(inputsOf(drawn(formView(reject).card, 'dialog'))).toEqual([
      {
        type: 'Input.Text',
        id: 'comment',
        label: 'Reason',
        isMultiline: true,
        maxLength: 400,
        isRequired: true,
        errorMessage: 'Please write something here.',
      },
    ]);
  });

  it('R12: any form is valid and within its budget, and its fields are ours', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyForm, nasty, fc.boolean(), (form, words, again) => {
        const keys = form.fields.map(({ key }) => [key, words]);
        const given = again ? Object.fromEntries(keys) : undefined;
        drawn(formView(form, given, given).card, 'dialog');
      }),
      { numRuns: rounds('STRINGS', 50, 2_000) },
    );
  });
});

describe('a pattern that the client checks', () => {
  it.each([
    ['CHG-\\d+', '^(?:CHG-\\d+)$'],
    ['[a-z]{2,8}', '^(?:[a-z]{2,8})$'],
    ['eu|us', '^(?:eu|us)$'],
    ['(a+)+', null],
    ['(?i)yes', null],
    ['\\p{L}+', null],
    ['[[:alpha:]]+', null],
    ['\\Aabc\\z', null],
    ['(?P<x>a)', null],
    ['(a)\\1', null],
    ['[', null],
    ['x'.repeat(400), null],
  ])('%s', (pattern, expected) => {
    expect(clientPattern(pattern)).toBe(expected);
  });
});

describe('the review', () => {
  it('says everything the card says, and opens a form for each decision in the same dialog', () => {
    const { title, card } = formView(reviewForm());
    expect(title).toBe('Review');
    const view = drawn(card, 'dialog');
    expect(
      actionsIn(view)
        .filter(({ type }) => type === 'Action.Submit')
        .map(({ type, title: words, data }) => [type, words, data]),
    ).toEqual([
      [
        'Action.Submit',
        'Approve',
        { do: 'press', verb: 'approve_with_comment', card: 'crd_1', version: 3, page: true },
      ],
      ['Action.Submit', 'Reject', { do: 'press', verb: 'reject', card: 'crd_1', version: 3, page: true }],
      [
        'Action.Submit',
        'Ask a question',
        { do: 'press', verb: 'ask_question', card: 'crd_1', version: 3, page: true },
      ],
    ]);
    expect(wordsOf(view)).toContain('Deploy to production');
    expect(view).not.toHaveProperty('refresh');
  });

  it('is valid for any request', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyCard, ({ actions: _actions, ...details }) => {
        drawn(formView(reviewForm({ details })).card, 'dialog');
      }),
      { numRuns: rounds('STRINGS', 40, 2_000) },
    );
  });
});
