import { describe, expect, it } from 'vitest';
import { classify, inputProblems } from '../../src/harness/errors.ts';

describe('the refusals', () => {
  it('read the message of the older envelope too', () => {
    expect(
      classify({ status: 400, json: {}, said: 'Found no Harness Approval Instance waiting for x' }).row,
    ).toBe('E1');
  });

  it('are not fooled by what an approver typed (E6)', () => {
    const typed = 'Harness approval instance has already completed';
    const said = `Unable to add Harness Approval Activity : Approval inputs validation failed: {a=${typed} does not match the regex pattern x}`;
    expect(classify({ status: 400, json: {}, said }).row).toBe('E6');
  });

  it('give the problems of the example', () => {
    const said =
      'Invalid request: Unable to add Harness Approval Activity : Approval inputs validation failed: {variable_1=9 is not among allowed values, v3=x does not match the regex pattern .*abc, v2=Value was required but not provided}';
    expect(inputProblems(said, { v2: '', variable_1: '1,9', v3: 'x', v4: '9' })).toEqual({
      variable_1: '9 is not among allowed values',
      v3: 'x does not match the regex pattern .*abc',
      v2: 'Value was required but not provided',
    });
    expect(inputProblems('Something else', { v2: '' })).toEqual({});
  });
});
