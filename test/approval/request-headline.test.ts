import { describe, expect, test } from 'vitest';
import { FINAL_STATUSES, type RequestStatus } from '../../src/approval/request.ts';
import { SETTLED_SUBMISSIONS, type SubmissionState } from '../../src/approval/submission.ts';
import { alice, approvedBy, bob, carol, NOW, rejectedBy, submission, vote } from './samples.ts';
import { card, statusOf, type ViewChange, warningsOf } from './views.ts';

const AT = '2026-11-22T14:59:59.500Z';
const yes = { status: 'APPROVED', decision: approvedBy(alice), votes: [vote(alice, 'APPROVE')] } as const;
const no = { status: 'REJECTED', decision: rejectedBy(alice), votes: [vote(alice, 'REJECT')] } as const;
const sub = (state: SubmissionState, detail: string | null = null) => submission({ state, detail, posts: 1 });
const said = (status: RequestStatus, decidedBy: string | null = null) => ({ harness: { status, decidedBy } });

/** status, decision, submission and Harness's word → tone, headline, warnings. Read by a channel. */
// biome-ignore format: one row, one line
const TABLE: [string, ViewChange, string, string, string][] = [
  ['asking', { resolved: false }, 'waiting', 'Being prepared', ''],
  ['asked', {}, 'waiting', 'Waiting for a decision', ''],
  ['held', { problem: { kind: 'ambiguous_instance', detail: 'Two gates.' } }, 'trouble', 'On hold', 'On hold. Two gates.'],
  ['approved, not yet sent', { ...yes, submission: sub('queued') }, 'sending', `Approved, telling Harness … by Alice ${AT}`, ''],
  ['approved, the row not written yet', yes, 'sending', `Approved, telling Harness … by Alice ${AT}`, ''],
  ['approved, being sent', { ...yes, submission: sub('sending') }, 'sending', `Approved, telling Harness … by Alice ${AT}`, ''],
  ['approved, Harness away', { ...yes, submission: sub('sending', 'Harness cannot be reached.') }, 'sending', `Approved, telling Harness … by Alice ${AT}`, 'Harness cannot be reached.'],
  ['approved, Harness wants two', { ...yes, submission: sub('partial', 'It wants 1 more.') }, 'sending', `Approved here, Harness wants more approvals by Alice ${AT}`, 'It wants 1 more.'],
  ['approved, given up', { ...yes, submission: sub('dead', 'E9') }, 'trouble', `Approved here, not delivered to Harness by Alice ${AT}`, 'Harness does not know yet. E9'],
  ['approved, two gates', { ...yes, submission: sub('ambiguous', 'Two.') }, 'trouble', `Approved here, not delivered to Harness by Alice ${AT}`, 'Harness does not know yet. Two.'],
  ['approved, inputs refused', { ...yes, submission: sub('needs_input', 'ticket: no') }, 'trouble', `Approved here, but Harness refused the inputs by Alice ${AT}`, 'Please correct the inputs. ticket: no'],
  ['approved and delivered', { ...yes, ...said('APPROVED', 'bot'), submission: sub('delivered') }, 'approved', `Approved by Alice ${AT} · confirmed by Harness`, ''],
  ['rejected, not yet sent', { ...no, submission: sub('queued') }, 'sending', `Rejected, telling Harness … by Alice ${AT}`, ''],
  ['rejected, given up', { ...no, submission: sub('dead', 'E9') }, 'trouble', `Rejected here, not delivered to Harness by Alice ${AT}`, 'Harness does not know yet. E9'],
  ['rejected and delivered', { ...no, ...said('REJECTED', 'bot'), submission: sub('delivered') }, 'rejected', `Rejected by Alice ${AT} · confirmed by Harness`, ''],
  ['approved, but Uma did first', { ...yes, ...said('APPROVED', 'Uma'), submission: sub('delivered_by_other') }, 'approved', 'Approved in Harness by Uma', ''],
  ['rejected, but Uma did first', { ...no, ...said('REJECTED', 'Uma'), submission: sub('delivered_by_other') }, 'rejected', 'Rejected in Harness by Uma', ''],
  ['approved, Uma rejected', { ...yes, ...said('REJECTED', 'Uma'), submission: sub('conflict') }, 'trouble', 'Rejected in Harness by Uma', `Differs from the decision here: approved by Alice ${AT}. What Harness says is what happened.`],
  ['rejected, Uma approved', { ...no, ...said('APPROVED', 'Uma'), submission: sub('conflict') }, 'trouble', 'Approved in Harness by Uma', `Differs from the decision here: rejected by Alice ${AT}. What Harness says is what happened.`],
  ['approved, superseded', { ...yes, ...said('REJECTED', 'Uma'), submission: sub('superseded') }, 'closed', 'Rejected by Harness: a newer run of this pipeline was approved', ''],
  ['approved, expired before', { ...yes, ...said('EXPIRED'), submission: sub('closed') }, 'trouble', 'Expired in Harness', `Differs from the decision here: approved by Alice ${AT}. What Harness says is what happened.`],
  ['approved, run aborted', { ...yes, ...said('ABORTED'), submission: sub('closed') }, 'trouble', 'Run aborted in Harness', `Differs from the decision here: approved by Alice ${AT}. What Harness says is what happened.`],
  ['rejected, run failed', { ...no, ...said('FAILED'), submission: sub('closed') }, 'trouble', 'Failed in Harness', `Differs from the decision here: rejected by Alice ${AT}. What Harness says is what happened.`],
  ['approved in Harness, we were not asked', { status: 'APPROVED', ...said('APPROVED', 'Uma') }, 'approved', 'Approved in Harness by Uma', ''],
  ['rejected in Harness, by nobody it names', { status: 'REJECTED', ...said('REJECTED') }, 'rejected', 'Rejected in Harness', ''],
  ['expired in Harness', { status: 'EXPIRED', ...said('EXPIRED') }, 'closed', 'Expired in Harness', ''],
  ['aborted in Harness', { status: 'ABORTED', ...said('ABORTED') }, 'closed', 'Run aborted in Harness', ''],
  ['superseded, nobody decided', { status: 'REJECTED', harness: { status: 'REJECTED', decidedBy: 'Uma', decidedHow: 'superseded' } }, 'closed', 'Rejected by Harness: a newer run of this pipeline was approved', ''],
  ['approved by the step’s timer', { status: 'APPROVED', harness: { status: 'APPROVED', decidedBy: 'Harness', decidedHow: 'auto_approval' } }, 'approved', 'Approved automatically in Harness: the time set in its step came', ''],
  ['rejected, the step’s timer was first', { ...no, harness: { status: 'APPROVED', decidedHow: 'auto_approval' }, submission: sub('conflict') }, 'trouble', 'Approved automatically in Harness: the time set in its step came', `Differs from the decision here: rejected by Alice ${AT}. What Harness says is what happened.`],
  ['run ended', { status: 'ABORTED', harness: { status: 'ABORTED', runEnded: 'Success' } }, 'closed', 'Run ended in Harness without a decision here (Success)', ''],
  ['run aborted', { status: 'ABORTED', harness: { status: 'ABORTED', runEnded: 'Aborted' } }, 'closed', 'Run aborted in Harness', ''],
  ['run failed', { status: 'FAILED', harness: { status: 'FAILED', runEnded: 'Errored' } }, 'closed', 'Run failed in Harness', ''],
  ['cancelled here', { status: 'ABORTED', closedReason: 'by Ada, wrong run' }, 'closed', 'Cancelled: by Ada, wrong run', 'The pipeline may still wait in Harness.'],
  ['expired here', { status: 'EXPIRED', closedReason: 'nobody decided in time', harness: { deadline: NOW + 60_000, skewMs: 60_000 } }, 'closed', 'Expired: nobody decided in time', 'The pipeline still waits in Harness until 2026-11-22T15:00:00.000Z.'],
  ['nothing required', { requirement: 'none', holders: [], ...said('APPROVED'), status: 'APPROVED', decision: { action: 'APPROVE', personId: null, how: 'no_approval_required', at: NOW }, submission: sub('delivered') }, 'approved', 'Approved: no approval is required · confirmed by Harness', ''],
  ['rejected by our deadline', { status: 'REJECTED', decision: { action: 'REJECT', personId: null, how: 'expired', at: NOW }, submission: sub('queued') }, 'sending', 'Rejected, telling Harness …: the time to decide ran out', ''],
];

describe('R21: the headline', () => {
  test.each(TABLE)('%s', (_, change, tone, line, warnings) => {
    const shown = card(change, null);
    expect([shown.tone, statusOf(shown), warningsOf(shown)]).toEqual([tone, line, warnings]);
  });
});

describe('to the one who reads it', () => {
  const all = { requirement: 'all', holders: [alice, bob] } as const;
  // biome-ignore format: one row, one line
  test.each([
    ['who has to decide', all, bob, 'Waiting for your decision'],
    ['who has approved', { ...all, votes: [vote(bob, 'APPROVE')] }, bob, 'You approved · waiting for the others'],
    ['whose approval no longer counts', { ...all, contentVersion: 2, votes: [vote(bob, 'APPROVE')] }, bob, 'Changed since you decided · please look again'],
    ['whose approval was made void on this version', { ...all, votes: [vote(bob, 'APPROVE', { voidBecause: 'x' })] }, bob, 'Waiting for your decision'],
    ['who is not asked', all, carol, 'Waiting for a decision'],
    ['a vacant place holds nothing back', { ...all, holders: [bob, null], problem: { kind: 'vacant_slot', detail: 'x' } }, bob, 'Waiting for your decision'],
  ] as const)('%s', (_, change, who, line) => {
    expect(statusOf(card(change, who.id))).toBe(line);
  });
});

describe('invariant 2: whatever the state, a card never lies', () => {
  const STATES: SubmissionState[] = [
    ...SETTLED_SUBMISSIONS,
    'queued',
    'sending',
    'partial',
    'needs_input',
    'ambiguous',
    'dead',
  ];
  const STATUSES: RequestStatus[] = ['WAITING', ...FINAL_STATUSES];
  const every = STATUSES.flatMap((status) =>
    [null, ...STATUSES].flatMap((harness) =>
      [null, approvedBy(alice), rejectedBy(alice)].flatMap((decision) =>
        [null, ...STATES].map((state) => ({
          status,
          decision,
          harness: { status: harness },
          submission: state && submission({ state }),
          votes: decision ? [vote(alice, decision.action)] : [],
        })),
      ),
    ),
  );

  test('“approved” stands alone, and in green, only when Harness says APPROVED', () => {
    for (const change of every) {
      const shown = card(change, alice.id);
      const told = `${statusOf(shown)} ${shown.summary}`;
      if (change.harness.status === 'APPROVED') continue;
      expect(shown.tone).not.toBe('approved');
      if (/approved/i.test(statusOf(shown)))
        expect(told).toMatch(/telling Harness|not delivered|refused the inputs|Harness wants more|newer run/);
    }
  });

  test('“confirmed” only when our own submission was delivered', () => {
    for (const change of every) {
      const confirmed = /confirmed by Harness/.test(statusOf(card(change, alice.id)));
      if (confirmed) expect(change.submission?.state).toBe('delivered');
    }
  });

  test('once Harness has spoken its word leads, and nobody can press anything but the trouble away', () => {
    for (const change of every) {
      const word = change.harness.status;
      if (word === null || word === 'WAITING') continue;
      const shown = card(change, alice.id);
      expect(statusOf(shown)).toMatch(/^(Approved|Rejected|Expired in|Run aborted in|Failed in)/);
      if (word !== 'REJECTED') expect(statusOf(shown)).not.toMatch(/^Rejected(?! by Harness)/);
      for (const { kind } of shown.actions) expect(['supply_inputs', 'retry_submission']).toContain(kind);
    }
  });
});
