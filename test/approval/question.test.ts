import { describe, expect, test } from 'vitest';
import {
  isWaiting,
  MOST_QUESTIONS,
  MOST_UNANSWERED,
  notWaiting,
  type Question,
  tooManyQuestions,
} from '../../src/approval/question.ts';
import { alice, approvedBy, bob, dana, NOW, peopleMap, request } from './samples.ts';

const question = (id: number, askerId: number, answered = false): Question => ({
  id,
  askerId,
  text: `Why ${id}?`,
  askedAt: NOW,
  answer: answered ? { text: 'So.', personId: dana.id, at: NOW } : null,
});
const several = (count: number, askerId: number, answered = false) =>
  Array.from({ length: count }, (_, index) => question(index + 1, askerId, answered));

describe('how much may be asked', () => {
  // biome-ignore format: one row, one line
  test.each([
    ['none yet', [], null],
    ['two of one’s own wait', several(MOST_UNANSWERED - 1, alice.id), null],
    ['three of one’s own wait', several(MOST_UNANSWERED, alice.id), /^3 of your questions wait/],
    ['three of a colleague’s wait', several(MOST_UNANSWERED, bob.id), null],
    ['nine are answered', several(MOST_QUESTIONS - 1, alice.id, true), null],
    ['ten are answered', several(MOST_QUESTIONS, alice.id, true), /^10 questions were asked/],
  ])('%s', (_, questions, words) => {
    const refusal = tooManyQuestions(questions, alice.id);
    if (words === null) expect(refusal).toBeNull();
    else expect(refusal).toMatchObject({ code: 'nothing_to_do', why: expect.stringMatching(words) });
  });
});

describe('while the request waits, here and in Harness', () => {
  const approved = request({ status: 'APPROVED', decision: approvedBy(alice) });
  const aborted = request({ harness: { status: 'ABORTED', decidedBy: null } });

  test('it is said who ended it', () => {
    expect(isWaiting(request())).toBe(true);
    expect(notWaiting(request(), peopleMap())).toBeNull();
    expect(notWaiting(approved, peopleMap())).toEqual({
      code: 'already_closed',
      status: 'APPROVED',
      by: 'Alice',
    });
    expect(notWaiting(aborted, peopleMap())).toEqual({ code: 'already_closed', status: 'ABORTED', by: null });
  });
});
