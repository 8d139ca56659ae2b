import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveApprovers } from '../../src/approval/approvers.ts';
import type { Standing } from '../../src/approval/person.ts';
import { ACME, dana, STAFF, workflow } from './samples.ts';

const staff = STAFF.filter((one) => one.organizationId === ACME);
const ids = fc.array(fc.constantFrom(...staff.map((one) => one.id), 99), { maxLength: 5 });

const asked = fc.record({
  requirement: fc.constantFrom('any' as const, 'all' as const),
  listed: ids,
  fallback: ids,
  manager: fc.option(fc.constantFrom(...staff)),
  withManager: fc.boolean(),
  verified: fc.boolean(),
  disallowRequester: fc.boolean(),
  standings: fc.array(fc.constantFrom<Standing>('member', 'member', 'deactivated', 'guest'), {
    minLength: staff.length,
    maxLength: staff.length,
  }),
});

function resolve(given: typeof asked extends fc.Arbitrary<infer T> ? T : never) {
  const people = new Map(staff.map((one, index) => [one.id, { ...one, standing: given.standings[index]! }]));
  const known = (wanted: readonly number[]) => wanted.flatMap((id) => people.get(id) ?? []);
  const manager = given.manager && people.get(given.manager.id)!;
  const resolution = resolveApprovers({
    workflow: workflow(given.requirement, {
      approverIds: given.listed,
      fallbackApproverIds: given.fallback,
      dynamicApproverIds: given.withManager ? [1] : [],
    }),
    approvers: known(given.listed),
    fallbackApprovers: known(given.fallback),
    manager: manager ? { kind: 'person', person: manager } : { kind: 'missing', why: 'is not set' },
    requesterVerified: given.verified,
    exclusion: { requesterId: dana.id, disallowRequester: given.disallowRequester, excludedEmails: [] },
    revoked: new Set(),
    reassigned: [],
  });
  return { ...resolution, people };
}

test('R7: nobody has two places, nobody unfit has one, and trouble is said', () => {
  fc.assert(
    fc.property(asked, (given) => {
      const { slots, problem, people } = resolve(given);
      const seated = slots.flatMap((slot) => slot.personId ?? []);
      expect(new Set(seated).size).toBe(seated.length);
      for (const id of seated) {
        expect(people.get(id)?.standing).toBe('member');
        if (given.disallowRequester) expect(people.get(id)?.ownerId ?? id).not.toBe(dana.id);
      }
      const vacant = slots.some((slot) => slot.personId === null);
      expect(problem).toBe(seated.length === 0 ? 'no_approver' : vacant ? 'vacant_slot' : null);
      for (const slot of slots) expect(slot.vacantBecause === null).toBe(slot.personId !== null);
    }),
    { numRuns: 1_000 },
  );
});

test('R7: all never shrinks: everybody who is wanted has a group, filled or vacant', () => {
  fc.assert(
    fc.property(asked, (given) => {
      const all = { ...given, requirement: 'all' as const };
      const wanted = new Set<number | string>(given.listed);
      const found = given.verified && given.manager !== null;
      if (given.withManager) wanted.add(found ? given.manager!.id : 'manager');
      expect(new Set(resolve(all).slots.map((slot) => slot.groupKey)).size).toBe(wanted.size);
    }),
    { numRuns: 1_000 },
  );
});
