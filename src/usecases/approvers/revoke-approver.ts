import { placesProblem } from '../../approval/approvers.ts';
import { exclusionOf } from '../../approval/authorize.ts';
import { isCheck } from '../../approval/checks.ts';
import { calledName, ineligible } from '../../approval/person.ts';
import { type RequestProblem, requirementOf } from '../../approval/request.ts';
import { changeRequest, lockRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import { cardsOf, changeCard } from '../../store/cards.ts';
import type { Trx } from '../../store/database.ts';
import { standingOfAccount, updateStanding } from '../../store/identities.ts';
import { oweAfresh } from '../../store/outbox.ts';
import { machinesOf, peopleById, personById } from '../../store/people.ts';
import { fillVersion } from '../../store/request-versions.ts';
import { addSlots, fillSlot, slotsOf } from '../../store/slots.ts';
import { voidVotes } from '../../store/votes.ts';
import { waitingRequestsOfPerson, waitingRequestsOfWorkflow } from '../../store/waiting-requests.ts';
import { type Context, commit } from '../context.ts';
import type { AccountChanges } from '../deciding/card-presses.ts';
import { tellAdmins } from '../notices/tell-admins.ts';
import type { RemovedApprovers } from './removed-approvers.ts';

/**
 * Takes a person's place in one open request at once (R14): the vote is void, the place vacant until a fallback
 * approver fills it. Under *any* the others go on; with nobody left the request is held, never approved (R7).
 */
export async function vacatePlaces(
  context: Context,
  trx: Trx,
  requestId: string,
  personId: number,
  because: string,
  actor: Actor,
): Promise<void> {
  const request = await lockRequest(trx, requestId);
  if (request?.status !== 'WAITING' && request?.status !== 'APPROVED') return;
  const slots = await slotsOf(trx, requestId);
  const held = slots.filter((slot) => slot.personId === personId);
  const now = context.clock.now();
  if (held.length === 0 || request.status === 'APPROVED') {
    // Not asked yet, a fallback approver, or decided already: nor are they asked again later.
    if (!request.revoked.includes(personId))
      await changeRequest(trx, requestId, { revoked: [...request.revoked, personId] }, now);
    return;
  }
  const { organizationId } = request;
  const person = await personById(trx, personId);
  const name = person ? calledName(person) : 'An approver';
  const { fallbackApproverIds } = request.content.workflow;
  const fallbacks = [...(await peopleById(trx, fallbackApproverIds)).values()].filter(
    (one) =>
      one.id !== personId &&
      !request.revoked.includes(one.id) &&
      ineligible(one, exclusionOf(request)) === null &&
      !slots.some((slot) => slot.personId === one.id),
  );
  const others = slots.some((slot) => slot.personId !== null && slot.personId !== personId && !isCheck(slot));
  // A check is no person's to stand in for.
  const needsFallback = !held.every(isCheck) && (requirementOf(request) === 'all' || !others);
  for (const slot of held) {
    const [first, ...rest] = needsFallback ? fallbacks : [];
    if (!first) await fillSlot(trx, slot.id, { personId: null, vacantBecause: `${name} ${because}` });
    else {
      await fillSlot(trx, slot.id, { personId: first.id, origins: ['fallback'] });
      const places = rest.map((other) => ({
        groupKey: slot.groupKey,
        personId: other.id,
        origins: ['fallback' as const],
        vacantBecause: null,
      }));
      await addSlots(trx, organizationId, requestId, places);
    }
  }
  await voidVotes(trx, requestId, `${name} ${because}`, personId);
  await changeRequest(trx, requestId, { revoked: [...request.revoked, personId] }, now);
  for (const card of await cardsOf(trx, requestId))
    if (card.personId === personId && card.part === 'approver')
      await changeCard(trx, card.id, { part: 'former' });
  const after = await slotsOf(trx, requestId);
  const kind = placesProblem(requirementOf(request), after);
  // What an admin has to look at first stays so; resolving again tells of the place.
  const isHeld = request.problem !== null && !OF_PLACES.includes(request.problem.kind);
  if (kind !== null && !isHeld) {
    const detail = `${name} ${because}. An admin can reassign the place.`;
    await changeRequest(trx, requestId, { problem: { kind, detail } }, now);
    await tellAdmins(context, trx, request);
  }
  await writeAudit(trx, organizationId, {
    at: now,
    actor,
    action: 'place_vacated',
    subjectType: 'approval_request',
    subjectId: requestId,
    detail: { personId, because, filledBy: needsFallback ? fallbacks.map((person) => person.id) : [] },
  });
  if (needsFallback && fallbacks.length > 0)
    await oweAfresh(trx, { kind: 'resolve_approvers', subjectId: requestId, organizationId }, now);
  await oweAllCards(trx, organizationId, requestId, now);
}

const OF_PLACES: readonly RequestProblem[] = ['no_approver', 'vacant_slot', 'missing_input'];

/** Somebody may no longer act anywhere: every open request loses them, and their machines, at once (R14). */
export async function vacateEverywhere(
  context: Context,
  trx: Trx,
  personId: number,
  because: string,
  actor: Actor,
): Promise<void> {
  for (const requestId of await waitingRequestsOfPerson(trx, personId))
    await vacatePlaces(context, trx, requestId, personId, because, actor);
  const machines = await peopleById(trx, await machinesOf(trx, personId));
  for (const machine of machines.values())
    if (machine.standing !== 'member')
      await vacateEverywhere(context, trx, machine.id, `is a machine whose owner ${because}`, actor);
}

/** A workflow no longer lists these approvers: its open requests lose them at once (R14). */
export async function vacateInWorkflow(
  context: Context,
  trx: Trx,
  workflowId: number,
  removed: RemovedApprovers,
  actor: Actor,
): Promise<void> {
  if (removed.personIds.length === 0 && !removed.managers) return;
  for (const requestId of await waitingRequestsOfWorkflow(trx, workflowId)) {
    if (removed.managers) await askNoManager(context, trx, requestId);
    const slots = removed.managers ? await slotsOf(trx, requestId) : [];
    const managers = slots.filter((slot) => slot.origins.every((origin) => origin === 'manager'));
    const leaving = new Set([...removed.personIds, ...managers.flatMap((slot) => slot.personId ?? [])]);
    for (const personId of leaving)
      await vacatePlaces(context, trx, requestId, personId, 'was removed from the approval workflow', actor);
  }
}

/** Before the places are filled it is the request's own copy of the workflow that would ask the manager. */
async function askNoManager(context: Context, trx: Trx, requestId: string): Promise<void> {
  const request = await lockRequest(trx, requestId);
  if (!request || request.resolved) return;
  const workflow = { ...request.content.workflow, dynamicApproverIds: [] };
  const content = { ...request.content, workflow };
  await fillVersion(trx, request, content, context.hash(content), context.clock.now());
}

export const STANDING_WORDS = {
  deactivated: 'is deactivated',
  guest: 'became a guest',
  stranger: 'is from another workspace',
  bot: 'is a bot',
} as const;

/** Takes what a chat platform says of an account, unasked, and acts on it. */
export function createAccountChanges(context: Context): AccountChanges {
  return {
    noteAccount: async (platform, account) => {
      const { organizationId, standing } = account;
      // Slack tells of every edited profile; most change nothing here.
      const before = await standingOfAccount(context.db, organizationId, { platform, ...account });
      if (before === null || before === standing) return;
      await commit(context, async (trx) => {
        const now = context.clock.now();
        const personId = await updateStanding(trx, organizationId, { platform, ...account }, standing, now);
        if (personId === null || standing === 'member') return;
        const actor: Actor = { personId: null, via: platform };
        await vacateEverywhere(context, trx, personId, STANDING_WORDS[standing], actor);
      });
    },
  };
}
