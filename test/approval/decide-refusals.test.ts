import { describe, expect, test } from 'vitest';
import { type Ballot, decide } from '../../src/approval/decide.ts';
import type { Person } from '../../src/approval/person.ts';
import { APPROVE_MARGIN_MS } from '../../src/approval/request.ts';
import {
  alice,
  approvedBy,
  ballot,
  bob,
  carol,
  dana,
  danasBot,
  eve,
  fullMatch,
  NOW,
  rejectedBy,
  type StateChange,
  state,
  vote,
} from './samples.ts';

type Story = [string, StateChange, Person | null, Ballot['action'], Partial<Ballot>, object];

function tell(stories: readonly Story[]) {
  test.each(stories)('%s', (_, given, who, action, change, refusal) => {
    expect(decide(state(given), ballot(who, action, change), fullMatch)).toEqual({
      kind: 'refused',
      refusal,
    });
  });
}

function takes(
  stories: readonly (readonly [string, StateChange, Person, Ballot['action'], Partial<Ballot>])[],
) {
  test.each(stories)('%s', (_, given, who, action, change) => {
    expect(decide(state(given), ballot(who, action, change), fullMatch).kind).toBe('accepted');
  });
}

describe('R13: who may not decide', () => {
  const excluded = { disallowRequester: true, holders: [dana, danasBot] };
  const why = 'asked for this and may not approve it';
  // biome-ignore format: one row, one line
  tell([
    ['a stranger', {}, null, 'APPROVE', {}, { code: 'not_an_approver' }],
    ['a colleague without a place', {}, carol, 'APPROVE', {}, { code: 'not_an_approver' }],
    ['a colleague without a place, rejecting', {}, carol, 'REJECT', {}, { code: 'not_an_approver' }],
    ['somebody of another organization', { holders: [eve] }, eve, 'APPROVE', {}, { code: 'unknown_request' }],
    ['a guest', {}, { ...alice, standing: 'guest' }, 'APPROVE', {}, { code: 'not_eligible', why: 'is a guest' }],
    ['somebody deactivated', {}, { ...alice, standing: 'deactivated' }, 'REJECT', {}, { code: 'not_eligible', why: 'is deactivated' }],
    ['somebody from elsewhere', {}, { ...alice, standing: 'stranger' }, 'APPROVE', {}, { code: 'not_eligible', why: 'is from another workspace' }],
    ['a bot', {}, { ...alice, standing: 'bot' }, 'APPROVE', {}, { code: 'not_eligible', why: 'is a bot' }],
    ['the requester, excluded', excluded, dana, 'APPROVE', {}, { code: 'not_eligible', why }],
    ['the requester’s machine', excluded, danasBot, 'APPROVE', {}, { code: 'not_eligible', why }],
    ['whom Harness excludes', { excludedEmails: ['alice@acme.io'] }, alice, 'APPROVE', {}, { code: 'not_eligible', why: 'is excluded by Harness' }],
    ['anybody at a vacant place', { requirement: 'all', holders: [null] }, bob, 'APPROVE', {}, { code: 'not_an_approver' }],
    ['a stranger learns no more of a closed request', { status: 'APPROVED', decision: approvedBy(alice) }, carol, 'REJECT', {}, { code: 'not_an_approver' }],
    ['nor of an old version', { contentVersion: 3 }, carol, 'APPROVE', {}, { code: 'not_an_approver' }],
  ]);
  takes([['the requester where nothing forbids it', { holders: [dana] }, dana, 'APPROVE', {}]]);
});

describe('R9: only what was shown is decided', () => {
  const changed = { code: 'changed', what: [] };
  // biome-ignore format: one row, one line
  tell([
    ['an approval of an older version', { contentVersion: 3 }, alice, 'APPROVE', { shownVersion: 2 }, changed],
    ['a rejection of an older version', { contentVersion: 3 }, alice, 'REJECT', { shownVersion: 2 }, changed],
    ['a version there never was', {}, alice, 'APPROVE', { shownVersion: 2 }, changed],
    ['no version at all', {}, alice, 'APPROVE', { shownVersion: Number.NaN }, changed],
  ]);
  takes([['the version there is', { contentVersion: 3 }, alice, 'APPROVE', { shownVersion: 3 }]]);
});

describe('when it is not the time', () => {
  const held = { problem: { kind: 'requester_differs', detail: 'an admin has to look.' } } as const;
  const vacant = {
    requirement: 'all',
    holders: [alice, null],
    problem: { kind: 'vacant_slot', detail: 'x' },
  } as const;
  const closes = NOW + 60_000;
  // biome-ignore format: one row, one line
  tell([
    ['approvers are still looked for', { resolved: false }, alice, 'APPROVE', {}, { code: 'not_ready' }],
    ['… for a rejection as well', { resolved: false }, alice, 'REJECT', {}, { code: 'not_ready' }],
    ['held for an admin', held, alice, 'APPROVE', {}, { code: 'held', why: 'an admin has to look.' }],
    ['our own deadline is now', { expiresAt: NOW }, alice, 'APPROVE', {}, { code: 'already_closed', status: 'EXPIRED', by: null }],
    ['… for a rejection as well', { expiresAt: NOW }, alice, 'REJECT', {}, { code: 'already_closed', status: 'EXPIRED', by: null }],
    ['R22: Harness closes in less than 15 s', { harness: { deadline: closes } }, alice, 'APPROVE', { now: closes - APPROVE_MARGIN_MS + 1 }, { code: 'too_late' }],
    ['R22: by Harness’s clock, which is ahead', { harness: { deadline: closes, skewMs: 2_000 } }, alice, 'APPROVE', { now: closes - APPROVE_MARGIN_MS - 1_999 }, { code: 'too_late' }],
    ['R22: by Harness’s clock, which is behind', { harness: { deadline: closes, skewMs: -2_000 } }, alice, 'APPROVE', { now: closes - APPROVE_MARGIN_MS + 2_001 }, { code: 'too_late' }],
  ]);
  // biome-ignore format: one row, one line
  takes([
    ['a held request is rejected', held, alice, 'REJECT', {}],
    ['a vacant place does not keep the others from voting', vacant, alice, 'APPROVE', {}],
    ['a moment before our own deadline', { expiresAt: NOW + 1 }, alice, 'APPROVE', {}],
    ['15 s before Harness closes', { harness: { deadline: closes } }, alice, 'APPROVE', { now: closes - APPROVE_MARGIN_MS }],
    ['by Harness’s clock, ahead', { harness: { deadline: closes, skewMs: 2_000 } }, alice, 'APPROVE', { now: closes - APPROVE_MARGIN_MS - 2_000 }],
    ['by Harness’s clock, behind', { harness: { deadline: closes, skewMs: -2_000 } }, alice, 'APPROVE', { now: closes - APPROVE_MARGIN_MS + 2_000 }],
    ['a rejection until the last second', { harness: { deadline: closes } }, alice, 'REJECT', { now: closes - 1 }],
    ['the margin is 15 s', { harness: { deadline: NOW + 15_000 } }, alice, 'APPROVE', {}],
  ]);
});

describe('R15: when it is decided already', () => {
  const approved = { status: 'APPROVED', decision: approvedBy(bob), votes: [vote(bob, 'APPROVE')] } as const;
  const rejected = { status: 'REJECTED', decision: rejectedBy(bob), votes: [vote(bob, 'REJECT')] } as const;
  const byBob = (status: string) => ({ code: 'already_closed', status, by: 'Bob' });
  // biome-ignore format: one row, one line
  tell([
    ['a second approval', approved, alice, 'APPROVE', {}, byBob('APPROVED')],
    ['the same approval again', approved, bob, 'APPROVE', {}, byBob('APPROVED')],
    ['an approval after a rejection', rejected, alice, 'APPROVE', {}, byBob('REJECTED')],
    ['a rejection after a rejection', rejected, alice, 'REJECT', {}, byBob('REJECTED')],
    ['a rejection after sending began', { ...approved, sendingStarted: true }, alice, 'REJECT', {}, { code: 'already_sent' }],
    ['an approval after sending began', { ...approved, sendingStarted: true }, alice, 'APPROVE', {}, byBob('APPROVED')],
    ['a rejection once Harness has approved', { ...approved, sendingStarted: true, harness: { status: 'APPROVED' } }, alice, 'REJECT', {}, byBob('APPROVED')],
    ['a rejection once Harness closed the gate unsent', { ...approved, status: 'EXPIRED', harness: { status: 'EXPIRED' } }, alice, 'REJECT', {}, byBob('EXPIRED')],
    ['a rejection of an older version', { ...approved, contentVersion: 2 }, alice, 'REJECT', {}, { code: 'changed', what: [] }],
    ['a rejection without a reason', approved, alice, 'REJECT', { comment: ' \n' }, { code: 'reason_required' }],
    ['after a cancellation', { status: 'ABORTED' }, alice, 'APPROVE', {}, { code: 'already_closed', status: 'ABORTED', by: null }],
    ['after expiry', { status: 'EXPIRED' }, alice, 'REJECT', {}, { code: 'already_closed', status: 'EXPIRED', by: null }],
    ['settled in Harness', { status: 'REJECTED', harness: { status: 'REJECTED', decidedBy: 'uma' } }, alice, 'APPROVE', {}, { code: 'already_closed', status: 'REJECTED', by: 'uma' }],
    ['over in Harness before we closed it', { harness: { status: 'EXPIRED' } }, alice, 'APPROVE', {}, { code: 'already_closed', status: 'EXPIRED', by: null }],
  ]);
  // biome-ignore format: one row, one line
  takes([
    ['a rejection before the first attempt to send', approved, alice, 'REJECT', {}],
    ['of one’s own approval, too', approved, bob, 'REJECT', {}],
    ['also when our own deadline passed since', { ...approved, expiresAt: NOW - 1 }, alice, 'REJECT', {}],
    ['also within Harness’s last seconds', { ...approved, harness: { deadline: NOW + 1_000 } }, alice, 'REJECT', {}],
  ]);
});

describe('when they have said so already', () => {
  const waiting = { requirement: 'all', votes: [vote(alice, 'APPROVE')] } as const;
  tell([
    ['approving twice', waiting, alice, 'APPROVE', {}, { code: 'already_voted', action: 'APPROVE' }],
    ['rejecting without a reason', waiting, bob, 'REJECT', { comment: '' }, { code: 'reason_required' }],
  ]);
  // biome-ignore format: one row, one line
  takes([
    ['taking an approval back', waiting, alice, 'REJECT', {}],
    ['once more after the vote was made void', { requirement: 'all', votes: [vote(alice, 'APPROVE', { voidBecause: 'x' })] }, alice, 'APPROVE', {}],
    ['once more on a new version', { ...waiting, contentVersion: 2 }, alice, 'APPROVE', { shownVersion: 2 }],
  ]);
});
