import { type Refusal, refusalSentence } from '../../approval/refusal.ts';
import type { FieldProblem, ManageRefusal } from './managing.ts';

/** A refusal of the rules in the words of the management API: what kind of no, and the one sentence. */
export function asManaged(refusal: Refusal): ManageRefusal {
  const why = refusalSentence(refusal);
  switch (refusal.code) {
    case 'unknown_request':
      return { kind: 'not_found' };
    case 'not_an_approver':
    case 'not_eligible':
    case 'admins_only':
    case 'own_request':
    case 'not_the_requester':
      return { kind: 'forbidden', why };
    case 'reason_required':
      return invalid({ field: 'note', detail: "can't be blank: a rejection needs a reason" });
    default:
      return { kind: 'conflict', why };
  }
}

export function invalid(...problems: FieldProblem[]): ManageRefusal {
  return { kind: 'invalid', problems };
}

/** The refusal as what a use case returns. */
export function refused(refusal: ManageRefusal): { ok: false; refusal: ManageRefusal } {
  return { ok: false, refusal };
}
