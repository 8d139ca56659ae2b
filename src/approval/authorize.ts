import type { Slot } from './approvers.ts';
import { type Exclusion, INELIGIBLE_WORDS, ineligible, type Person, selfOf } from './person.ts';
import type { Refusal } from './refusal.ts';
import type { ApprovalRequest } from './request.ts';

/** What somebody may want to do to a request. */
export type RequestAction =
  | { kind: 'decide'; shownVersion: number }
  | { kind: 'supply_inputs' }
  | { kind: 'ask_question' }
  | { kind: 'answer_question' }
  | { kind: 'cancel' }
  | { kind: 'retry_submission' }
  | { kind: 'choose_instance' }
  | { kind: 'unfreeze' }
  | { kind: 'reassign'; toPersonId: number };

/** Who is shut out of this request, as `ineligible` asks it. */
export function exclusionOf(request: ApprovalRequest): Exclusion {
  return {
    requesterId: request.content.requester.personId,
    requesterEmail: request.content.requester.email || null,
    disallowRequester: request.disallowRequester,
    excludedEmails: request.excludedEmails,
  };
}

/**
 * May this person do this to this request? The one gate for Slack, Teams, the API, the CLI and timers (R13, R16).
 * For an admin's acts, slots and `toPersonId` name whom their holder acts for (`selfOf`).
 * null = yes. Anything unknown (no person, another organization, no open slot) is a refusal: it fails closed.
 */
export function authorize(
  person: Person | null,
  action: RequestAction,
  request: ApprovalRequest,
  slots: readonly Slot[],
): Refusal | null {
  if (!person) return { code: action.kind === 'answer_question' ? 'not_the_requester' : 'not_an_approver' };
  if (person.organizationId !== request.organizationId) return { code: 'unknown_request' };
  if (person.standing !== 'member') return { code: 'not_eligible', why: INELIGIBLE_WORDS[person.standing] };
  if (action.kind === 'answer_question') {
    const { personId, verified } = request.content.requester;
    return verified && person.id === personId ? null : { code: 'not_the_requester' };
  }
  if (action.kind === 'decide' || action.kind === 'supply_inputs' || action.kind === 'ask_question') {
    const why = ineligible(person, exclusionOf(request));
    const holdsSlot = slots.some((slot) => slot.personId === person.id);
    if (!holdsSlot) return { code: 'not_an_approver' };
    if (why) return { code: 'not_eligible', why: INELIGIBLE_WORDS[why] };
    return action.kind === 'ask_question' ? nobodyToAsk(person, request) : null;
  }
  if (action.kind === 'cancel' && isRequester(person, request)) return null;
  if (person.role !== 'admin') return { code: 'admins_only' };
  if (action.kind === 'cancel') return null;
  if (isRequester(person, request) || isSaidToBeRequester(person, request)) return { code: 'own_request' };
  const self = selfOf(person);
  if (action.kind === 'reassign' && action.toPersonId === self) return { code: 'own_request' };
  if (action.kind !== 'retry_submission' && slots.some((slot) => slot.personId === self))
    return { code: 'own_request' };
  return null;
}

/** R5: a question goes only to whom Harness has confirmed, and to somebody else. */
function nobodyToAsk(person: Person, request: ApprovalRequest): Refusal | null {
  const { personId, verified } = request.content.requester;
  if (personId === null || !verified) return { code: 'nobody_to_ask' };
  if (isRequester(person, request))
    return { code: 'nothing_to_do', why: 'You started this run yourself: there is nobody else to ask.' };
  return null;
}

function isRequester(person: Person, request: ApprovalRequest): boolean {
  const { personId } = request.content.requester;
  return personId !== null && (person.id === personId || person.ownerId === personId);
}

/** Not confirmed by Harness, yet enough to keep an admin from acting on what may be their own request (R5, R16). */
function isSaidToBeRequester(person: Person, request: ApprovalRequest): boolean {
  const said = request.content.requester.email.toLowerCase();
  return said !== '' && person.email?.toLowerCase() === said;
}
