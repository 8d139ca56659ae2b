import { describe, expect, test } from 'vitest';
import {
  deliveryMarker,
  type HarnessActivity,
  type HarnessInstance,
  reconcile,
  SETTLED_SUBMISSIONS,
} from '../../src/approval/submission.ts';
import { NOW } from './samples.ts';

const MARKER = deliveryMarker('apr_q7', '0123456789ab');
const act = (
  action: HarnessActivity['action'],
  comments: string,
  name = 'Approval bot',
): HarnessActivity => ({ user: { name, email: 'bot@acme.io' }, action, comments, at: NOW });
const OURS = act('APPROVE', `[Countersign ${MARKER}] Approved by Alice`);
const OUR_NO = act('REJECT', `[Countersign ${MARKER}] Rejected by Alice`);
const UMAS = act('APPROVE', 'fine', 'Uma');
const UMAS_NO = act('REJECT', 'no', 'Uma');
const FORGOTTEN = act('APPROVE', '[Countersign apr_q7 ffffffffffff] Approved by Alice');
const NEWER_RUN = act('REJECT', 'Rejected due to approval of https://app.harness.io/run2', 'Uma');
const POSING = act('APPROVE', 'Rejected due to approval of my holidays', 'Uma');
const POSING_NO = act('REJECT', 'Rejected due to approval of my holidays', 'Uma');

type Row = [
  string,
  {
    wanted: 'APPROVE' | 'REJECT';
    status: HarnessInstance['status'];
    held: HarnessActivity[];
    count?: number;
    autoReject?: boolean;
  },
  ReturnType<typeof reconcile>,
];

// biome-ignore format: one row, one line
const ROWS: Row[] = [
  ['nothing there yet', { wanted: 'APPROVE', status: 'WAITING', held: [] }, { kind: 'owed' }],
  ['somebody else’s is there', { wanted: 'APPROVE', status: 'WAITING', held: [UMAS], count: 2 }, { kind: 'owed' }],
  ['ours, about other content', { wanted: 'APPROVE', status: 'WAITING', held: [FORGOTTEN] }, { kind: 'owed' }],
  ['ours, the other way round', { wanted: 'REJECT', status: 'WAITING', held: [OURS] }, { kind: 'owed' }],
  ['ours, and it wants 2', { wanted: 'APPROVE', status: 'WAITING', held: [OURS], count: 2 }, { kind: 'partial', missing: 1 }],
  ['ours, and it wants 3', { wanted: 'APPROVE', status: 'WAITING', held: [OURS], count: 3 }, { kind: 'partial', missing: 2 }],
  ['ours, still waiting for no reason', { wanted: 'APPROVE', status: 'WAITING', held: [OURS] }, { kind: 'partial', missing: 1 }],
  ['approved with ours', { wanted: 'APPROVE', status: 'APPROVED', held: [OURS] }, { kind: 'delivered' }],
  ['approved with ours and another', { wanted: 'APPROVE', status: 'APPROVED', held: [OURS, UMAS], count: 2 }, { kind: 'delivered' }],
  ['rejected with ours', { wanted: 'REJECT', status: 'REJECTED', held: [OUR_NO] }, { kind: 'delivered' }],
  ['approved without ours', { wanted: 'APPROVE', status: 'APPROVED', held: [UMAS] }, { kind: 'delivered_by_other', by: 'Uma' }],
  ['R19: approved by the bot’s account without our marker', { wanted: 'APPROVE', status: 'APPROVED', held: [act('APPROVE', 'by hand')] }, { kind: 'delivered_by_other', by: 'Approval bot' }],
  ['R19: approved about other content', { wanted: 'APPROVE', status: 'APPROVED', held: [FORGOTTEN] }, { kind: 'delivered_by_other', by: 'Approval bot' }],
  ['rejected without ours', { wanted: 'REJECT', status: 'REJECTED', held: [UMAS_NO] }, { kind: 'delivered_by_other', by: 'Uma' }],
  ['approved, and nobody named', { wanted: 'APPROVE', status: 'APPROVED', held: [] }, { kind: 'delivered_by_other', by: 'somebody' }],
  ['rejected against our approval', { wanted: 'APPROVE', status: 'REJECTED', held: [UMAS_NO] }, { kind: 'conflict', by: 'Uma' }],
  ['rejected after ours was taken', { wanted: 'APPROVE', status: 'REJECTED', held: [OURS, UMAS_NO], count: 2 }, { kind: 'conflict', by: 'Uma' }],
  ['approved against our rejection', { wanted: 'REJECT', status: 'APPROVED', held: [UMAS] }, { kind: 'conflict', by: 'Uma' }],
  ['a newer run was approved', { wanted: 'APPROVE', status: 'REJECTED', held: [NEWER_RUN], autoReject: true }, { kind: 'superseded', by: 'Uma' }],
  ['a person writes what Harness writes, in a step that rejects no older runs', { wanted: 'APPROVE', status: 'REJECTED', held: [NEWER_RUN] }, { kind: 'conflict', by: 'Uma' }],
  ['a person writes nearly what Harness writes', { wanted: 'APPROVE', status: 'REJECTED', held: [POSING_NO], autoReject: true }, { kind: 'conflict', by: 'Uma' }],
  ['approved against us in words that pose as Harness’s', { wanted: 'REJECT', status: 'APPROVED', held: [POSING] }, { kind: 'conflict', by: 'Uma' }],
  ['expired', { wanted: 'APPROVE', status: 'EXPIRED', held: [] }, { kind: 'closed', status: 'EXPIRED' }],
  ['expired with ours of two', { wanted: 'APPROVE', status: 'EXPIRED', held: [OURS], count: 2 }, { kind: 'closed', status: 'EXPIRED' }],
  ['aborted', { wanted: 'REJECT', status: 'ABORTED', held: [] }, { kind: 'closed', status: 'ABORTED' }],
  ['failed', { wanted: 'APPROVE', status: 'FAILED', held: [] }, { kind: 'closed', status: 'FAILED' }],
];

describe('R19: what Harness holds against what we wanted it to hold', () => {
  test.each(ROWS)('%s', (_, { wanted, status, held, count, autoReject }, found) => {
    const seen = {
      status,
      activities: held,
      minimumCount: count ?? 1,
      autoRejectEnabled: autoReject ?? false,
    };
    expect(reconcile(seen, { action: wanted, marker: MARKER })).toEqual(found);
  });

  test('who did it is named by e-mail where there is no name', () => {
    const seen = {
      status: 'APPROVED',
      activities: [act('APPROVE', 'ok', '')],
      minimumCount: 1,
      autoRejectEnabled: false,
    } as const;
    expect(reconcile(seen, { action: 'APPROVE', marker: MARKER })).toEqual({
      kind: 'delivered_by_other',
      by: 'bot@acme.io',
    });
  });
});

test('a submission that may still come to something is not settled', () => {
  for (const state of ['queued', 'sending', 'partial', 'needs_input', 'ambiguous', 'dead'] as const)
    expect(SETTLED_SUBMISSIONS).not.toContain(state);
});
