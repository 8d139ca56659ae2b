import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RulingState } from '../../src/approval/decide.ts';
import type { Person, Standing } from '../../src/approval/person.ts';
import { type Happening, type Played, play } from './folded-request.ts';
import { dana, danasBot, input, NOW, request, STAFF } from './samples.ts';

const anybody = fc.nat({ max: STAFF.length - 1 });
const standing = fc.constantFrom<Standing>(
  'member',
  'member',
  'deactivated',
  'guest',
  'stranger',
  'bot',
  'not_found',
);

/** Mostly honest ballots on the version shown, some not; and a stranger now and then. */
const aBallot = fc.record({
  kind: fc.constant('ballot' as const),
  who: fc.nat({ max: STAFF.length }),
  action: fc.constantFrom('APPROVE' as const, 'APPROVE' as const, 'APPROVE' as const, 'REJECT' as const),
  versionsOff: fc.constantFrom(0, 0, 0, 0, -1, 1),
  rollout: fc.constantFrom('canary', 'canary', 'full', 'big-bang', '', ''),
  comment: fc.constantFrom('because', 'because', ''),
});
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: aBallot },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('standing' as const), who: anybody, standing }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('vacate' as const), who: anybody }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fill' as const), who: anybody }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'amend' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'sending' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('time' as const), passes: fc.nat(20_000) }) },
);

/** Any requirement over any seating: vacant places, stand-ins in one group, one person in two, foreigners. */
const start: fc.Arbitrary<RulingState> = fc
  .record({
    requirement: fc.constantFrom('any' as const, 'all' as const, 'all' as const),
    seats: fc.array(
      fc.record({
        who: fc.option(anybody, { freq: 8 }),
        group: fc.nat(3),
        isCheck: fc.constantFrom(false, false, false, true),
      }),
      { maxLength: 5 },
    ),
    disallowRequester: fc.boolean(),
    excluded: fc.option(anybody, { freq: 3 }),
    rollout: fc.constantFrom(null, 'canary', '', ''),
    deadline: fc.option(fc.integer({ min: 10_000, max: 90_000 })),
  })
  .map((given) => ({
    request: request({
      requirement: given.requirement,
      disallowRequester: given.disallowRequester,
      excludedEmails: given.excluded === null ? [] : [STAFF[given.excluded]!.email!],
      inputs:
        given.rollout === null
          ? []
          : [
              input('rollout', {
                defaultValue: given.rollout,
                required: given.rollout === '',
                selectOneFrom: ['canary', 'full'],
              }),
            ],
      harness: { deadline: given.deadline === null ? null : NOW + given.deadline },
    }),
    slots: given.seats.map(({ who, group, isCheck }, index) => ({
      id: index + 1,
      groupKey: isCheck ? `check-${index}` : given.requirement === 'any' ? 'any' : `all-${group}`,
      personId: who === null ? null : STAFF[who]!.id,
      origins: ['explicit' as const],
      vacantBecause: who === null ? 'nobody' : null,
    })),
    votes: [],
    people: new Map(STAFF.map((one) => [one.id, one])),
    sendingStarted: false,
  }));

/** The rules once more, in other words: the referee trusts nothing of the player's. */
function mayVote({ request, slots, people }: RulingState, id: number | undefined): boolean {
  const who: Person | undefined = id === undefined ? undefined : people.get(id);
  if (who?.organizationId !== 1 || who.standing !== 'member') return false;
  if (request.disallowRequester && (who.id === dana.id || who.id === danasBot.id)) return false;
  return !request.excludedEmails.includes(who.email!) && slots.some((slot) => slot.personId === who.id);
}

/** Whether everybody of a group list can be given somebody of their own among the approvers. */
function seatable(groups: readonly (readonly (number | null)[])[], approvers: ReadonlySet<number>): boolean {
  const [first, ...rest] = groups;
  if (!first) return true;
  return first.some((id) => {
    if (id === null || !approvers.has(id)) return false;
    return seatable(rest, new Set([...approvers].filter((other) => other !== id)));
  });
}

function groupsOf({ slots }: RulingState): (number | null)[][] {
  return [...Map.groupBy(slots, (slot) => slot.groupKey).values()].map((group) =>
    group.map((slot) => slot.personId),
  );
}

function standingApprovals(state: RulingState): Set<number> {
  const { contentVersion } = state.request;
  const live = state.votes.filter(
    (vote) =>
      vote.action === 'APPROVE' &&
      vote.voidBecause === null &&
      vote.contentVersion === contentVersion &&
      mayVote(state, vote.personId),
  );
  return new Set(live.map((vote) => vote.personId));
}

function always(claim: (played: Played, start: RulingState, happenings: readonly Happening[]) => void) {
  fc.assert(
    fc.property(start, fc.array(happening, { maxLength: 25 }), (from, happenings) => {
      claim(play(from, happenings), from, happenings);
    }),
    { numRuns: 1_500 },
  );
}

describe('whatever happens to a request', () => {
  test('it is never approved without every group approved by somebody eligible of its own, on this version', () => {
    always(({ rulings }) => {
      for (const { ruling, after } of rulings) {
        if (ruling.kind !== 'accepted' || ruling.decision?.action !== 'APPROVE') continue;
        const groups = groupsOf(after);
        expect(groups.length).toBeGreaterThan(0);
        expect(seatable(groups, standingApprovals(after))).toBe(true);
      }
    });
  });

  test('it is approved as soon as that is so', () => {
    always(({ rulings }) => {
      for (const { ruling, after } of rulings) {
        if (ruling.kind !== 'accepted' || ruling.vote.action !== 'APPROVE') continue;
        expect(ruling.decision !== null).toBe(seatable(groupsOf(after), standingApprovals(after)));
      }
    });
  });

  test('one accepted rejection rejects, at once', () => {
    always(({ rulings }) => {
      for (const { ruling, ballot, after } of rulings) {
        if (ruling.kind !== 'accepted' || ballot.action !== 'REJECT') continue;
        expect(ruling.decision).toMatchObject({ action: 'REJECT', personId: ballot.person!.id });
        expect(after.request.status).toBe('REJECTED');
      }
    });
  });

  test('an eligible rejection with a reason, in time, on the version shown, is never refused', () => {
    always(({ rulings }) => {
      for (const { ruling, ballot, before } of rulings) {
        const fair =
          ballot.action === 'REJECT' &&
          ballot.comment !== '' &&
          ballot.shownVersion === before.request.contentVersion &&
          mayVote(before, ballot.person?.id) &&
          !before.sendingStarted &&
          before.request.status !== 'REJECTED';
        if (fair) expect(ruling.kind).toBe('accepted');
      }
    });
  });

  test('nobody ineligible ever votes, and nothing but the version there is', () => {
    always(({ rulings }) => {
      for (const { ruling, ballot, before } of rulings) {
        if (ruling.kind === 'refused') continue;
        expect(mayVote(before, ballot.person?.id)).toBe(true);
        expect(ballot.shownVersion).toBe(before.request.contentVersion);
      }
    });
  });

  test('no approval of people is taken before every check has passed, on this version', () => {
    always(({ rulings }) => {
      for (const { ruling, ballot, before } of rulings) {
        if (ruling.kind !== 'accepted' || ballot.action !== 'APPROVE') continue;
        const checks = before.slots.filter((slot) => slot.groupKey.startsWith('check-'));
        if (checks.some((slot) => slot.personId === ballot.person!.id)) continue;
        const passed = standingApprovals(before);
        expect(checks.every(({ personId }) => personId !== null && passed.has(personId))).toBe(true);
      }
    });
  });

  test('people are next exactly when the last check passes and they are still to decide', () => {
    always(({ rulings }) => {
      const open = (state: RulingState) => {
        const passed = standingApprovals(state);
        const checks = state.slots.filter((slot) => slot.groupKey.startsWith('check-'));
        return checks.filter(({ personId }) => personId === null || !passed.has(personId)).length;
      };
      for (const { ruling, before, after } of rulings)
        if (ruling.kind === 'accepted' && ruling.decision === null)
          expect(ruling.peopleAreNext).toBe(open(before) > 0 && open(after) === 0);
    });
  });

  test('a decision never changes once sending began', () => {
    always(({ rulings }) => {
      for (const { before, after } of rulings)
        if (before.sendingStarted) expect(after.request.decision).toEqual(before.request.decision);
    });
  });

  test('the only decision that is ever replaced is an approval, by a rejection', () => {
    always(({ rulings }) => {
      for (const { before, after } of rulings) {
        const was = before.request.decision;
        if (was === null || after.request.decision === was) continue;
        const is = after.request.decision;
        if (JSON.stringify(was) !== JSON.stringify(is))
          expect([was.action, is?.action]).toEqual(['APPROVE', 'REJECT']);
      }
    });
  });

  test('no approval is taken in the last 15 s before Harness’s deadline', () => {
    always(({ rulings }) => {
      for (const { ruling, ballot, before } of rulings) {
        const { deadline } = before.request.harness;
        if (ruling.kind !== 'accepted' || ballot.action === 'REJECT' || deadline === null) continue;
        expect(deadline - ballot.now).toBeGreaterThanOrEqual(15_000);
      }
    });
  });

  test('a person has one vote per version', () => {
    always(({ state }) => {
      const keys = state.votes.map((vote) => `${vote.personId} on ${vote.contentVersion}`);
      expect(new Set(keys).size).toBe(keys.length);
    });
  });

  test('what is refused changes nothing, and looking changes nothing', () => {
    always(({ rulings }) => {
      for (const { ruling, before, after } of rulings)
        if (ruling.kind !== 'accepted') expect(after).toEqual(before);
    });
  });

  test('pressing everything twice comes to the same', () => {
    always(({ state }, from, happenings) => {
      const twice = play(from, happenings, 2).state;
      const outcome = ({ request, votes }: RulingState) => ({
        status: request.status,
        decision: request.decision,
        version: request.contentVersion,
        votes: votes.map(({ personId, action, contentVersion, voidBecause, values }) => ({
          personId,
          action,
          contentVersion,
          voidBecause,
          values,
        })),
      });
      expect(outcome(twice)).toEqual(outcome(state));
    });
  });

  test('R11: under all, whoever approved, approved the values that are sent', () => {
    always(({ state }) => {
      const { request } = state;
      if (request.status !== 'APPROVED' || request.content.workflow.requirement !== 'all') return;
      const approvals = state.votes.filter(
        (vote) => vote.contentVersion === request.contentVersion && vote.voidBecause === null,
      );
      expect(new Set(approvals.map((vote) => JSON.stringify(vote.values))).size).toBe(1);
    });
  });
});

test('the happenings are not in vain: all kinds of outcomes come up', () => {
  const seen = new Map<string, number>();
  const count = (key: string) => seen.set(key, (seen.get(key) ?? 0) + 1);
  for (const [from, happenings] of fc.sample(fc.tuple(start, fc.array(happening, { maxLength: 25 })), {
    seed: 7,
    numRuns: 8_000,
  }))
    for (const { ruling, before } of play(from, happenings).rulings) {
      if (ruling.kind === 'refused') count(ruling.refusal.code);
      else if (ruling.kind === 'inputs_wrong') count('inputs_wrong');
      else {
        count(`${before.request.content.workflow.requirement} ${ruling.decision?.action ?? 'waits'}`);
        if (ruling.askedAgain.length > 0) count('asked again');
        if (ruling.carried.length > 0) count('carried');
        if (ruling.peopleAreNext) count('people are next');
        if (before.request.decision && ruling.decision) count('replaced');
      }
    }
  for (const outcome of [
    'any APPROVE',
    'any REJECT',
    'all APPROVE',
    'all REJECT',
    'all waits',
    'asked again',
    'carried',
    'people are next',
    'checks_first',
    'replaced',
    'inputs_wrong',
    'not_an_approver',
    'not_eligible',
    'unknown_request',
    'changed',
    'already_voted',
    'already_closed',
    'already_sent',
    'reason_required',
    'too_late',
  ])
    expect([outcome, seen.get(outcome) ?? 0]).not.toEqual([outcome, 0]);
});
