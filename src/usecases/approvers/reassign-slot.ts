import { exclusionOf } from '../../approval/authorize.ts';
import { calledName, INELIGIBLE_WORDS, ineligible, selfOf } from '../../approval/person.ts';
import type { Refusal } from '../../approval/refusal.ts';
import { requirementOf } from '../../approval/request.ts';
import { changeRequest } from '../../store/approval-requests.ts';
import type { Actor } from '../../store/audit.ts';
import { cardsOf, changeCard } from '../../store/cards.ts';
import { oweAfresh } from '../../store/outbox.ts';
import { personById } from '../../store/people.ts';
import { fillSlot } from '../../store/slots.ts';
import { voidVotes } from '../../store/votes.ts';
import type { Context } from '../context.ts';
import { nothing, repair } from '../deciding/repair-request.ts';

/**
 * Gives an approver's place, or (`fromPersonId` null) a vacant one, to somebody else (R7, R16). The vote of whoever
 * held it no longer counts. null = done; the new approver's card follows.
 */
export function reassignSlot(
  context: Context,
  requestId: string,
  fromPersonId: number | null,
  toPersonId: number,
  actor: Actor,
): Promise<Refusal | null> {
  return repair(context, requestId, actor, { kind: 'reassign', toPersonId }, async (trx, state, now) => {
    const { request, slots } = state;
    if (request.status !== 'WAITING') return { code: 'already_closed', status: request.status, by: null };
    if (!request.resolved) return { code: 'not_ready' };
    const to = await personById(trx, toPersonId);
    if (!to || to.organizationId !== request.organizationId) return nothing('There is no such person.');
    if (slots.some((one) => one.personId === toPersonId))
      return nothing(`${to.name} already holds a place in this request.`);
    const why = ineligible(to, exclusionOf(request));
    if (why) return nothing(`${to.name} cannot be asked: ${to.name} ${INELIGIBLE_WORDS[why]}.`);
    if (request.revoked.includes(toPersonId))
      return nothing(
        `${to.name} can have no place in this request: they were removed while it was open. Choose somebody else.`,
      );
    const severalAgree = requirementOf(request) === 'all' || request.content.workflow.checksFirst;
    const others = slots.flatMap(({ personId }) => (personId === fromPersonId ? [] : (personId ?? [])));
    const twin = others.flatMap((id) => state.people.get(id) ?? []).find((one) => selfOf(one) === selfOf(to));
    if (severalAgree && twin)
      return nothing(
        `${calledName(to)} and ${calledName(twin)}, who holds a place already, answer to the same person. Choose somebody else.`,
      );
    const slot = slots.find((one) => one.personId === fromPersonId);
    const empty = fromPersonId === null && slots.length === 0 && requirementOf(request) === 'any';
    if (!slot && !empty) {
      if (fromPersonId === null) return nothing('No place is vacant.');
      const from = await personById(trx, fromPersonId);
      const isOurs = from?.organizationId === request.organizationId;
      return nothing(`${isOurs ? from.name : 'That person'} holds no place in this request.`);
    }
    if (slot) await fillSlot(trx, slot.id, { personId: toPersonId, origins: ['reassigned'] });
    if (fromPersonId !== null) {
      await voidVotes(trx, requestId, 'the place was given to somebody else', fromPersonId);
      for (const card of await cardsOf(trx, requestId))
        if (card.personId === fromPersonId && card.part === 'approver')
          await changeCard(trx, card.id, { part: 'former' });
    }
    const reassigned = [
      ...request.reassigned,
      { from: fromPersonId, to: toPersonId, group: slot?.groupKey ?? 'any' },
    ];
    await changeRequest(trx, requestId, { reassigned }, now);
    // Resolving again looks the new approver up, settles whether all places are filled, and posts the card.
    await oweAfresh(
      trx,
      { kind: 'resolve_approvers', subjectId: requestId, organizationId: request.organizationId },
      now,
    );
    return { from: fromPersonId, to: toPersonId };
  });
}
