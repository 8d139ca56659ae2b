import { expect, test } from 'vitest';
import { type Refusal, refusalSentence } from '../../src/approval/refusal.ts';
import type { RefusalCode } from './refusal-codes.ts';

const SENTENCES: Record<RefusalCode, [Refusal, string][]> = {
  unknown_request: [[{ code: 'unknown_request' }, 'This request does not exist, or it is not yours to see.']],
  not_an_approver: [
    [
      { code: 'not_an_approver' },
      'You are not one of the approvers of this request, so nothing was changed.',
    ],
  ],
  not_eligible: [
    [{ code: 'not_eligible', why: 'is a guest' }, 'You cannot decide this: your account is a guest.'],
  ],
  changed: [
    [
      { code: 'changed', what: [] },
      'This request has changed since you saw it. Please read the card again, then decide.',
    ],
    [
      { code: 'changed', what: ['the message', 'the facts'] },
      'This request has changed since you saw it (the message; the facts). Please read the card again, then decide.',
    ],
  ],
  not_ready: [[{ code: 'not_ready' }, 'This request is still being prepared. Please try again in a moment.']],
  checks_first: [
    [
      { code: 'checks_first', checks: 'the check Smoke tests' },
      'This waits for the check Smoke tests. You can approve once the checks have passed.',
    ],
  ],
  held: [[{ code: 'held', why: 'two gates wait.' }, 'This request is on hold: two gates wait.']],
  already_voted: [
    [{ code: 'already_voted', action: 'APPROVE' }, 'You have already approved this request.'],
    [{ code: 'already_voted', action: 'REJECT' }, 'You have already rejected this request.'],
  ],
  already_closed: [
    [
      { code: 'already_closed', status: 'APPROVED', by: 'Bob' },
      'This request is already approved by Bob; your click changed nothing.',
    ],
    [
      { code: 'already_closed', status: 'ABORTED', by: null },
      'This request is already cancelled; your click changed nothing.',
    ],
    [
      { code: 'already_closed', status: 'EXPIRED', by: null },
      'This request is already expired; your click changed nothing.',
    ],
    [
      { code: 'already_closed', status: 'FAILED', by: null },
      'This request is already failed in Harness; your click changed nothing.',
    ],
    [
      { code: 'already_closed', status: 'REJECTED', by: 'Bob' },
      'This request is already rejected by Bob; your click changed nothing.',
    ],
  ],
  already_sent: [
    [
      { code: 'already_sent' },
      'The approval has already been sent to Harness. To stop the pipeline now, abort the run in Harness.',
    ],
  ],
  too_late: [
    [
      { code: 'too_late' },
      'Too late: Harness closes this gate within seconds, so an approval can no longer be sent safely.',
    ],
  ],
  reason_required: [[{ code: 'reason_required' }, 'Please say why: a rejection needs a reason.']],
  admins_only: [[{ code: 'admins_only' }, 'Only an admin of Countersign can do this.']],
  own_request: [
    [
      { code: 'own_request' },
      'You asked for this, hold a place in it, or answer for a machine that does: another admin has to do this.',
    ],
  ],
  nobody_to_ask: [
    [{ code: 'nobody_to_ask' }, 'Nobody to ask: Harness has not confirmed who started this run.'],
  ],
  not_the_requester: [
    [
      { code: 'not_the_requester' },
      'Only who started this run can answer questions about it, so nothing was changed.',
    ],
  ],
  nothing_to_do: [[{ code: 'nothing_to_do', why: 'No place is vacant.' }, 'No place is vacant.']],
};

test.each(Object.values(SENTENCES).flat())('%o is told as one clear sentence', (refusal, sentence) => {
  expect(refusalSentence(refusal)).toBe(sentence);
});
