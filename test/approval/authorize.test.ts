import { describe, expect, test } from 'vitest';
import { authorize, type RequestAction } from '../../src/approval/authorize.ts';
import type { Person } from '../../src/approval/person.ts';
import type { RefusalCode } from './refusal-codes.ts';
import { ada, alice, bob, carol, dana, danasBot, eve, maria, request, slots } from './samples.ts';

/** Alice and the admin Ava hold places; Ada is an admin without one; Dana asked. */
const ava: Person = { ...bob, id: 20, name: 'Ava', email: 'ava@acme.io', role: 'admin' };
const places = slots('any', [alice, ava]);
const ACTIONS = {
  decide: { kind: 'decide', shownVersion: 1 },
  inputs: { kind: 'supply_inputs' },
  cancel: { kind: 'cancel' },
  retry: { kind: 'retry_submission' },
  choose: { kind: 'choose_instance' },
  unfreeze: { kind: 'unfreeze' },
  reassign: { kind: 'reassign', toPersonId: carol.id },
  ask: { kind: 'ask_question' },
  answer: { kind: 'answer_question' },
} as const satisfies Record<string, RequestAction>;

type Verdict = 'yes' | RefusalCode;
const stranger: Verdict = 'not_an_approver';
const admins: Verdict = 'admins_only';
const own: Verdict = 'own_request';
const notMine: Verdict = 'not_the_requester';
const unfit: Verdict = 'not_eligible';
const foreign: Verdict = 'unknown_request';

//                                       decide    inputs    cancel    retry     choose    unfreeze  reassign  ask       answer
// biome-ignore format: one row, one line
const TABLE: [string, Person | null, ...Verdict[]][] = [
  ['an approver', alice, 'yes', 'yes', admins, admins, admins, admins, admins, 'yes', notMine],
  ['a colleague without a place', carol, stranger, stranger, admins, admins, admins, admins, admins, stranger, notMine],
  ['the requester’s manager without a place', maria, stranger, stranger, admins, admins, admins, admins, admins, stranger, notMine],
  ['the requester', dana, stranger, stranger, 'yes', admins, admins, admins, admins, stranger, 'yes'],
  ['the requester, an admin', { ...dana, role: 'admin' }, stranger, stranger, 'yes', own, own, own, own, stranger, 'yes'],
  ['the requester’s machine', danasBot, stranger, stranger, 'yes', admins, admins, admins, admins, stranger, notMine],
  ['an admin', ada, stranger, stranger, 'yes', 'yes', 'yes', 'yes', 'yes', stranger, notMine],
  ['an admin with a place', ava, 'yes', 'yes', 'yes', 'yes', own, own, own, 'yes', notMine],
  ['a deactivated approver', { ...alice, standing: 'deactivated' }, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit],
  ['a guest with a place', { ...alice, standing: 'guest' }, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit],
  ['an approver from elsewhere', { ...alice, standing: 'stranger' }, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit],
  ['a bot with a place', { ...alice, standing: 'bot' }, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit],
  ['an approver not in chat', { ...alice, standing: 'not_found' }, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit],
  ['a deactivated admin', { ...ada, standing: 'deactivated' }, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit, unfit],
  ['another organization’s admin', eve, foreign, foreign, foreign, foreign, foreign, foreign, foreign, foreign, foreign],
  ['a foreigner with a place here', { ...alice, organizationId: 2 }, foreign, foreign, foreign, foreign, foreign, foreign, foreign, foreign, foreign],
  ['nobody we know', null, stranger, stranger, stranger, stranger, stranger, stranger, stranger, stranger, notMine],
];

describe('R13: who may do what to a request', () => {
  describe.each(TABLE)('%s', (_, who, ...verdicts) => {
    test.each(Object.keys(ACTIONS).map((name, index) => [name, verdicts[index]!] as const))(
      '%s: %s',
      (name, verdict) => {
        const refusal = authorize(who, ACTIONS[name as keyof typeof ACTIONS], request(), places);
        expect(refusal?.code ?? 'yes').toBe(verdict);
      },
    );
  });
});

describe('the requester who holds a place', () => {
  const mine = slots('any', [dana, alice]);

  test('decides where the workflow lets them', () => {
    expect(authorize(dana, ACTIONS.decide, request(), mine)).toBeNull();
  });

  test.each([
    ['themselves', dana],
    ['through their machine (R13)', danasBot],
  ])('does not decide where it is disallowed: %s', (_, who) => {
    const places = slots('any', [dana, danasBot]);
    expect(authorize(who, ACTIONS.decide, request({ disallowRequester: true }), places)).toEqual({
      code: 'not_eligible',
      why: 'asked for this and may not approve it',
    });
  });

  test('R5: is shut out on the webhook’s word alone; nobody is let in on it', () => {
    const unverified = { requester: { personId: null, email: 'Dana@Acme.io', verified: false } };
    const asked = request({ disallowRequester: true, content: unverified });
    expect(authorize(dana, ACTIONS.decide, asked, mine)?.code).toBe('not_eligible');
    expect(authorize(alice, ACTIONS.decide, asked, mine)).toBeNull();
    expect(authorize(dana, ACTIONS.cancel, asked, mine)?.code).toBe('admins_only');
  });

  test('R16: an admin does not repair what may be their own request', () => {
    const unverified = { requester: { personId: null, email: 'ada@acme.io', verified: false } };
    const asked = request({ content: unverified });
    for (const action of [ACTIONS.retry, ACTIONS.choose, ACTIONS.unfreeze, ACTIONS.reassign])
      expect(authorize(ada, action, asked, places)?.code).toBe('own_request');
  });
});

test('R16: an admin never gives a place to themselves', () => {
  expect(authorize(ada, { kind: 'reassign', toPersonId: ada.id }, request(), places)?.code).toBe(
    'own_request',
  );
});

test('R4: whom Harness disallows by e-mail does not decide, whatever the case of the letters', () => {
  const asked = request({ excludedEmails: ['alice@acme.io'] });
  expect(authorize({ ...alice, email: 'Alice@Acme.io' }, ACTIONS.decide, asked, places)?.code).toBe(
    'not_eligible',
  );
});

test('an empty list of approvers means nobody', () => {
  for (const who of [alice, dana, ada, danasBot, null])
    expect(authorize(who, ACTIONS.decide, request(), [])?.code).toBe('not_an_approver');
});

test('a vacant place is nobody’s', () => {
  expect(authorize(alice, ACTIONS.decide, request(), slots('all', [null]))?.code).toBe('not_an_approver');
});

describe('questions and answers', () => {
  const unverified = { requester: { personId: dana.id, email: 'dana@acme.io', verified: false } };
  const unknown = { requester: { personId: null, email: '', verified: true } };

  test('R5: nobody asks whom Harness has not confirmed, and nobody answers for them', () => {
    for (const content of [unverified, unknown]) {
      expect(authorize(alice, ACTIONS.ask, request({ content }), places)?.code).toBe('nobody_to_ask');
      expect(authorize(dana, ACTIONS.answer, request({ content }), places)?.code).toBe('not_the_requester');
    }
  });

  test('the requester asks nobody, neither themselves nor through their machine', () => {
    const mine = slots('any', [dana, danasBot]);
    for (const who of [dana, danasBot])
      expect(authorize(who, ACTIONS.ask, request(), mine)?.code).toBe('nothing_to_do');
  });

  test('R13: who may not decide may not ask', () => {
    const asked = request({ excludedEmails: ['alice@acme.io'] });
    expect(authorize(alice, ACTIONS.ask, asked, places)?.code).toBe('not_eligible');
    expect(authorize(alice, ACTIONS.ask, request(), [])?.code).toBe('not_an_approver');
  });
});
