import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApproverInput } from '../../src/approval/approver-input.ts';
import { text } from '../../src/approval/card.ts';
import type { EntryForm, FieldKey, FormField, ReviewForm } from '../../src/approval/form.ts';
import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import { problemsOfView } from '../../src/demo/doubles/slack/check-view.ts';
import { stateOf } from '../../src/demo/doubles/slack/view-state.ts';
import { assertView } from '../../src/slack/assert-blocks.ts';
import { formView, noticeView, readMetadata, readState } from '../../src/slack/modal.ts';
import { fieldValues } from '../../src/slack/modal-fields.ts';
import { rounds } from '../faults/rounds.ts';
import { approveForm, input, waitingCard } from './samples.ts';

function valid(form: EntryForm): { view: JsonObject; blocks: JsonObject[] } {
  const view = formView(form);
  assertView(view);
  const plain = JSON.parse(JSON.stringify(view)) as JsonObject;
  expect(problemsOfView(plain, '/view', 'modal')).toEqual([]);
  return { view: plain, blocks: plain.blocks as JsonObject[] };
}

function field(given: ApproverInput, value = given.defaultValue, key: FieldKey = 'input-0'): FormField {
  return { key, kind: 'input', input: given, value };
}

function elementOf(form: EntryForm, index = 0): JsonObject {
  const inputs = valid(form).blocks.filter((block) => block.type === 'input');
  return inputs[index]!.element as JsonObject;
}

/** What a person gives who submits the form untouched. */
function untouched(form: EntryForm) {
  return fieldValues(readState(stateOf(valid(form).blocks, {})), form.fields);
}

describe('the form', () => {
  it('looks as it should', () => {
    expect(valid(approveForm()).view).toMatchSnapshot();
  });

  it('carries only ids', () => {
    const { view } = valid(approveForm());
    expect(JSON.parse(String(view.private_metadata))).toEqual({
      cardId: 'crd_1',
      contentVersion: 3,
      kind: 'approve',
    });
    expect(readMetadata(String(view.private_metadata))).toEqual(JSON.parse(String(view.private_metadata)));
    expect(readMetadata('not json')).toBeNull();
    expect(readMetadata('{"cardId":"x","contentVersion":"1","kind":"approve"}')).toBeNull();
  });

  it('gives back what it was given when nothing is touched', () => {
    expect(untouched(approveForm())).toEqual({
      'input-0': 'tonight',
      'input-1': 'eu,ap',
      'input-2': 'CHG-1',
      comment: '',
    });
  });

  it('turns lists Slack cannot hold into text with the values in the hint', () => {
    const long = input('x', { selectOneFrom: ['ok', 'y'.repeat(76)] });
    const many = input('x', { selectOneFrom: Array.from({ length: 101 }, (_, index) => `v${index}`) });
    const comma = input('x', { selectManyFrom: ['a,b', 'c'] });
    for (const one of [long, many, comma]) {
      const form = approveForm({ fields: [field(one, 'ok')] });
      expect(elementOf(form)).toMatchObject({ type: 'plain_text_input', initial_value: 'ok' });
      expect(JSON.stringify(valid(form).blocks)).toMatch(/(One of|One or more, joined by commas, of): /);
    }
    expect(
      elementOf(approveForm({ fields: [field(input('x', { allowedValues: ['a', 'b'] }), 'b')] })),
    ).toMatchObject({
      type: 'multi_static_select',
      initial_options: [{ value: '1' }],
    });
  });

  it('requires what must be given and a reason for a rejection', () => {
    const form = approveForm({
      kind: 'reject',
      fields: [
        field(input('a', { required: true })),
        { key: 'comment', kind: 'comment', label: 'Why?', required: true },
      ],
    });
    expect(
      valid(form)
        .blocks.filter((block) => block.type === 'input')
        .map((block) => block.optional),
    ).toEqual([false, false]);
  });

  it('shows long defaults on several lines, and says so when one cannot be shown', () => {
    const lines = approveForm({ fields: [field(input('x'), 'a\nb')] });
    expect(elementOf(lines)).toMatchObject({ multiline: true, initial_value: 'a\nb' });
    const tooLong = approveForm({ fields: [field(input('x'), 'a'.repeat(3001))] });
    expect(elementOf(tooLong)).not.toHaveProperty('initial_value');
    expect(JSON.stringify(valid(tooLong).blocks)).toContain('too long for Slack (3001 characters)');
  });

  it('says one sentence in place of a form', () => {
    assertView(noticeView('This request is already approved.'));
    assertView(noticeView(''));
    assertView(noticeView('x'.repeat(100_000)));
  });

  it('ignores blocks and shapes it does not know', () => {
    const entered = readState({
      comment: { value: { type: 'plain_text_input', value: null } },
      'input-0': { value: 7 },
      __proto__: { value: { value: 'x' } },
      'input-x': { value: { value: 'x' } },
    });
    expect(fieldValues(entered, null)).toEqual({ comment: '' });
    expect(readState('nonsense').size).toBe(0);
    expect(readState(null).size).toBe(0);
  });
});

const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.constantFrom(
    '<!channel>',
    '*_~`',
    '\u202eabc',
    '',
    ' ',
    'x'.repeat(4000),
    '👍'.repeat(3000),
    '\u0000'.repeat(3000),
  ),
);

describe('the review', () => {
  const form = (change: Partial<ReviewForm> = {}): ReviewForm => {
    const { actions: _, ...details } = waitingCard();
    const actions = ['approve', 'reject', 'ask_question'] as const;
    return {
      cardId: 'crd_1',
      contentVersion: 3,
      kind: 'review',
      title: 'Review',
      details,
      actions,
      ...change,
    };
  };
  const shown = (review: ReviewForm) => {
    const view = formView(review);
    assertView(view);
    const plain = JSON.parse(JSON.stringify(view)) as JsonObject;
    expect(problemsOfView(plain, '/view', 'modal')).toEqual([]);
    return plain;
  };

  it('has nothing to submit; its buttons carry the version it shows, and none decides by a click', () => {
    const view = shown(form());
    expect(view.submit).toBeUndefined();
    expect(JSON.parse(String(view.private_metadata))).toEqual({
      cardId: 'crd_1',
      contentVersion: 3,
      kind: 'review',
    });
    expect(readMetadata(String(view.private_metadata))).toBeNull();
    const words = JSON.stringify(view.blocks);
    expect([...words.matchAll(/"value":"([^"]+)"/g)].map(([, value]) => value)).toEqual(
      Array(3).fill('crd_1.3'),
    );
    expect(words).not.toContain('"confirm"');
  });

  it('shortens nothing a pipeline may post', () => {
    const { actions: _, ...details } = waitingCard({
      message: 'm'.repeat(3000),
      facts: Array.from({ length: 20 }, (_, index) => ({
        name: `f${index}`,
        value: `v${index}`.repeat(100),
      })),
      details: Array.from({ length: 60 }, (_, index) => ({
        label: `Input i${index}`,
        line: [text(`value ${index}`)],
      })),
      discussion: Array.from({ length: 10 }, (_, index) => [text(`${index}`.repeat(1000))]),
    });
    const words = JSON.stringify(shown(form({ details })));
    for (const part of ['m'.repeat(3000), 'v19'.repeat(100), 'value 59', '9'.repeat(1000), '0'.repeat(1000)])
      expect(words).toContain(part);
    expect(words).not.toMatch(/shortened|left out|and \d+ more/);
  });

  it('is a view Slack takes, whatever stands in it', { timeout: 60_000 }, () => {
    const line = fc.array(
      words.map((one) => ({ kind: 'text' as const, text: one })),
      { maxLength: 20 },
    );
    const lines = fc.array(line, { maxLength: 60 });
    const anyDetails = fc.record({
      title: words,
      status: line,
      message: words,
      details: fc.array(fc.record({ label: words, line }), { maxLength: 130 }),
      facts: fc.array(fc.record({ name: words, value: words }), { maxLength: 60 }),
      progress: lines,
      discussion: lines,
      warnings: lines,
      notes: lines,
    });
    fc.assert(
      fc.property(anyDetails, (change) => void shown(form({ details: { ...form().details, ...change } }))),
      { numRuns: rounds('STRINGS', 40, 2_000) },
    );
  });
});

describe('a question and its answers', () => {
  it('are asked for in fields of their own, bounded', () => {
    const field = (key: FieldKey, label: string): FormField => ({
      key,
      kind: 'comment',
      label,
      required: true,
      maxLength: 1000,
    });
    const asking = approveForm({ kind: 'ask_question', fields: [field('question', 'Question')] });
    expect(elementOf(asking)).toMatchObject({ max_length: 1000, multiline: true });
    const long = `Alice asks: “${'q'.repeat(1000)}”`;
    const answering = approveForm({
      kind: 'answer_question',
      fields: [field('answer-17', long), field('answer-18', 'b')],
    });
    expect(JSON.stringify(valid(answering).blocks)).toContain(long);
    const state = { 'answer-17': { value: { value: 'Yes' } }, 'answer-x': { value: { value: 'No' } } };
    expect(fieldValues(readState(state), null)).toEqual({ 'answer-17': 'Yes' });
  });
});

const list = fc.oneof(
  fc.constant(null),
  fc.uniqueArray(words, { minLength: 1, maxLength: 8 }),
  fc
    .integer({ min: 90, max: 120 })
    .map((size) => Array.from({ length: size }, (_, index) => `choice ${index}`)),
);
const anyInput: fc.Arbitrary<ApproverInput> = fc
  .record({ name: words, required: fc.boolean(), description: fc.option(words), list, kind: fc.nat(3) })
  .map(({ list: values, kind, ...rest }) =>
    input(rest.name, {
      ...rest,
      regex: kind === 3 ? '.*' : null,
      selectOneFrom: kind === 0 ? values : null,
      selectManyFrom: kind === 1 ? values : null,
      allowedValues: kind === 2 ? values : null,
    }),
  );

describe('any form', () => {
  it('gives a view Slack takes, within its size', { timeout: 60_000 }, () => {
    const anyForm = fc.record({
      inputs: fc.array(fc.record({ definition: anyInput, value: words }), { maxLength: 120 }),
      title: words,
      submitLabel: words,
      intro: words,
      note: fc.option(words),
    });
    fc.assert(
      fc.property(anyForm, ({ inputs, ...rest }) => {
        const fields = inputs.map(({ definition, value }, index) =>
          field(definition, value, `input-${index}`),
        );
        valid(
          approveForm({
            ...rest,
            fields: [...fields, { key: 'comment', kind: 'comment', label: '', required: true }],
          }),
        );
      }),
      { numRuns: rounds('STRINGS', 60, 2_000) },
    );
  });

  it('brings every choice back, whatever its words', () => {
    fc.assert(
      fc.property(fc.uniqueArray(words, { minLength: 1, maxLength: 20 }), fc.nat(), (values, pick) => {
        const value = values[pick % values.length]!;
        const form = approveForm({ fields: [field(input('x', { selectOneFrom: values }), value)] });
        const isText = elementOf(form).type === 'plain_text_input';
        const expected = isText && [...value].length > 3000 ? '' : isText ? value.toWellFormed() : value;
        expect(untouched(form)).toEqual({ 'input-0': expected });
      }),
    );
  });
});
