import { describe, expect, test } from 'vitest';
import {
  askedInputs,
  changedValues,
  checkInputs,
  INPUT_VALUE_MAX,
  missingInputs,
  offeredValues,
  sameValues,
} from '../../src/approval/approver-input.ts';
import { fullMatch, input } from './samples.ts';

const ticket = input('ticket', { required: true, regex: 'CHG[0-9]{6}' });
const rollout = input('rollout', { defaultValue: 'canary', selectOneFrom: ['canary', 'full'] });
const regions = input('regions', { selectManyFrom: ['eu', 'us', 'asia'] });
const zones = input('zones', { allowedValues: ['a', 'b'] });
const approvedBy = input('approved_by', { required: true });

describe('checking what somebody gave', () => {
  // biome-ignore format: one row, one line
  test.each([
    ['a required one left empty', ticket, '', 'A value is required.'],
    ['a form it does not have', ticket, 'CHG12', 'Does not have the form CHG[0-9]{6}'],
    ['the form somewhere inside', ticket, 'xCHG123456', 'Does not have the form CHG[0-9]{6}'],
    ['its form', ticket, 'CHG123456', null],
    ['no choice of its own', rollout, 'big-bang', 'Choose one of: canary, full.'],
    ['two where one is chosen', rollout, 'canary,full', 'Choose one of: canary, full.'],
    ['one of the choices', rollout, 'full', null],
    ['an optional choice left empty', rollout, '', null],
    ['several of several', regions, 'eu, asia', null],
    ['a stranger among several', regions, 'eu,mars', '“mars” is not one of the allowed values: eu, us, asia.'],
    ['a gap among several', regions, 'eu,', '“” is not one of the allowed values: eu, us, asia.'],
    ['allowed values', zones, 'b,a', null],
    ['a value that is not allowed', zones, 'c', '“c” is not one of the allowed values: a, b.'],
    ['the longest', input('note'), 'x'.repeat(INPUT_VALUE_MAX), null],
    ['too long', input('note'), 'x'.repeat(INPUT_VALUE_MAX + 1), 'At most 3000 characters.'],
  ])('%s', (_, definition, value, problem) => {
    const checked = checkInputs([definition], { [definition.name]: value }, fullMatch);
    expect(checked).toEqual(
      problem === null
        ? { ok: true, values: { [definition.name]: value } }
        : { ok: false, problems: { [definition.name]: problem } },
    );
  });

  test('every wrong field is told at once', () => {
    const checked = checkInputs([ticket, rollout], { ticket: '', rollout: 'x' }, fullMatch);
    expect(checked).toMatchObject({ ok: false, problems: { ticket: /./, rollout: /./ } });
  });

  test('all declared names come back, undeclared ones never, approved_by never', () => {
    const given = { ticket: 'CHG123456', extra: 'x', approved_by: 'boss@acme.io' };
    expect(checkInputs([ticket, rollout, approvedBy], given, fullMatch)).toEqual({
      ok: true,
      values: { ticket: 'CHG123456', rollout: '' },
    });
    expect(askedInputs([ticket, approvedBy])).toEqual([ticket]);
  });

  test('a long list is shortened in the sentence', () => {
    const many = input('n', { selectOneFrom: Array.from({ length: 40 }, (_, index) => `n${index}`) });
    expect(checkInputs([many], { n: 'x' }, fullMatch)).toEqual({
      ok: false,
      problems: { n: 'Choose one of: n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, … (40 in all).' },
    });
  });
});

describe.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('an input called %s', (name) => {
  const odd = input(name, { required: true, defaultValue: 'd' });
  const own = (value: string) => Object.fromEntries([[name, value]]);

  test('starts with its default, not with what every object inherits', () => {
    expect(Object.entries(offeredValues([odd], {}))).toEqual([[name, 'd']]);
    expect(missingInputs([odd], {})).toEqual([name]);
  });

  test('is checked and kept like any other', () => {
    expect(checkInputs([odd], {}, fullMatch)).toMatchObject({ ok: false });
    const checked = checkInputs([odd], own('v'), fullMatch);
    expect(checked.ok && Object.entries(checked.values)).toEqual([[name, 'v']]);
    expect(sameValues(own('v'), {})).toBe(false);
    expect(changedValues({}, own('v'))).toEqual([{ name, before: '', after: 'v' }]);
  });
});

describe('what is offered to the next approver', () => {
  test('an earlier approver’s values, else the defaults', () => {
    expect(offeredValues([ticket, rollout, approvedBy], { rollout: 'full' })).toEqual({
      ticket: '',
      rollout: 'full',
    });
  });

  test('an emptied field stays empty', () => {
    expect(offeredValues([rollout], { rollout: '' })).toEqual({ rollout: '' });
  });

  test('sameness is of names and values', () => {
    expect(sameValues({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true);
    expect(sameValues({ a: '1' }, { a: '1', b: '' })).toBe(false);
    expect(sameValues({ a: '1', b: '' }, { a: '1' })).toBe(false);
    expect(sameValues({ a: '1' }, { a: '2' })).toBe(false);
  });

  test('a change says before and after', () => {
    expect(changedValues({ a: '1', b: '2' }, { a: '1', b: '3', c: 'x' })).toEqual([
      { name: 'b', before: '2', after: '3' },
      { name: 'c', before: '', after: 'x' },
    ]);
  });
});

test('under none a required input without a value is missing; approved_by is the bot’s', () => {
  expect(missingInputs([ticket, rollout, approvedBy], { ticket: '', rollout: '' })).toEqual(['ticket']);
  expect(missingInputs([ticket], { ticket: 'CHG123456' })).toEqual([]);
});
