import type { RequestStatus } from './request.ts';

/** Why an act was refused. A person caused it, so it is a value, and each has one clear sentence. */
export type Refusal =
  | { code: 'unknown_request' }
  | { code: 'not_an_approver' }
  | { code: 'not_eligible'; why: string }
  | { code: 'changed'; what: readonly string[] }
  | { code: 'not_ready' }
  | { code: 'held'; why: string }
  /** `checks`: what it waits for, as “the check Smoke tests”. */
  | { code: 'checks_first'; checks: string }
  | { code: 'already_voted'; action: 'APPROVE' | 'REJECT' }
  | { code: 'already_closed'; status: RequestStatus; by: string | null }
  | { code: 'already_sent' }
  | { code: 'too_late' }
  | { code: 'reason_required' }
  | { code: 'admins_only' }
  | { code: 'own_request' }
  | { code: 'nobody_to_ask' }
  | { code: 'not_the_requester' }
  | { code: 'nothing_to_do'; why: string };

const STATUS_WORDS: Readonly<Record<RequestStatus, string>> = {
  WAITING: 'waiting',
  APPROVED: 'approved',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  ABORTED: 'cancelled',
  FAILED: 'failed in Harness',
};

/** The one sentence its author is told, privately. Contains untrusted names: render it as plain text. */
export function refusalSentence(refusal: Refusal): string {
  switch (refusal.code) {
    case 'unknown_request':
      return 'This request does not exist, or it is not yours to see.';
    case 'not_an_approver':
      return 'You are not one of the approvers of this request, so nothing was changed.';
    case 'not_eligible':
      return `You cannot decide this: your account ${refusal.why}.`;
    case 'changed':
      return `This request has changed since you saw it${
        refusal.what.length > 0 ? ` (${refusal.what.join('; ')})` : ''
      }. Please read the card again, then decide.`;
    case 'not_ready':
      return 'This request is still being prepared. Please try again in a moment.';
    case 'held':
      return `This request is on hold: ${refusal.why}`;
    case 'checks_first':
      return `This waits for ${refusal.checks}. You can approve once the checks have passed.`;
    case 'already_voted':
      return refusal.action === 'APPROVE'
        ? 'You have already approved this request.'
        : 'You have already rejected this request.';
    case 'already_closed':
      return `This request is already ${STATUS_WORDS[refusal.status]}${
        refusal.by ? ` by ${refusal.by}` : ''
      }; your click changed nothing.`;
    case 'already_sent':
      return 'The approval has already been sent to Harness. To stop the pipeline now, abort the run in Harness.';
    case 'too_late':
      return 'Too late: Harness closes this gate within seconds, so an approval can no longer be sent safely.';
    case 'reason_required':
      return 'Please say why: a rejection needs a reason.';
    case 'admins_only':
      return 'Only an admin of Countersign can do this.';
    case 'own_request':
      return 'You asked for this, hold a place in it, or answer for a machine that does: another admin has to do this.';
    case 'nobody_to_ask':
      return 'Nobody to ask: Harness has not confirmed who started this run.';
    case 'not_the_requester':
      return 'Only who started this run can answer questions about it, so nothing was changed.';
    case 'nothing_to_do':
      return refusal.why;
  }
}
