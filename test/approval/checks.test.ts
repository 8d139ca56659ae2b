import { describe, expect, test } from 'vitest';
import { resolveApprovers } from '../../src/approval/approvers.ts';
import { lineText } from '../../src/approval/card.ts';
import { checkWords } from '../../src/approval/checks.ts';
import { type Accepted, decide, type RulingState } from '../../src/approval/decide.ts';
import type { Person } from '../../src/approval/person.ts';
import { requestCard } from '../../src/approval/request-card.ts';
import type { Vote } from '../../src/approval/requirement.ts';
import { threadLines } from '../../src/approval/thread-lines.ts';
import { type ApprovalRequirement, checksFirstProblem } from '../../src/approval/workflow.ts';
import {
  ada,
  alice,
  ballot,
  bob,
  carol,
  dana,
  danasBot,
  fay,
  fullMatch,
  input,
  maria,
  type RequestChange,
  request,
  STAFF,
  vote,
  workflow,
} from './samples.ts';

const smoke: Person = {
  ...maria,
  id: 91,
  name: 'Smoke tests',
  email: null,
  kind: 'machine',
  ownerId: ada.id,
};
const scan: Person = { ...smoke, id: 92, name: 'Licences', ownerId: carol.id };
const people = new Map([...STAFF, smoke, scan].map((one) => [one.id, one]));

interface Asked {
  requirement: ApprovalRequirement;
  listed: readonly Person[];
  fallback?: readonly Person[];
  disallowRequester?: boolean;
  openers?: readonly number[];
  managerApproves?: boolean;
}

function resolve(asked: Asked) {
  const { requirement, listed, fallback = [], disallowRequester = false } = asked;
  return resolveApprovers({
    workflow: workflow(requirement, {
      approverIds: listed.map(({ id }) => id),
      fallbackApproverIds: fallback.map(({ id }) => id),
      dynamicApproverIds: asked.managerApproves ? [1] : [],
      checksFirst: true,
    }),
    approvers: listed,
    fallbackApprovers: fallback,
    manager: { kind: 'missing', why: 'is not set' },
    requesterVerified: true,
    exclusion: { requesterId: dana.id, disallowRequester, excludedEmails: [] },
    revoked: new Set(),
    openers: new Set(asked.openers ?? []),
    reassigned: [],
  });
}

const seats = (asked: Asked) =>
  resolve(asked).slots.map(
    ({ groupKey, personId }) => `${groupKey}: ${people.get(personId ?? -1)?.name ?? 'nobody'}`,
  );

describe('places', () => {
  // biome-ignore format: one row, one line
  test.each<[string, Asked, string[], string | null]>([
    ['any: a check has a group of its own', { requirement: 'any', listed: [smoke, alice, bob] }, ['check-1: Smoke tests', 'any: Alice', 'any: Bob'], null],
    ['all: so it has', { requirement: 'all', listed: [alice, smoke, bob, scan] }, ['check-1: Smoke tests', 'check-2: Licences', 'all-1: Alice', 'all-2: Bob'], null],
    ['checks alone decide where nobody else is listed', { requirement: 'any', listed: [smoke, scan], fallback: [fay] }, ['check-1: Smoke tests', 'check-2: Licences'], null],
    ['R7: any: checks never decide for people who cannot be asked', { requirement: 'any', listed: [smoke, dana], disallowRequester: true }, ['check-1: Smoke tests', 'any: nobody'], 'no_approver'],
    ['R7: nor for a manager there is none of', { requirement: 'any', listed: [smoke], managerApproves: true }, ['check-1: Smoke tests', 'any: nobody'], 'no_approver'],
    ['R7: any: a fallback approver stands in for people', { requirement: 'any', listed: [smoke, dana], disallowRequester: true, fallback: [fay] }, ['check-1: Smoke tests', 'any: Fay'], null],
    ['R7: nobody stands in for a check', { requirement: 'any', listed: [{ ...smoke, standing: 'no_token' }, alice], fallback: [fay] }, ['check-1: nobody', 'any: Alice'], 'vacant_slot'],
    ['R16: the requester’s own machine proves nothing', { requirement: 'any', listed: [danasBot, alice], disallowRequester: true }, ['check-1: nobody', 'any: Alice'], 'vacant_slot'],
    ['R16: any: nor does an approver’s own', { requirement: 'any', listed: [smoke, ada] }, ['check-1: nobody', 'any: Ada'], 'vacant_slot'],
    ['two checks of one owner stand beside one another', { requirement: 'all', listed: [smoke, { ...scan, ownerId: ada.id }, bob] }, ['check-1: Smoke tests', 'check-2: Licences', 'all-1: Bob'], null],
    ['R16: nor one whose owner opened it', { requirement: 'any', listed: [smoke, alice], openers: [smoke.id] }, ['check-1: nobody', 'any: Alice'], 'vacant_slot'],
  ])('%s', (_, asked, expected, problem) => {
    expect(seats(asked)).toEqual(expected);
    expect(resolve(asked).problem).toBe(problem);
  });

  test('an id nobody knows any more blocks as a check that has not passed', () => {
    const known = resolveApprovers({
      workflow: workflow('any', { approverIds: [999, alice.id], checksFirst: true }),
      approvers: [alice],
      fallbackApprovers: [],
      manager: { kind: 'missing', why: 'is not set' },
      requesterVerified: true,
      exclusion: { requesterId: dana.id, disallowRequester: false, excludedEmails: [] },
      revoked: new Set(),
      reassigned: [],
    });
    expect(known.slots.map(({ groupKey, personId }) => [groupKey, personId])).toEqual([
      ['check-1', null],
      ['any', alice.id],
    ]);
    expect(known.problem).toBe('vacant_slot');
  });

  test('the remedy of a second self names whom it answers to', () => {
    const { slots } = resolve({ requirement: 'any', listed: [smoke, ada] });
    expect(slots[0]!.vacantBecause).toBe(
      'Smoke tests (machine) answers to Ada, who is asked too: list a machine that answers to somebody else',
    );
  });
});

/** Smoke tests and licences are checks; then Alice and Bob. */
function state(
  change: RequestChange & {
    votes?: readonly Vote[];
    checks?: readonly (Person | null)[];
    holders?: readonly Person[];
  } = {},
): RulingState {
  const { votes = [], checks = [smoke, scan], holders = [alice, bob], requirement = 'any', ...rest } = change;
  const asked = request({ ...rest, requirement });
  const place = (groupKey: string, holder: Person | null, index: number) => ({
    id: index + 1,
    groupKey,
    personId: holder?.id ?? null,
    origins: ['explicit' as const],
    vacantBecause: holder ? null : 'Smoke tests has no token',
  });
  return {
    request: {
      ...asked,
      content: { ...asked.content, workflow: workflow(requirement, { checksFirst: true }) },
    },
    slots: [
      ...checks.map((holder, index) => place(`check-${index + 1}`, holder, index)),
      ...holders.map((holder, index) =>
        place(requirement === 'any' ? 'any' : `all-${index + 1}`, holder, index + checks.length),
      ),
    ],
    votes,
    people,
    sendingStarted: false,
  };
}

const passed = [vote(smoke, 'APPROVE'), vote(scan, 'APPROVE')];
const rule = (given: RulingState, who: Person, action: 'APPROVE' | 'REJECT', values = {}) =>
  decide(given, ballot(who, action, { values }), fullMatch);
const accepted = (...given: Parameters<typeof rule>) => {
  const ruling = rule(...given);
  expect(ruling.kind).toBe('accepted');
  return ruling as Accepted;
};

describe('deciding', () => {
  test.each(['any', 'all'] as const)('%s: a person’s approval waits for every check', (requirement) => {
    const refusal = (votes: readonly Vote[]) => rule(state({ requirement, votes }), alice, 'APPROVE');
    expect(refusal([])).toMatchObject({
      refusal: { code: 'checks_first', checks: 'the checks Smoke tests and Licences' },
    });
    expect(refusal(passed.slice(0, 1))).toMatchObject({
      refusal: { code: 'checks_first', checks: 'the check Licences' },
    });
    expect(refusal(passed).kind).toBe('accepted');
  });

  test('a check without anybody to pass it blocks, and passed ones alone never approve', () => {
    const vacant = state({ checks: [smoke, null], votes: passed.slice(0, 1) });
    expect(rule(vacant, alice, 'APPROVE')).toMatchObject({ refusal: { code: 'checks_first' } });
    const last = accepted(state({ votes: passed.slice(0, 1) }), scan, 'APPROVE');
    expect([last.decision, last.peopleAreNext]).toEqual([null, true]);
    expect(accepted(state(), scan, 'APPROVE').peopleAreNext).toBe(false);
  });

  test('after the checks one of any decides, and all of all', () => {
    expect(accepted(state({ votes: passed }), bob, 'APPROVE').decision?.action).toBe('APPROVE');
    const all = { requirement: 'all', votes: passed } as const;
    expect(accepted(state(all), bob, 'APPROVE').decision).toBeNull();
  });

  test('a failed check rejects, and people may reject without waiting', () => {
    expect(accepted(state(), smoke, 'REJECT').decision?.action).toBe('REJECT');
    expect(accepted(state(), alice, 'REJECT').decision?.action).toBe('REJECT');
  });

  test('checks alone decide where nobody else is asked', () => {
    const alone = { holders: [], votes: passed.slice(0, 1) };
    const last = accepted(state(alone), scan, 'APPROVE');
    expect([last.decision?.action, last.peopleAreNext]).toEqual(['APPROVE', false]);
  });

  test('R14: a check whose owner is gone has not passed', () => {
    const gone = state({ votes: passed });
    const without = new Map(people).set(smoke.id, { ...smoke, standing: 'deactivated' });
    expect(rule({ ...gone, people: without }, alice, 'APPROVE')).toMatchObject({
      refusal: { code: 'checks_first' },
    });
  });
});

describe('R11: inputs', () => {
  const inputs = [input('rollout', { defaultValue: 'canary' }), input('ticket', { required: true })];
  const all = { requirement: 'all', inputs } as const;
  const offered = { rollout: 'canary', ticket: '' };

  test('a check need not give what people give after it, not even a required value', () => {
    const { vote: cast, newOffer } = accepted(state(all), smoke, 'APPROVE');
    expect([cast.values, newOffer]).toEqual([offered, null]);
  });

  test('where checks decide alone, somebody has to give it', () => {
    expect(rule(state({ ...all, holders: [] }), smoke, 'APPROVE', { rollout: 'canary' }).kind).toBe(
      'inputs_wrong',
    );
  });

  test('filling in what had no value leaves the checks passed', () => {
    const votes = passed.map((one) => ({ ...one, values: offered }));
    const filled = accepted(state({ ...all, votes }), alice, 'APPROVE', { ...offered, ticket: 'CHG1' });
    expect(filled.newOffer?.values).toEqual({ rollout: 'canary', ticket: 'CHG1' });
    expect([filled.carried, filled.askedAgain]).toEqual([[smoke.id, scan.id], []]);
    const single = accepted(state({ ...all, votes, holders: [alice] }), alice, 'APPROVE', {
      ...offered,
      ticket: 'CHG1',
    });
    expect(single.decision?.action).toBe('APPROVE');
  });

  test('changing what had one voids what the checks said', () => {
    const votes = passed.map((one) => ({ ...one, values: offered }));
    const changed = accepted(state({ ...all, votes }), alice, 'APPROVE', { rollout: 'full', ticket: 'CHG1' });
    expect([changed.carried, changed.askedAgain, changed.decision]).toEqual([[], [smoke.id, scan.id], null]);
  });

  test('what a check sends is checked and offered to the people, also under any', () => {
    const chosen = [input('rollout', { defaultValue: 'canary', selectOneFrom: ['canary', 'full'] })];
    expect(rule(state({ inputs: chosen }), smoke, 'APPROVE', { rollout: 'big-bang' }).kind).toBe(
      'inputs_wrong',
    );
    expect(
      accepted(state({ inputs: chosen }), smoke, 'APPROVE', { rollout: 'full' }).newOffer?.values,
    ).toEqual({
      rollout: 'full',
    });
  });
});

describe('R11 under any: a value that a check gave', () => {
  const inputs = [input('digest'), input('rollout', { defaultValue: 'canary' })];
  const given = { digest: 'sha256:1', rollout: 'canary' };
  const after = state({
    inputs,
    content: { offered: given },
    votes: passed.map((one) => ({ ...one, values: given })),
  });

  test('is passed on again before another one counts', () => {
    const changed = accepted(after, alice, 'APPROVE', { ...given, digest: 'sha256:2' });
    expect([changed.decision, changed.askedAgain]).toEqual([null, [smoke.id, scan.id]]);
    expect(changed.newOffer?.values).toEqual({ ...given, digest: 'sha256:2' });
  });

  test('stands, and whoever decides still chooses the others', () => {
    const { decision, newOffer } = accepted(after, alice, 'APPROVE', { ...given, rollout: 'full' });
    expect([decision?.action, newOffer]).toEqual(['APPROVE', null]);
  });
});

describe('cards', () => {
  const green = vote(smoke, 'APPROVE', {
    comment: '214 tests green',
    link: { title: '', url: 'https://ci.example.com/runs/7' },
  });
  const shown = (
    votes: readonly Vote[],
    personId: number | null,
    part: 'approver' | 'subscriber' = 'approver',
  ) =>
    requestCard(
      {
        ...state({ votes }),
        submission: null,
        questions: [],
        notAsked: [],
        unreachable: [],
        lateChangeAt: null,
      },
      'crd_1',
      { personId, part, accounts: new Map([[alice.id, 'U0ALICE']]), shared: personId === null },
    );

  test('what is waited for, what has passed, and on what it rests', () => {
    const early = shown([green], alice.id);
    expect(lineText(early.status)).toBe('Waiting for the check Licences');
    expect(early.progress.map(lineText)).toEqual([
      '✅ Check passed: Smoke tests (machine) · “214 tests green” · ci.example.com',
      '⏳ Waiting for the check: Licences (machine)',
      'Then any one of these may decide: Alice, Bob',
    ]);
    expect(early.actions.map(({ kind }) => kind)).toEqual(['reject', 'ask_question']);
    expect(early.summary).toBe(
      'Deploy to production (payments): waiting for the check Licences. Asked by Dana',
    );
    const ripe = shown([green, passed[1]!], alice.id);
    expect(lineText(ripe.status)).toBe('Waiting for your decision');
    expect(ripe.actions[0]).toMatchObject({ kind: 'approve' });
    expect(ripe.progress.map(lineText).at(-1)).toBe('Any one of these may decide: Alice, Bob');
  });

  test('a failed check says so', () => {
    const failed = vote(scan, 'REJECT', { comment: 'GPL in the bundle' });
    expect(shown([failed], alice.id).progress.map(lineText)).toContain(
      '❌ Check failed: Licences (machine) · “GPL in the bundle”',
    );
  });

  test('in a channel nobody is mentioned before it is their turn', () => {
    const mentioned = (votes: readonly Vote[]) =>
      shown(votes, null, 'subscriber')
        .progress.flat()
        .some((span) => span.kind === 'person' && span.externalId === 'U0ALICE');
    expect([mentioned([green]), mentioned([green, passed[1]!])]).toEqual([false, true]);
  });

  test('the thread tells a check once, also when its vote is carried over', () => {
    const before = threadLines({ ...state({ votes: [green] }), submission: null }, []);
    expect(before.map(({ line }) => lineText(line))).toEqual([
      '✅ Check passed: Smoke tests (machine) · “214 tests green” · ci.example.com',
    ]);
    const carried = [
      { ...green, voidBecause: 'changed' },
      { ...green, id: 500, contentVersion: 2 },
    ];
    const told = before.map(({ key }) => key);
    expect(threadLines({ ...state({ votes: carried, contentVersion: 2 }), submission: null }, told)).toEqual(
      [],
    );
  });

  test('an address that is none of https is not shown', () => {
    const bad = vote(smoke, 'APPROVE', { link: { title: 'Log', url: 'javascript:alert(1)' } });
    expect(shown([bad], alice.id).progress.map(lineText)[0]).toBe('✅ Check passed: Smoke tests (machine)');
  });
});

test('what is waited for in words, however many', () => {
  const place = (personId: number | null) => ({
    id: 1,
    groupKey: 'check-1',
    personId,
    origins: [],
    vacantBecause: null,
  });
  const words = (...ids: (number | null)[]) => checkWords(ids.map(place), people);
  expect(words(smoke.id)).toBe('the check Smoke tests');
  expect(words(smoke.id, null)).toBe('the checks Smoke tests and one that has nobody');
  expect(words(smoke.id, scan.id, null)).toBe('the checks Smoke tests, Licences and one that has nobody');
  expect(words(smoke.id, scan.id, null, null, null)).toBe(
    'the checks Smoke tests, Licences, one that has nobody and 2 more',
  );
});

test('checks need a machine, and something to be required', () => {
  expect(checksFirstProblem('any', [alice, smoke])).toBeNull();
  expect(checksFirstProblem('all', [alice])).toContain('needs a machine among the approvers');
  expect(checksFirstProblem('none', [smoke])).toContain('needs the requirement any or all');
});
