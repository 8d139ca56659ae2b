import { describe, expect, test } from 'vitest';
import { type Accepted, type Ballot, decide } from '../../src/approval/decide.ts';
import type { Person } from '../../src/approval/person.ts';
import {
  alice,
  approvedBy,
  ballot,
  bob,
  carol,
  dana,
  fullMatch,
  input,
  NOW,
  type StateChange,
  state,
  vote,
} from './samples.ts';

function accepted(given: StateChange, who: Person, action: Ballot['action'], change: Partial<Ballot> = {}) {
  const ruling = decide(state(given), ballot(who, action, change), fullMatch);
  expect(ruling.kind).toBe('accepted');
  return ruling as Accepted;
}

const all = { requirement: 'all', holders: [alice, bob, carol] } as const;
const yes = (who: Person) => vote(who, 'APPROVE');

describe('the outcome', () => {
  // biome-ignore format: one row, one line
  const OUTCOMES: [string, StateChange, Person, Ballot['action'], 'APPROVE' | 'REJECT' | 'waits'][] = [
    ['any: the first approval approves', {}, alice, 'APPROVE', 'APPROVE'],
    ['any: the first rejection rejects', {}, alice, 'REJECT', 'REJECT'],
    ['any: beside a vacant place', { holders: [alice, null] }, alice, 'APPROVE', 'APPROVE'],
    ['all: the first of three waits', all, alice, 'APPROVE', 'waits'],
    ['all: the second of three waits', { ...all, votes: [yes(alice)] }, bob, 'APPROVE', 'waits'],
    ['all: the last of three approves', { ...all, votes: [yes(alice), yes(carol)] }, bob, 'APPROVE', 'APPROVE'],
    ['all: one rejection rejects at once', all, alice, 'REJECT', 'REJECT'],
    ['all: one rejection against two approvals', { ...all, votes: [yes(alice), yes(bob)] }, carol, 'REJECT', 'REJECT'],
    ['all: one’s own approval taken back', { ...all, votes: [yes(alice)] }, alice, 'REJECT', 'REJECT'],
    ['all: of one', { ...all, holders: [alice] }, alice, 'APPROVE', 'APPROVE'],
    ['R7: all: a vacant place blocks', { ...all, holders: [alice, bob, null], votes: [yes(alice)] }, bob, 'APPROVE', 'waits'],
    ['R7: all: a vacant place does not block a rejection', { ...all, holders: [alice, null] }, alice, 'REJECT', 'REJECT'],
    ['R13: all: a vote of somebody deactivated since is void', { ...all, votes: [yes(alice), yes(bob)], changedPeople: [{ ...bob, standing: 'deactivated' }] }, carol, 'APPROVE', 'waits'],
    ['R13: all: a vote of somebody who lost their place is void', { ...all, holders: [alice, null, carol], votes: [yes(alice), yes(bob)] }, carol, 'APPROVE', 'waits'],
    ['R13: all: a vote of somebody excluded since is void', { ...all, votes: [yes(alice), yes(bob)], excludedEmails: ['bob@acme.io'] }, carol, 'APPROVE', 'waits'],
    ['R13: all: the requester’s vote is void once that is disallowed', { ...all, holders: [dana, bob], votes: [yes(dana)], disallowRequester: true }, bob, 'APPROVE', 'waits'],
    ['R13: a void rejection does not reject', { ...all, holders: [alice, bob], votes: [vote(bob, 'REJECT', { voidBecause: 'x' })] }, alice, 'APPROVE', 'waits'],
    ['R9: all: votes on an older version do not count', { ...all, votes: [yes(alice), yes(bob)], contentVersion: 2 }, carol, 'APPROVE', 'waits'],
    ['R15: a rejection replaces an unsent approval', { status: 'APPROVED', decision: approvedBy(bob), votes: [yes(bob)] }, alice, 'REJECT', 'REJECT'],
  ];
  test.each(OUTCOMES)('%s', (_, given, who, action, outcome) => {
    const shownVersion = given.contentVersion ?? 1;
    const { decision } = accepted(given, who, action, { shownVersion });
    expect(decision).toEqual(
      outcome === 'waits' ? null : { action: outcome, personId: who.id, how: 'vote', at: NOW },
    );
  });
});

describe('the vote', () => {
  test('is the voter’s, with their words', () => {
    const { vote: cast } = accepted({}, alice, 'APPROVE', { comment: 'Tested' });
    expect(cast).toEqual({
      personId: alice.id,
      action: 'APPROVE',
      values: {},
      comment: 'Tested',
      link: null,
    });
  });

  test('replaces one’s own earlier vote on the same version', () => {
    expect(accepted({ ...all, votes: [yes(alice)] }, alice, 'REJECT').replacesOwnVote).toBe(true);
    expect(accepted({ ...all, votes: [yes(bob)] }, alice, 'REJECT').replacesOwnVote).toBe(false);
    expect(accepted({ ...all }, alice, 'REJECT').replacesOwnVote).toBe(false);
  });
});

describe('inputs', () => {
  const inputs = [
    input('ticket', { required: true, regex: 'CHG[0-9]+' }),
    input('rollout', { defaultValue: 'canary' }),
  ];
  const values = { ticket: 'CHG1', rollout: 'canary' };

  test('wrong ones are told by field, and nothing is decided', () => {
    const ruling = decide(
      state({ inputs }),
      ballot(alice, 'APPROVE', { values: { ticket: 'x' } }),
      fullMatch,
    );
    expect(ruling).toEqual({
      kind: 'inputs_wrong',
      problems: { ticket: 'Does not have the form CHG[0-9]+' },
    });
  });

  test('somebody who may not decide is not told what is wrong with them', () => {
    const ruling = decide(
      state({ inputs }),
      ballot(carol, 'APPROVE', { values: { ticket: 'x' } }),
      fullMatch,
    );
    expect(ruling).toEqual({ kind: 'refused', refusal: { code: 'not_an_approver' } });
  });

  test('a rejection needs none and keeps none', () => {
    expect(accepted({ inputs }, alice, 'REJECT', { values }).vote.values).toEqual({});
  });

  test('any: the decider’s values are theirs alone; nobody is asked again', () => {
    const ruling = accepted({ inputs }, alice, 'APPROVE', { values: { ...values, extra: 'x' } });
    expect(ruling.vote.values).toEqual(values);
    expect(ruling).toMatchObject({ newOffer: null, askedAgain: [], decision: { action: 'APPROVE' } });
  });
});

describe('R11: under all the inputs are part of what is approved', () => {
  const inputs = [input('ticket', { required: true }), input('rollout', { defaultValue: 'canary' })];
  const offered = { ticket: 'CHG1', rollout: 'canary' };
  const asked = { ...all, inputs };
  const second = { ...asked, contentVersion: 2, content: { offered } };
  const onSecond = (who: Person) => vote(who, 'APPROVE', { contentVersion: 2, values: offered });

  test('the first who fills them in offers them to the others', () => {
    expect(accepted(asked, alice, 'APPROVE', { values: offered })).toMatchObject({
      newOffer: { values: offered, changed: [{ name: 'ticket', before: '', after: 'CHG1' }] },
      askedAgain: [],
      decision: null,
    });
  });

  test('who keeps them adds a vote', () => {
    const given = { ...second, votes: [onSecond(alice)] };
    expect(accepted(given, bob, 'APPROVE', { values: offered, shownVersion: 2 })).toMatchObject({
      newOffer: null,
      askedAgain: [],
      decision: null,
    });
  });

  test('the last who keeps them decides', () => {
    const given = { ...second, votes: [onSecond(alice), onSecond(bob)] };
    const { decision } = accepted(given, carol, 'APPROVE', { values: offered, shownVersion: 2 });
    expect(decision?.action).toBe('APPROVE');
  });

  test('the last who changes one decides nothing: everybody else is asked again', () => {
    const given = { ...second, votes: [onSecond(alice), onSecond(bob)] };
    const values = { ...offered, rollout: 'full' };
    expect(accepted(given, carol, 'APPROVE', { values, shownVersion: 2 })).toMatchObject({
      newOffer: { values, changed: [{ name: 'rollout', before: 'canary', after: 'full' }] },
      askedAgain: [alice.id, bob.id],
      replacesOwnVote: false,
      decision: null,
    });
  });

  test('emptying an optional one is a change, too', () => {
    const given = { ...second, votes: [onSecond(alice)] };
    const values = { ...offered, rollout: '' };
    const ruling = accepted(given, bob, 'APPROVE', { values, shownVersion: 2 });
    expect(ruling.newOffer?.changed).toEqual([{ name: 'rollout', before: 'canary', after: '' }]);
  });

  test('who alone is asked decides with what they gave', () => {
    const given = { ...asked, holders: [alice] };
    const ruling = accepted(given, alice, 'APPROVE', { values: offered });
    expect(ruling).toMatchObject({ newOffer: { values: offered }, decision: { action: 'APPROVE' } });
  });

  test('a rejection changes no offer', () => {
    const given = { ...second, votes: [onSecond(alice)] };
    expect(accepted(given, bob, 'REJECT', { shownVersion: 2 })).toMatchObject({
      newOffer: null,
      askedAgain: [],
      decision: { action: 'REJECT' },
    });
  });
});
