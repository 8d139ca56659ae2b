import { describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import { threadLines } from '../../src/approval/thread-lines.ts';
import { alice, approvedBy, bob, NOW, rejectedBy, submission, vote } from './samples.ts';
import { type ViewChange, view } from './views.ts';

const words = (change: ViewChange, told: readonly string[] = []) =>
  threadLines(view(change), told).map(({ line }) => lineText(line));
const keys = (change: ViewChange, told: readonly string[] = []) =>
  threadLines(view(change), told).map(({ key }) => key);

const approval = vote(alice, 'APPROVE', { id: 7, comment: ' Looks good ', at: NOW - 1_000 });
const approved = { status: 'APPROVED', decision: approvedBy(alice), votes: [approval] } as const;
const decided = `decided-APPROVE-${NOW - 500}`;
const by = `by Alice ${new Date(NOW - 500).toISOString()}`;

describe('what a thread tells', () => {
  // biome-ignore format: one row, one line
  const ROWS: [string, ViewChange, string[]][] = [
    ['nothing while nobody has said anything', {}, []],
    ['nothing of a vote without words', { votes: [vote(alice, 'APPROVE')] }, []],
    ['an approver’s words', { requirement: 'all', votes: [approval] }, ['Alice approved: “Looks good”']],
    ['nothing of words that no longer count', { requirement: 'all', votes: [{ ...approval, voidBecause: 'x' }] }, []],
    ['words, then the decision', { ...approved, submission: submission() }, ['Alice approved: “Looks good”', `Approved, telling Harness … ${by}`]],
    ['that it was not delivered, and why', { ...approved, votes: [], submission: submission({ state: 'dead', detail: 'No access.' }) }, [`Approved here, not delivered to Harness ${by}. Harness does not know yet. No access.`]],
    ['R21: Harness’s outcome in place of ours', { ...approved, votes: [], harness: { status: 'APPROVED' }, submission: submission({ state: 'delivered' }) }, [`Approved ${by} · confirmed by Harness`]],
    ['R21: that Harness decided otherwise', { ...approved, votes: [], harness: { status: 'REJECTED', decidedBy: 'Eve' }, submission: submission({ state: 'conflict' }) }, [`Rejected in Harness by Eve. Differs from the decision here: approved ${by}. What Harness says is what happened.`]],
    ['that it was settled in Harness', { status: 'ABORTED', harness: { status: 'ABORTED' } }, ['Run aborted in Harness']],
    ['that it was cancelled here', { status: 'ABORTED', closedReason: 'by Ada' }, ['Cancelled: by Ada. The pipeline may still wait in Harness.']],
    ['nothing of an approval nobody was asked for', { requirement: 'none', holders: [], status: 'APPROVED', decision: { ...approvedBy(alice), personId: null, how: 'no_approval_required' } }, []],
  ];
  test.each(ROWS)('%s', (_, change, lines) => {
    expect(words(change)).toEqual(lines);
  });

  test('no line is told twice', () => {
    const change = { ...approved, submission: submission() };
    const told = keys(change);
    expect(told).toEqual([`vote-7-${NOW - 1_000}`, decided]);
    expect(keys(change, told)).toEqual([]);
    expect(keys({ ...change, submission: submission({ state: 'sending', posts: 1 }) }, told)).toEqual([]);
  });

  test('an outcome told as lost is told again once it has arrived, and not as lost a second time', () => {
    const dead = { ...approved, votes: [], submission: submission({ state: 'dead', detail: 'x' }) };
    const told = [decided, ...keys(dead, [decided])];
    expect(told).toHaveLength(2);
    expect(keys({ ...dead, submission: submission({ state: 'queued' }) }, told)).toEqual([]);
    expect(keys(dead, told)).toEqual([]);
    const delivered = {
      harness: { status: 'APPROVED' },
      submission: submission({ state: 'delivered' }),
    } as const;
    expect(keys({ ...dead, ...delivered }, told)).toEqual(['harness-APPROVED']);
  });

  test('R15: a rejection that replaces an unsent approval is told after it', () => {
    const reason = vote(bob, 'REJECT', { id: 8, comment: 'Wait', at: NOW });
    const change = { status: 'REJECTED', decision: rejectedBy(bob), votes: [approval, reason] } as const;
    expect(words(change, [`vote-7-${NOW - 1_000}`, decided])).toEqual([
      'Bob rejected: “Wait”',
      expect.stringMatching(/^Rejected, telling Harness … by Bob/),
    ]);
  });

  test('a decision that was told and does not stand is taken back, once', () => {
    const [line] = threadLines(view({}), [decided]);
    expect(lineText(line!.line)).toBe('Taken back: the decision does not stand and was not sent to Harness.');
    expect(keys({}, [decided, line!.key])).toEqual([]);
    expect(
      keys({ ...approved, votes: [], decision: { ...approvedBy(alice), at: NOW } }, [decided, line!.key]),
    ).toEqual([`decided-APPROVE-${NOW}`]);
  });

  test('names are plain: nobody named here has anything left to do', () => {
    const people = threadLines(view({ ...approved, submission: submission() }), [])
      .flatMap(({ line }) => line)
      .filter((span) => span.kind === 'person');
    expect(people.length).toBeGreaterThan(1);
    for (const person of people) expect(person).toMatchObject({ externalId: null });
  });
});
