import fc from 'fast-check';
import { expect, test } from 'vitest';
import { awaits } from '../../src/approval/awaits.ts';
import { decide } from '../../src/approval/decide.ts';
import type { Standing } from '../../src/approval/person.ts';
import { type RequestProblem, type RequestStatus, UNCONFIRMED } from '../../src/approval/request.ts';
import { dana, NOW, request, STAFF } from './samples.ts';

const status = fc.constantFrom<RequestStatus>(
  'WAITING',
  'WAITING',
  'WAITING',
  'APPROVED',
  'REJECTED',
  'ABORTED',
);
// Few enough that seats, votes and askers often meet.
const anybody = fc.nat({ max: 3 });
const problem = fc.option(fc.constantFrom<RequestProblem>('vacant_slot', 'amended_too_often'), { freq: 3 });

test('R13: a request awaits exactly those whose first decision it would take', () => {
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(
      fc.record({
        status,
        harness: fc.option(status, { freq: 3 }),
        problem,
        resolved: fc.constantFrom(true, true, true, false),
        disallowRequester: fc.boolean(),
        excluded: fc.option(anybody),
        expiresIn: fc.option(fc.integer({ min: -1, max: 1 }), { freq: 3 }),
        version: fc.constantFrom(1, 2),
        seats: fc.array(fc.option(anybody), { maxLength: 4 }),
        votes: fc.array(fc.record({ who: anybody, version: fc.constantFrom(1, 2), isVoid: fc.boolean() }), {
          maxLength: 3,
        }),
        who: anybody,
        standing: fc.constantFrom<Standing>('member', 'member', 'member', 'deactivated', 'guest'),
      }),
      (given) => {
        const person = { ...STAFF[given.who]!, standing: given.standing };
        const state = {
          request: request({
            status: given.status,
            problem: given.problem === null ? null : { kind: given.problem, detail: 'held' },
            resolved: given.resolved,
            disallowRequester: given.disallowRequester,
            excludedEmails: given.excluded === null ? [] : [STAFF[given.excluded]!.email!],
            expiresAt: given.expiresIn === null ? null : NOW + given.expiresIn,
            contentVersion: given.version,
            harness: { ...UNCONFIRMED, status: given.harness },
            content: { requester: { personId: dana.id, email: dana.email!, verified: true } },
          }),
          slots: given.seats.map((seat, index) => ({
            id: index + 1,
            groupKey: `all-${index}`,
            personId: seat === null ? null : STAFF[seat]!.id,
            origins: ['explicit' as const],
            vacantBecause: seat === null ? 'nobody' : null,
          })),
          votes: given.votes.map(({ who, version, isVoid }, index) => ({
            id: index + 1,
            personId: STAFF[who]!.id,
            contentVersion: version,
            action: 'APPROVE' as const,
            values: {},
            comment: '',
            link: null,
            via: 'slack',
            at: NOW,
            voidBecause: isVoid ? 'void' : null,
          })),
          people: new Map(STAFF.map((one) => [one.id, one.id === person.id ? person : one])),
          sendingStarted: false,
        };
        const voted = state.votes.some(
          (vote) =>
            vote.personId === person.id && vote.contentVersion === given.version && vote.voidBecause === null,
        );
        const ballot = {
          person,
          action: 'REJECT' as const,
          values: {},
          comment: 'because',
          link: null,
          now: NOW,
        };
        const ruling = decide(state, { ...ballot, shownVersion: given.version }, () => true);
        const expected = given.status === 'WAITING' && !voted && ruling.kind === 'accepted';
        seen[expected ? 'yes' : 'no'] += 1;
        expect(awaits(person, state, NOW)).toBe(expected);
      },
    ),
    { numRuns: 3_000 },
  );
  expect(seen.yes).toBeGreaterThan(10);
});
