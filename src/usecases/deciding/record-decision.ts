import type { InputValues } from '../../approval/approver-input.ts';
import type { Slot } from '../../approval/approvers.ts';
import { isCheck } from '../../approval/checks.ts';
import { decide, type Ruling } from '../../approval/decide.ts';
import { calledName } from '../../approval/person.ts';
import type { Refusal } from '../../approval/refusal.ts';
import type { DecisionAction, RequestLink } from '../../approval/request.ts';
import type { Vote } from '../../approval/requirement.ts';
import { lockRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { personById } from '../../store/people.ts';
import { changesSince, saveNewVersion } from '../../store/request-versions.ts';
import { byId } from '../../store/row-order.ts';
import { castVote, voidVotes, votesOf } from '../../store/votes.ts';
import { addAddressees, NOBODY } from '../cards/address-cards.ts';
import { type Context, commit } from '../context.ts';
import { isOpener } from '../opening/token-scope.ts';
import { conclude } from './conclude.ts';
import { readRulingState, type StoredRulingState } from './ruling-state.ts';

export interface DecisionAttempt {
  requestId: string;
  /** null: an account nobody here knows. */
  personId: number | null;
  action: DecisionAction;
  values: InputValues;
  comment: string;
  /** What the vote rests on: a test run, a build. */
  link?: RequestLink;
  /** The content version the card or form showed (R9). */
  shownVersion: number;
  via: Actor['via'];
}

export type DecisionAnswer =
  | { kind: 'accepted'; decided: boolean }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'inputs_wrong'; problems: Readonly<Record<string, string>> };

const OPENER: Refusal = {
  code: 'not_eligible',
  why: 'opened this request, and nobody opens and decides the same one',
};

/**
 * One vote, ruled on and written in one transaction under the lock on the request: vote, outcome, submission,
 * audit line and debts together, or none of them (architecture invariant 1). Every refusal leaves an audit line.
 */
export function recordDecision(context: Context, attempt: DecisionAttempt): Promise<DecisionAnswer> {
  return commit(context, async (trx): Promise<DecisionAnswer> => {
    const locked = await lockRequest(trx, attempt.requestId);
    if (!locked) return { kind: 'refused', refusal: { code: 'unknown_request' } };
    const state = (await readRulingState(trx, attempt.requestId, locked))!;
    const { personId } = attempt;
    const person =
      personId === null ? null : (state.people.get(personId) ?? (await personById(trx, personId)));
    const now = context.clock.now();
    const ruling: Ruling = (await isOpener(trx, locked, person))
      ? { kind: 'refused', refusal: OPENER }
      : decide(state, { ...attempt, link: attempt.link ?? null, person, now }, context.fullMatch);
    const actor: Actor = { personId: attempt.personId, via: attempt.via };
    if (ruling.kind === 'inputs_wrong') return ruling;
    if (ruling.kind === 'refused') {
      await auditRefusal(trx, locked.organizationId, attempt, ruling.refusal, actor, now);
      return { kind: 'refused', refusal: await explained(trx, attempt, ruling.refusal) };
    }
    await writeRuling(context, trx, attempt, state, ruling, actor);
    return { kind: 'accepted', decided: ruling.decision !== null };
  });
}

async function writeRuling(
  context: Context,
  trx: Trx,
  attempt: DecisionAttempt,
  state: StoredRulingState,
  ruling: Extract<Ruling, { kind: 'accepted' }>,
  actor: Actor,
): Promise<void> {
  const now = context.clock.now();
  let { request } = state;
  const { organizationId } = request;
  if (ruling.newOffer) {
    const voter = state.people.get(ruling.vote.personId);
    const name = voter ? calledName(voter) : 'an approver';
    const changed = ruling.newOffer.changed.map(
      ({ name: input, before, after }) =>
        `${name} set ${input} to “${after.slice(0, 80)}”${before === '' ? '' : ` instead of “${before.slice(0, 80)}”`}`,
    );
    const content = { ...request.content, offered: ruling.newOffer.values };
    await voidVotes(trx, request.id, changed.join('; '));
    request = await saveNewVersion(trx, request, content, context.hash(content), changed, now);
    await carryOver(trx, state, request, ruling);
  }
  const cast = await castVote(trx, organizationId, request.id, {
    ...ruling.vote,
    contentVersion: request.contentVersion,
    via: attempt.via,
    at: now,
  });
  await writeAudit(trx, organizationId, {
    at: now,
    actor,
    action: 'voted',
    subjectType: 'approval_request',
    subjectId: request.id,
    detail: {
      action: ruling.vote.action,
      version: request.contentVersion,
      replaced: ruling.replacesOwnVote,
      askedAgain: ruling.askedAgain,
      ...(ruling.vote.link && { link: ruling.vote.link.url }),
    },
  });
  if (ruling.decision) {
    // A new offer voids votes and carries others over.
    const votes = ruling.newOffer ? await votesOf(trx, request.id) : withVote(state.votes, cast);
    await conclude(context, trx, { ...state, request, votes }, ruling.decision, actor);
  } else {
    if (ruling.peopleAreNext) await askPeople(context, trx, request, state.slots);
    await oweAllCards(trx, organizationId, request.id, now, {
      first: ruling.vote.personId,
      othersAfterMs: 0,
    });
  }
}

/** One that a vote replaced has its id. Oldest first. */
function withVote(votes: readonly Vote[], cast: Vote): Vote[] {
  return [...votes.filter(({ id }) => id !== cast.id), cast].sort(byId);
}

/** Checks that passed before somebody filled in what had no value have passed on the new version, too. */
async function carryOver(
  trx: Trx,
  { votes, request: before }: StoredRulingState,
  request: StoredRequest,
  { carried, newOffer }: Extract<Ruling, { kind: 'accepted' }>,
): Promise<void> {
  const stood = votes.filter(
    (vote) =>
      vote.contentVersion === before.contentVersion &&
      vote.voidBecause === null &&
      carried.includes(vote.personId),
  );
  for (const vote of stood)
    await castVote(trx, request.organizationId, request.id, {
      ...vote,
      values: newOffer!.values,
      contentVersion: request.contentVersion,
    });
}

/** The last check has passed: now the people get their cards. */
async function askPeople(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  slots: readonly Slot[],
): Promise<void> {
  const approverIds = slots.flatMap((slot) => (isCheck(slot) ? [] : (slot.personId ?? [])));
  await addAddressees(context, trx, request, { ...NOBODY, approverIds });
}

async function explained(trx: Trx, attempt: DecisionAttempt, refusal: Refusal): Promise<Refusal> {
  if (refusal.code !== 'changed') return refusal;
  const what = await changesSince(trx, attempt.requestId, attempt.shownVersion);
  return { ...refusal, what: what.slice(0, 5) };
}

async function auditRefusal(
  trx: Trx,
  organizationId: number,
  attempt: DecisionAttempt,
  refusal: Refusal,
  actor: Actor,
  now: number,
): Promise<void> {
  await writeAudit(trx, organizationId, {
    at: now,
    actor,
    action: 'refused',
    subjectType: 'approval_request',
    subjectId: attempt.requestId,
    detail: { wanted: attempt.action, code: refusal.code, version: attempt.shownVersion },
  });
}
