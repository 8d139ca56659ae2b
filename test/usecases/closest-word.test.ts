import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closestWord, editsBetween } from '../../src/usecases/workflows/closest-word.ts';

test.each([
  ['', '', 0],
  ['list', 'list', 0],
  ['lsit', 'list', 1],
  ['lis', 'list', 1],
  ['lists', 'list', 1],
  ['lost', 'list', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
])('from %j to %j it is %i edits', (left, right, edits) => expect(editsBetween(left, right)).toBe(edits));

test('edits are the same both ways, none only for the same word, and never more than the longer word', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (left, right) => {
      const edits = editsBetween(left, right);
      expect(editsBetween(right, left)).toBe(edits);
      expect(edits === 0).toBe(left === right);
      expect(edits).toBeLessThanOrEqual(Math.max(left.length, right.length));
    }),
  );
});

test('the nearest is meant, and nothing that is far', () => {
  expect(closestWord('shwo', ['help', 'show', 'list'])).toBe('show');
  expect(closestWord('SHOW', ['Show'])).toBe('Show');
  expect(closestWord('frobnicate', ['help', 'show', 'list'])).toBeNull();
  expect(closestWord('x', [])).toBeNull();
});
