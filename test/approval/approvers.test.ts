import { describe, expect, test } from 'vitest';
import {
  type ManagerAnswer,
  type NewSlot,
  type Resolution,
  resolveApprovers,
  resolveSubscribers,
} from '../../src/approval/approvers.ts';
import type { Exclusion, Person } from '../../src/approval/person.ts';
import { alice, bob, carol, dana, danasBot, fay, finn, maria, STAFF, workflow } from './samples.ts';

const NO_MANAGER: ManagerAnswer = { kind: 'missing', why: 'is not set: enter a manager for who asked' };
const gone = (who: Person): Person => ({ ...who, standing: 'deactivated' });

interface Asked {
  requirement?: 'none' | 'any' | 'all';
  listed?: readonly Person[];
  fallback?: readonly Person[];
  manager?: Person | ManagerAnswer | null;
  verified?: boolean;
  shut?: Partial<Exclusion>;
}

function resolve(asked: Asked): Resolution {
  const { requirement = 'any', listed = [alice, bob], fallback = [], manager = null } = asked;
  return resolveApprovers({
    workflow: workflow(requirement, {
      approverIds: listed.map((one) => one.id),
      fallbackApproverIds: fallback.map((one) => one.id),
      dynamicApproverIds: manager === null ? [] : [1],
    }),
    approvers: listed,
    fallbackApprovers: fallback,
    manager: asAnswer(manager),
    requesterVerified: asked.verified ?? true,
    exclusion: { requesterId: dana.id, disallowRequester: false, excludedEmails: [], ...asked.shut },
    revoked: new Set(),
    reassigned: [],
  });
}

function asAnswer(manager: Person | ManagerAnswer | null): ManagerAnswer {
  if (manager === null) return NO_MANAGER;
  return 'id' in manager ? { kind: 'person', person: manager } : manager;
}

const seat = ({ groupKey, personId, origins }: NewSlot) => {
  const who = STAFF.find((one) => one.id === personId)?.name ?? 'nobody';
  return `${groupKey}: ${who} (${origins.join(', ')})`;
};
const seats = (asked: Asked) => resolve(asked).slots.map(seat);
const whyNot = (asked: Asked) => resolve(asked).notAsked.map(({ who, why }) => `${who} ${why}`);

describe('under any', () => {
  test('the listed share one group', () => {
    expect(seats({})).toEqual(['any: Alice (explicit)', 'any: Bob (explicit)']);
  });

  test('R7: somebody listed who is also the manager has one slot with both reasons', () => {
    expect(seats({ listed: [alice, maria], manager: maria })).toEqual([
      'any: Alice (explicit)',
      'any: Maria (explicit, manager)',
    ]);
  });

  test('listed twice is one slot', () => {
    expect(seats({ listed: [alice, alice] })).toEqual(['any: Alice (explicit)']);
  });

  test('R7: who may not be asked is dropped, and named', () => {
    const asked = { listed: [gone(alice), bob, { ...carol, standing: 'guest' as const }] };
    expect(seats(asked)).toEqual(['any: Bob (explicit)']);
    expect(whyNot(asked)).toEqual(['Alice is deactivated', 'Carol is a guest']);
    expect(resolve(asked).problem).toBeNull();
  });

  test('R7: a missing manager is dropped, and named', () => {
    expect(seats({ manager: NO_MANAGER })).toEqual(['any: Alice (explicit)', 'any: Bob (explicit)']);
    expect(whyNot({ manager: NO_MANAGER })).toEqual([
      'The requester’s manager is not set: enter a manager for who asked',
    ]);
  });

  test('fallback approvers are asked only when nobody else is', () => {
    expect(seats({ fallback: [fay] })).toEqual(['any: Alice (explicit)', 'any: Bob (explicit)']);
    expect(seats({ listed: [gone(alice)], fallback: [fay, finn, gone(bob)] })).toEqual([
      'any: Fay (fallback)',
      'any: Finn (fallback)',
    ]);
  });

  test('R7: nobody at all is a problem, never an approval', () => {
    expect(resolve({ listed: [gone(alice)] })).toMatchObject({ slots: [], problem: 'no_approver' });
    expect(resolve({ listed: [] })).toMatchObject({ slots: [], problem: 'no_approver' });
  });
});

describe('under all', () => {
  test('everybody is a group of their own', () => {
    expect(seats({ requirement: 'all', manager: maria })).toEqual([
      'all-1: Alice (explicit)',
      'all-2: Bob (explicit)',
      'all-3: Maria (manager)',
    ]);
  });

  test('R7: the manager who is listed is not asked twice', () => {
    expect(seats({ requirement: 'all', listed: [alice, maria], manager: maria })).toEqual([
      'all-1: Alice (explicit)',
      'all-2: Maria (explicit, manager)',
    ]);
  });

  test('R7: who may not be asked leaves a vacant slot that says why', () => {
    const { slots, problem } = resolve({ requirement: 'all', listed: [alice, gone(bob)] });
    expect(slots[1]).toEqual({
      groupKey: 'all-2',
      personId: null,
      origins: ['explicit'],
      vacantBecause: 'Bob is deactivated',
    });
    expect(problem).toBe('vacant_slot');
  });

  test('R7: a missing manager is a vacant slot', () => {
    const { slots, problem } = resolve({ requirement: 'all', manager: NO_MANAGER });
    expect(slots.map(seat)).toEqual([
      'all-1: Alice (explicit)',
      'all-2: Bob (explicit)',
      'all-3: nobody (manager)',
    ]);
    expect(problem).toBe('vacant_slot');
  });

  test('R7: a listed person nobody knows any more leaves a vacant slot; all never shrinks', () => {
    const { slots, problem } = resolveApprovers({
      workflow: workflow('all', { approverIds: [alice.id, 99] }),
      approvers: [alice],
      fallbackApprovers: [],
      manager: NO_MANAGER,
      requesterVerified: true,
      exclusion: { requesterId: dana.id, disallowRequester: false, excludedEmails: [] },
      revoked: new Set(),
      reassigned: [],
    });
    expect(slots.map((slot) => slot.personId)).toEqual([alice.id, null]);
    expect(slots[1]!.vacantBecause).toBe('Person 99 is no longer known here');
    expect(problem).toBe('vacant_slot');
  });

  test('R7: a fallback approver fills the vacant slot; several share it', () => {
    expect(seats({ requirement: 'all', listed: [alice, gone(bob)], fallback: [fay, finn] })).toEqual([
      'all-1: Alice (explicit)',
      'all-2: Fay (fallback)',
      'all-2: Finn (fallback)',
    ]);
  });

  test('R7: one fallback approver does not stand in for two: the second place stays vacant', () => {
    const asked = { requirement: 'all', listed: [gone(alice), gone(bob), carol], fallback: [fay] } as const;
    expect(seats(asked)).toEqual([
      'all-1: Fay (fallback)',
      'all-2: nobody (explicit)',
      'all-3: Carol (explicit)',
    ]);
    expect(resolve(asked).problem).toBe('vacant_slot');
  });

  test('several fallback approvers are shared out among several places', () => {
    const asked = {
      requirement: 'all',
      listed: [gone(alice), gone(bob)],
      fallback: [fay, finn, carol],
    } as const;
    expect(seats(asked)).toEqual([
      'all-1: Fay (fallback)',
      'all-1: Carol (fallback)',
      'all-2: Finn (fallback)',
    ]);
    expect(resolve(asked).problem).toBeNull();
  });

  test('a fallback approver who has a place already does not get a second', () => {
    const asked = { requirement: 'all', listed: [alice, gone(bob)], fallback: [alice] } as const;
    expect(seats(asked)).toEqual(['all-1: Alice (explicit)', 'all-2: nobody (explicit)']);
  });

  test('R7: all vacant, or nobody listed, is nobody', () => {
    expect(resolve({ requirement: 'all', listed: [gone(alice), gone(bob)] }).problem).toBe('no_approver');
    expect(resolve({ requirement: 'all', listed: [] }).problem).toBe('no_approver');
  });
});

test('under none nobody is asked, and that is no problem', () => {
  expect(resolve({ requirement: 'none' })).toEqual({ slots: [], notAsked: [], problem: null });
});

describe('R5: the requester', () => {
  test('is asked where they are listed and nothing forbids it', () => {
    expect(seats({ listed: [dana, alice] })).toContain('any: Dana (explicit)');
  });

  test('is not asked where it is disallowed, nor is their machine, nor do they stand in', () => {
    const shut = { disallowRequester: true };
    const asked = { listed: [dana, danasBot], fallback: [dana, fay], shut };
    expect(seats(asked)).toEqual(['any: Fay (fallback)']);
    expect(whyNot(asked)).toEqual([
      'Dana asked for this and may not approve it',
      'Danabot (machine) asked for this and may not approve it',
    ]);
  });

  test('unverified: no manager is asked, whoever it might be', () => {
    expect(seats({ manager: maria, verified: false })).toEqual([
      'any: Alice (explicit)',
      'any: Bob (explicit)',
    ]);
    expect(whyNot({ manager: maria, verified: false })).toEqual([
      'The requester’s manager is unknown: Harness has not confirmed who asked',
    ]);
    expect(resolve({ requirement: 'all', manager: maria, verified: false }).problem).toBe('vacant_slot');
  });

  test('unverified and disallowed: only the fallback approvers are left', () => {
    const blind = { verified: false, shut: { disallowRequester: true, requesterId: null } };
    expect(seats({ ...blind, fallback: [fay] })).toEqual(['any: Fay (fallback)']);
    expect(whyNot(blind)).toEqual([
      'Alice might be who asked, which Harness has not confirmed',
      'Bob might be who asked, which Harness has not confirmed',
    ]);
    expect(resolve(blind).problem).toBe('no_approver');
    expect(resolve({ ...blind, requirement: 'all' }).problem).toBe('no_approver');
  });

  test('Harness’s excluded people are not asked', () => {
    const shut = { excludedEmails: ['alice@acme.io'] };
    expect(whyNot({ shut })).toEqual(['Alice is excluded by Harness']);
    expect(seats({ shut })).toEqual(['any: Bob (explicit)']);
  });
});

describe('R8: who is told', () => {
  const told = (subscribers: readonly Person[], manager: ManagerAnswer, verified = true) =>
    resolveSubscribers({
      workflow: workflow('any', { dynamicSubscriberIds: [1] }),
      subscribers,
      manager,
      requesterVerified: verified,
      approverIds: new Set([alice.id]),
    });

  test('everybody once; approvers have their own card', () => {
    const { people, notTold } = told([alice, carol, carol, maria], { kind: 'person', person: maria });
    expect(people.map((one) => one.name)).toEqual(['Carol', 'Maria']);
    expect(notTold).toEqual([]);
  });

  test('who cannot be told is named, and stops nobody', () => {
    const { people, notTold } = told([gone(bob), carol], NO_MANAGER);
    expect(people.map((one) => one.name)).toEqual(['Carol']);
    expect(notTold.map(({ who, why }) => `${who} ${why}`)).toEqual([
      'The requester’s manager is not set: enter a manager for who asked',
      'Bob is deactivated',
    ]);
  });

  test('an unverified requester’s manager is not told', () => {
    const { people, notTold } = told([], { kind: 'person', person: maria }, false);
    expect(people).toEqual([]);
    expect(notTold.map(({ why }) => why)).toEqual(['is unknown']);
  });
});

test('R16: under all a person and a machine of theirs are not two who agree', () => {
  const robot: Person = { ...carol, id: 90, name: 'Robot', kind: 'machine', ownerId: alice.id };
  const all = resolve({ requirement: 'all', listed: [robot, alice] });
  expect(all.slots.map(seat)).toEqual(['all-1: nobody (explicit)', 'all-2: Alice (explicit)']);
  expect(all.slots[0]!.vacantBecause).toContain('Robot (machine) answers to Alice, who is asked too');
  const any = resolve({ requirement: 'any', listed: [robot, alice] });
  expect(any.slots).toHaveLength(2);
});
