import { describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { Question } from '../../src/approval/question.ts';
import { reviewForm } from '../../src/approval/review-form.ts';
import {
  ada,
  alice,
  approvedBy,
  bob,
  carol,
  dana,
  input,
  NOW,
  request,
  submission,
  vote,
} from './samples.ts';
import {
  buttonsOf,
  card,
  discussionOf,
  notesOf,
  progressOf,
  statusOf,
  type ViewChange,
  view,
  warningsOf,
} from './views.ts';

const DECIDE = 'approve reject approve_with_comment ask_question';
const OWN = 'approve reject approve_with_comment';
const approved = {
  status: 'APPROVED',
  decision: approvedBy(alice),
  votes: [vote(alice, 'APPROVE')],
} as const;
const all = { requirement: 'all', holders: [alice, bob] } as const;
const asked: Question = { id: 1, askerId: alice.id, text: 'Is the cache warm?', askedAt: NOW, answer: null };
const answered: Question = { ...asked, answer: { text: 'It is.', personId: dana.id, at: NOW } };
const unconfirmed = {
  content: { requester: { personId: dana.id, email: 'dana@acme.io', verified: false } },
} as const;
const needsInput = { ...approved, submission: submission({ state: 'needs_input' }) };
const dead = { ...approved, submission: submission({ state: 'dead' }) };

describe('buttons are for who may press them', () => {
  // biome-ignore format: one row, one line
  const ROWS: [string, ViewChange, { id: number } | null, string][] = [
    ['an approver', {}, alice, DECIDE],
    ['an approver who is asked for inputs', { inputs: [input('ticket')] }, alice, 'approve reject ask_question'],
    ['an approver who only the bot gives an input for', { inputs: [input('approved_by')] }, alice, DECIDE],
    ['an approver who has approved', { ...all, votes: [vote(alice, 'APPROVE')] }, alice, 'reject ask_question'],
    ['an approver who has to approve again', { ...all, contentVersion: 2, votes: [vote(alice, 'APPROVE')] }, alice, DECIDE],
    ['an approver whose vote was made void', { ...all, votes: [vote(alice, 'APPROVE', { voidBecause: 'x' })] }, alice, DECIDE],
    ['an approver beside a vacant place', { ...all, holders: [alice, null], problem: { kind: 'vacant_slot', detail: 'x' } }, alice, DECIDE],
    ['an approver while it is held', { problem: { kind: 'requester_differs', detail: 'x' } }, alice, 'reject ask_question'],
    ['an approver before it is ready', { resolved: false }, alice, ''],
    ['an approver deactivated since', { changedPeople: [{ ...alice, standing: 'deactivated' }] }, alice, ''],
    ['an approver Harness excludes', { excludedEmails: ['alice@acme.io'] }, alice, ''],
    ['the requester, listed but excluded', { holders: [dana], disallowRequester: true }, dana, ''],
    ['the requester, listed', { holders: [dana] }, dana, OWN],
    ['the requester, listed, who was asked', { holders: [dana], questions: [asked] }, dana, `${OWN} answer_question`],
    ['the requester who was asked', { questions: [asked] }, dana, 'answer_question'],
    ['the requester who has answered', { questions: [answered] }, dana, ''],
    ['somebody else where the requester was asked', { questions: [asked] }, carol, ''],
    ['the requester asked before the decision', { ...approved, questions: [asked] }, dana, ''],
    ['the requester Harness has not confirmed, who was asked', { ...unconfirmed, questions: [asked] }, dana, ''],
    ['R5: an approver where nobody is confirmed to have asked', unconfirmed, alice, OWN],
    ['somebody without a place', {}, carol, ''],
    ['an admin without a place', {}, ada, ''],
    ['a channel', {}, null, 'review'],
    ['a channel while it is held', { problem: { kind: 'requester_differs', detail: 'x' } }, null, 'review'],
    ['a channel before it is ready', { resolved: false }, null, ''],
    ['a channel when nobody may decide', { excludedEmails: ['alice@acme.io', 'bob@acme.io'] }, null, ''],
    ['a channel when every place is vacant', { ...all, holders: [null] }, null, ''],
    ['a channel after the decision', approved, null, ''],
    ['a channel after the end in Harness', { harness: { status: 'ABORTED' } }, null, ''],
    ['an approver after the decision', approved, bob, ''],
    ['an approver after the end in Harness', { harness: { status: 'EXPIRED' } }, alice, ''],
    ['who approved, when Harness refuses the inputs', needsInput, alice, 'supply_inputs'],
    ['another approver then', needsInput, bob, ''],
    ['who approved and is deactivated since', { ...needsInput, changedPeople: [{ ...alice, standing: 'deactivated' }] }, alice, ''],
    ['an admin when it could not be delivered', dead, ada, 'retry_submission'],
    ['who approved then', dead, alice, ''],
    ['the requester, an admin, then', { ...dead, changedPeople: [{ ...dana, role: 'admin' }] }, dana, ''],
    ['a deactivated admin then', { ...dead, changedPeople: [{ ...ada, standing: 'deactivated' }] }, ada, ''],
  ];
  test.each(ROWS)('%s', (_, change, who, buttons) => {
    expect(buttonsOf(card(change, who?.id ?? null))).toBe(buttons);
  });

  test('approving opens a form only where something is asked', () => {
    const opens = (change: ViewChange) => card(change, alice.id).actions[0];
    expect(opens({})).toMatchObject({ kind: 'approve', opensForm: false });
    expect(opens({ inputs: [input('ticket')] })).toMatchObject({ kind: 'approve', opensForm: true });
  });
});

describe('progress', () => {
  // biome-ignore format: one row, one line
  test.each([
    ['any, nobody yet', {}, 'Any one of these may decide: Alice, Bob'],
    ['any, a vacant place', { holders: [alice, null] }, 'Any one of these may decide: Alice'],
    ['all, nobody yet', all, '0 of 2 approved · waiting for Alice, Bob'],
    ['all, one of two', { ...all, votes: [vote(alice, 'APPROVE')] }, '1 of 2 approved · approved by Alice · waiting for Bob'],
    ['all, with a vacant place', { ...all, holders: [alice, null], votes: [vote(alice, 'APPROVE')] }, '1 of 2 approved · approved by Alice'],
    ['R13: all, the approver deactivated since', { ...all, votes: [vote(alice, 'APPROVE')], changedPeople: [{ ...alice, standing: 'deactivated' }] }, '0 of 2 approved · waiting for Alice, Bob'],
    ['R9: all, a vote on an older version', { ...all, contentVersion: 2, votes: [vote(alice, 'APPROVE')] }, '0 of 2 approved · waiting for Alice, Bob'],
    ['words of approvers', { ...all, votes: [vote(alice, 'APPROVE', { comment: ' Go ' })] }, '1 of 2 approved · approved by Alice · waiting for Bob | Alice: “Go”'],
    ['any, decided', approved, ''],
    ['none', { requirement: 'none', holders: [] }, ''],
  ] as [string, ViewChange, string][])('%s', (_, change, line) => {
    expect(progressOf(card(change, null))).toBe(line);
  });

  test('R13: who leaves after the decision is not struck off the card', () => {
    const votes = [vote(alice, 'APPROVE'), vote(bob, 'APPROVE')];
    const change: ViewChange = {
      ...all,
      ...approved,
      votes,
      changedPeople: [{ ...bob, standing: 'deactivated' }],
      harness: { status: 'APPROVED' },
      submission: submission({ state: 'delivered' }),
    };
    expect(progressOf(card(change, null))).toBe('2 of 2 approved · approved by Alice, Bob');
    expect(statusOf(card(change, null))).toMatch(/^Approved by Alice, Bob .*confirmed by Harness$/);
  });

  test('many who are waited for are counted', () => {
    const many = Array.from({ length: 14 }, (_, index) => ({ ...alice, id: 100 + index, name: `P${index}` }));
    const line = progressOf(card({ holders: many, changedPeople: many }, null));
    expect(line).toMatch(/P11 and 2 more$/);
  });
});

describe('what it is about', () => {
  const rows = (change: ViewChange) =>
    Object.fromEntries(
      card(change, alice.id).details.map(({ label, line }) => [
        label,
        line.map((span) => (span.kind === 'time' ? span.at : lineText([span]))).join(''),
      ]),
    );

  test('pipeline, place, requester, what is asked for', () => {
    const harness = { pipelineName: 'Deploy payments', runSequence: 42 };
    expect(rows({ harness, inputs: [input('ticket'), input('approved_by')] })).toEqual({
      Pipeline: 'Deploy payments, run 42',
      Where: 'default / payments',
      'Asked by': 'Dana',
      'You will be asked for': 'ticket',
    });
  });

  test('R5: a requester Harness has not confirmed is marked', () => {
    const content = { requester: { personId: null, email: 'dana@acme.io', verified: false } };
    expect(rows({ content })['Asked by']).toBe('dana@acme.io (not confirmed by Harness)');
    expect(rows({ content: { requester: { ...content.requester, email: '' } } })['Asked by']).toBe(
      'unknown (not confirmed by Harness)',
    );
  });

  test('R11: what an earlier approver gave', () => {
    const inputs = [input('ticket'), input('rollout', { defaultValue: 'canary' })];
    expect(rows({ ...all, inputs, content: { offered: { ticket: 'CHG1', rollout: 'full' } } }).Inputs).toBe(
      'ticket: CHG1, rollout: full',
    );
  });

  test('R22: our deadline and Harness’s, each on our clock', () => {
    const harness = { deadline: NOW + 60_000, skewMs: 5_000 };
    expect(rows({ harness })).toMatchObject({ 'Harness waits until': String(NOW + 55_000) });
    expect(rows({ harness, expiresAt: NOW + 90_000 })).toMatchObject({
      'Decide before': String(NOW + 90_000),
      'Harness waits until': String(NOW + 55_000),
    });
    expect(rows({ ...approved, harness })).not.toHaveProperty('Harness waits until');
  });

  test('the notification asks an approver, and tells everybody else', () => {
    expect(card({}, alice.id).summary).toBe('Approve Deploy to production (payments)? Asked by Dana');
    expect(card({}, null).summary).toBe(
      'Deploy to production (payments): waiting for a decision. Asked by Dana',
    );
    const held = { problem: { kind: 'no_approver', detail: 'x' } } as const;
    expect(card(held, alice.id).summary).toContain('on hold');
    expect(card(approved, alice.id).summary).toContain('approved, telling Harness');
  });
});

describe('small print and warnings', () => {
  test('the request, the content’s hash and the version are always there', () => {
    expect(notesOf(card({}, null))).toBe('Standard policy · apr_q7 · content 0123456789ab');
    expect(notesOf(card({ contentVersion: 3 }, null))).toContain('version 3');
  });

  test('R4: not yet confirmed is said while it waits', () => {
    expect(notesOf(card({ harness: { confirmed: false } }, null))).toContain('Not yet confirmed by Harness');
  });

  test('R7, R23: who was not asked, and who else may decide', () => {
    const change = {
      notAsked: [{ who: 'Bob', why: 'is a guest' }],
      harness: { othersMayDecide: 'group admins' },
    };
    expect(notesOf(card(change, null))).toContain('Not asked: Bob is a guest.');
    expect(notesOf(card(change, null))).toContain('Can also be decided in Harness itself by: group admins.');
  });

  test('vacant places, dead recipients, refused changes, a lost part', () => {
    const change = {
      ...all,
      holders: [alice, null],
      unreachable: [{ who: 'Alice', why: 'user_disabled' }],
      lateChangeAt: NOW,
    };
    expect(warningsOf(card(change, carol.id, { part: 'former' }))).toBe(
      'Nobody to ask: Bob is deactivated. An admin can reassign this place. | Not reached: Alice (user_disabled) | Change refused. The pipeline tried to change this request after it was decided. | You are no longer an approver of this request.',
    );
  });
});

describe('mentions', () => {
  const accounts = new Map([
    [alice.id, 'U0ALICE'],
    [bob.id, 'U0BOB'],
    [dana.id, 'U0DANA'],
  ]);
  const mentioned = (shared: boolean, change: ViewChange) =>
    [card(change, null, { accounts, shared })].flatMap((shown) =>
      [...shown.progress, ...shown.details.map((row) => row.line), shown.status]
        .flat()
        .flatMap((span) => (span.kind === 'person' && span.externalId ? [span.externalId] : [])),
    );

  test('in a channel only of who must still act', () => {
    expect(mentioned(true, { ...all, votes: [vote(alice, 'APPROVE')] })).toEqual(['U0BOB']);
    expect(mentioned(true, approved)).toEqual([]);
  });

  test('in a direct message of anybody', () => {
    expect(mentioned(false, { ...all, votes: [vote(alice, 'APPROVE')] })).toEqual([
      'U0ALICE',
      'U0BOB',
      'U0DANA',
    ]);
  });
});

test('a card carries what a press has to say: its own id, the request’s, and the version shown (R9)', () => {
  expect(card({ contentVersion: 3 }, alice.id)).toMatchObject({
    cardId: 'crd_1',
    requestId: request().id,
    contentVersion: 3,
  });
});

describe('the discussion', () => {
  const many = Array.from({ length: 8 }, (_, index) => ({
    ...answered,
    id: index + 1,
    text: `Why ${index}?`,
  }));

  test('stands on every card, whoever reads it', () => {
    for (const who of [alice.id, bob.id, dana.id, carol.id, null])
      expect(discussionOf(card({ questions: [answered] }, who))).toBe(
        'Alice asked: “Is the cache warm?” | Dana answered: “It is.”',
      );
    expect(discussionOf(card({}, alice.id))).toBe('');
  });

  test('shows the newest five and how many came before', () => {
    const words = discussionOf(card({ questions: many }, alice.id));
    expect(words).toMatch(/^and 3 earlier \| Alice asked: “Why 3\?”/);
    expect(words).toContain('Why 7?');
  });

  test('is no part of what is approved: asking leaves version and votes as they are', () => {
    const before = card({ ...all, votes: [vote(bob, 'APPROVE')] }, alice.id);
    const after = card({ ...all, votes: [vote(bob, 'APPROVE')], questions: [asked] }, alice.id);
    expect({ ...after, discussion: [] }).toEqual({ ...before, discussion: [] });
  });

  test('no card has more than five buttons, the link to the pipeline included', () => {
    for (const who of [alice, bob, carol, dana, ada])
      for (const change of [
        { questions: [asked] },
        { holders: [dana, alice], questions: [asked] },
        dead,
        needsInput,
      ])
        expect(card(change, who.id).actions.length).toBeLessThanOrEqual(4);
  });
});

describe('a review', () => {
  const reader = { part: 'approver', accounts: new Map(), shared: true } as const;
  const review = (change: ViewChange, who: { id: number }) =>
    reviewForm(view(change), 'crd_1', { ...reader, personId: who.id });

  test('offers what the reader’s own card would, and nothing that is not for deciding', () => {
    expect(review({}, alice).actions).toEqual(['approve', 'reject', 'ask_question']);
    expect(review({ ...all, votes: [vote(alice, 'APPROVE')] }, alice).actions).toEqual([
      'reject',
      'ask_question',
    ]);
    expect(review({}, carol).actions).toEqual([]);
    expect(review({ holders: [dana], questions: [asked] }, dana).actions).toEqual(['approve', 'reject']);
  });

  test('R9: carries the version it shows', () => {
    expect(review({ contentVersion: 4 }, alice)).toMatchObject({ contentVersion: 4, kind: 'review' });
  });

  test('shows every input on a line of its own and whole', () => {
    const long = 'v'.repeat(500);
    const inputs = [input('window', { defaultValue: long }), input('ticket', { description: 'The change' })];
    const rows = review({ inputs }, alice).details.details.filter(({ label }) => label.startsWith('Input'));
    expect(rows.map(({ label, line }) => `${label}: ${lineText(line)}`)).toEqual([
      `Input window: “${long}”, to be confirmed`,
      'Input ticket: to be given (The change)',
    ]);
  });
});
