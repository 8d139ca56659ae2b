import type { Refusal } from '../../approval/refusal.ts';
import type { Actor } from '../../store/audit.ts';
import { reassignSlot } from '../approvers/reassign-slot.ts';
import type { Context } from '../context.ts';
import { chooseInstance } from '../gates/choose-gate.ts';
import { asManaged, invalid, refused } from '../managing/managed-refusal.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import { getRequest } from '../requests/list-requests.ts';
import type { RequestRecord } from '../requests/request-record.ts';
import { actorOf } from '../tokens/manage-tokens.ts';
import { cancelRequest, checkCancel, retrySubmission } from './repair-request.ts';

/** Closes a request here (an admin, or who asked); Harness is not told. */
export function cancelRequestAs(
  context: Context,
  principal: Principal,
  id: string,
  reason: string,
): Promise<Managed<RequestRecord>> {
  return act(context, principal, id, (actor) => cancelRequest(context, id, reason, actor));
}

/** Whether the principal could cancel it now; changes nothing: for the question before the act. */
export function checkCancelAs(
  context: Context,
  principal: Principal,
  id: string,
): Promise<Managed<RequestRecord>> {
  return act(context, principal, id, (actor) => checkCancel(context, id, actor));
}

/** Tries a submission that stopped once more (admins, never for their own request). */
export function retrySubmissionAs(
  context: Context,
  principal: Principal,
  id: string,
): Promise<Managed<RequestRecord>> {
  return act(context, principal, id, (actor) => retrySubmission(context, id, actor));
}

/** Says which of several gates a request is about (admins, never of their own request). */
export function chooseInstanceAs(
  context: Context,
  principal: Principal,
  id: string,
  instanceId: string,
): Promise<Managed<RequestRecord>> {
  return act(context, principal, id, (actor) => chooseInstance(context, id, instanceId, actor));
}

/** Gives an approver's place, or (`fromPersonId` null) a vacant one, to somebody else (R7, R16). */
export function reassignAs(
  context: Context,
  principal: Principal,
  id: string,
  places: { fromPersonId: number | null; toPersonId: number },
): Promise<Managed<RequestRecord>> {
  const { fromPersonId, toPersonId } = places;
  if (fromPersonId === toPersonId)
    return Promise.resolve(
      refused(invalid({ field: 'to', attribute: 'to_person_id', detail: 'must be somebody else' })),
    );
  return act(context, principal, id, (actor) => reassignSlot(context, id, fromPersonId, toPersonId, actor));
}

/**
 * One act on a request the principal can see, as its own person: the rules refuse by person (R13, R16), so a token
 * that is nobody in particular and a pipeline's may not act.
 */
async function act(
  context: Context,
  principal: Principal,
  id: string,
  work: (actor: Actor) => Promise<Refusal | null>,
): Promise<Managed<RequestRecord>> {
  const before = await getRequest(context, principal, id);
  if (!before.ok) return before;
  if (principal.personId === null)
    return refused({
      kind: 'forbidden',
      why: 'This token stands for nobody in particular, so nobody could be held to it: use a token of your own.',
    });
  if (principal.role === 'pipeline')
    return refused({ kind: 'forbidden', why: 'A pipeline’s token reads the requests it opened, no more.' });
  const refusal = await work(actorOf(principal));
  return refusal ? refused(asManaged(refusal)) : getRequest(context, principal, id);
}
