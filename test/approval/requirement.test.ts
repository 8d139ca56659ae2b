import { describe, expect, test } from 'vitest';
import type { Person } from '../../src/approval/person.ts';
import { countingVotes, tally, type Vote } from '../../src/approval/requirement.ts';
import { alice, bob, carol, dana, fay, peopleMap, slots, vote } from './samples.ts';

const open = { requesterId: dana.id, disallowRequester: false, excludedEmails: [] };

function counted(
  votes: readonly Vote[],
  change: { people?: Person[]; holders?: Person[]; shut?: object } = {},
) {
  return countingVotes({
    votes,
    slots: slots('all', change.holders ?? [alice, bob]),
    contentVersion: 1,
    people: peopleMap(change.people),
    exclusion: { ...open, ...change.shut },
  }).map((one) => one.personId);
}

describe('R13, R14: which votes count', () => {
  test('those of people with a place', () => {
    expect(counted([vote(alice, 'APPROVE'), vote(carol, 'APPROVE')])).toEqual([alice.id]);
  });

  test('not one on another version, earlier or later', () => {
    expect(counted([vote(alice, 'APPROVE', { contentVersion: 0 })])).toEqual([]);
    expect(counted([vote(alice, 'APPROVE', { contentVersion: 2 })])).toEqual([]);
  });

  test('not one that was made void', () => {
    expect(counted([vote(alice, 'APPROVE', { voidBecause: 'amended' })])).toEqual([]);
    expect(counted([vote(alice, 'APPROVE', { voidBecause: '' })])).toEqual([]);
  });

  test.each(['deactivated', 'guest', 'stranger', 'bot', 'not_found'] as const)(
    'not of somebody who is %s by now',
    (standing) => {
      expect(counted([vote(alice, 'APPROVE')], { people: [{ ...alice, standing }] })).toEqual([]);
    },
  );

  test('not of the requester where that is disallowed, nor of whom Harness excludes', () => {
    const votes = [vote(dana, 'APPROVE'), vote(alice, 'APPROVE')];
    expect(counted(votes, { holders: [dana, alice] })).toEqual([dana.id, alice.id]);
    expect(counted(votes, { holders: [dana, alice], shut: { disallowRequester: true } })).toEqual([alice.id]);
    expect(counted(votes, { holders: [dana, alice], shut: { excludedEmails: ['alice@acme.io'] } })).toEqual([
      dana.id,
    ]);
  });

  test('not of somebody nobody knows', () => {
    const ghost = { ...alice, id: 999 };
    expect(counted([vote(ghost, 'APPROVE')], { holders: [ghost] })).toEqual([]);
  });
});

describe('R15: the verdict', () => {
  test.each([
    ['none', [], [], 'approved 0/0'],
    ['any', [], [], 'waiting 0/0'],
    ['all', [], [], 'waiting 0/0'],
    ['any', [alice, bob], [], 'waiting 0/1'],
    ['any', [alice, bob], [vote(bob, 'APPROVE')], 'approved 1/1'],
    ['any', [alice, bob], [vote(alice, 'APPROVE'), vote(bob, 'APPROVE')], 'approved 1/1'],
    ['any', [alice, null], [vote(alice, 'APPROVE')], 'approved 1/1'],
    ['any', [null], [], 'waiting 0/1'],
    ['any', [alice, bob], [vote(bob, 'REJECT')], 'rejected 0/1'],
    ['any', [alice, bob], [vote(alice, 'APPROVE'), vote(bob, 'REJECT')], 'rejected 1/1'],
    ['all', [alice], [vote(alice, 'APPROVE')], 'approved 1/1'],
    ['all', [alice, bob], [vote(alice, 'APPROVE')], 'waiting 1/2'],
    ['all', [alice, bob], [vote(alice, 'APPROVE'), vote(bob, 'APPROVE')], 'approved 2/2'],
    ['all', [alice, bob, carol], [vote(alice, 'APPROVE'), vote(bob, 'REJECT')], 'rejected 1/3'],
    ['all', [alice, null], [vote(alice, 'APPROVE')], 'waiting 1/2'],
    ['all', [null, null], [], 'waiting 0/2'],
    ['all', [alice, bob], [vote(alice, 'APPROVE'), vote(alice, 'APPROVE')], 'waiting 1/2'],
  ] as const)('%s of %o with %o', (requirement, holders, votes, wanted) => {
    const { verdict, fulfilled, needed } = tally(requirement, slots(requirement, holders), votes);
    expect(`${verdict} ${fulfilled}/${needed}`).toBe(wanted);
  });

  test('one approval in a group of several stand-ins is enough for that group', () => {
    const places = slots('all', [alice, bob, fay]).map((slot) =>
      slot.personId === alice.id ? slot : { ...slot, groupKey: 'all-2' },
    );
    expect(tally('all', places, [vote(alice, 'APPROVE')]).verdict).toBe('waiting');
    expect(tally('all', places, [vote(alice, 'APPROVE'), vote(fay, 'APPROVE')]).verdict).toBe('approved');
  });

  test('nobody counts twice, wherever they sit', () => {
    expect(tally('all', slots('all', [alice, alice]), [vote(alice, 'APPROVE')])).toEqual({
      verdict: 'waiting',
      fulfilled: 1,
      needed: 2,
    });
  });

  test('who sits in two groups fills the one that nobody else fills', () => {
    const [first, second, third] = slots('all', [alice, bob, alice]);
    const places = [first!, { ...second!, groupKey: 'all-1' }, third!];
    const votes = [vote(alice, 'APPROVE'), vote(bob, 'APPROVE')];
    expect(tally('all', places, votes).verdict).toBe('approved');
    expect(tally('all', [...places].reverse(), votes).verdict).toBe('approved');
    expect(tally('all', places, votes.slice(0, 1)).verdict).toBe('waiting');
  });
});
