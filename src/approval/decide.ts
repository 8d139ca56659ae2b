import {
  type ApproverInput,
  changedValues,
  checkInputs,
  type FullMatch,
  type InputsChecked,
  type InputValues,
  offeredValues,
  sameValues,
} from './approver-input.ts';
import type { Slot } from './approvers.ts';
import { authorize, exclusionOf } from './authorize.ts';
import { checkWords, holdsCheck, isCheck, openChecks } from './checks.ts';
import { calledName, type Person } from './person.ts';
import type { Refusal } from './refusal.ts';
import {
  APPROVE_MARGIN_MS,
  type ApprovalRequest,
  type Decision,
  type DecisionAction,
  type RequestLink,
  requirementOf,
} from './request.ts';
import { type CountedVote, countingVotes, tally, type Vote } from './requirement.ts';

/** Everything a ruling looks at, read under the lock on the request row. */
export interface RulingState {
  request: ApprovalRequest;
  slots: readonly Slot[];
  votes: readonly Vote[];
  /** Everybody who holds a slot or has voted. */
  people: ReadonlyMap<number, Person>;
  /** True once a first attempt to send the outcome has begun (R15). */
  sendingStarted: boolean;
}

/** What somebody pressed. */
export interface Ballot {
  person: Person | null;
  action: DecisionAction;
  /** What the form held; ignored for a rejection. */
  values: InputValues;
  comment: string;
  /** What the vote rests on; null = nothing was given. */
  link: RequestLink | null;
  /** The content version the card or form showed. */
  shownVersion: number;
  now: number;
}

export interface Accepted {
  kind: 'accepted';
  vote: {
    personId: number;
    action: DecisionAction;
    values: InputValues;
    comment: string;
    link: RequestLink | null;
  };
  /** True when this person's earlier vote on the same version gives way to this one (approve, then reject). */
  replacesOwnVote: boolean;
  /** Set when the vote changed what is being approved (R11): the new values everybody else must see. */
  newOffer: { values: InputValues; changed: { name: string; before: string; after: string }[] } | null;
  /** Checks whose votes stand on the new values all the same: what was filled in had no value when they passed. */
  carried: readonly number[];
  /** People whose votes no longer count and who are asked again. */
  askedAgain: readonly number[];
  /** True when the last check passed by it: the people's turn begins. */
  peopleAreNext: boolean;
  decision: Decision | null;
}

export type Ruling =
  | Accepted
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'inputs_wrong'; problems: Readonly<Record<string, string>> };

/** Rules on one ballot (R9, R11, R13–R15, R22); checks first, where the workflow says so. Pure: the caller commits what it says, whole or not at all. */
export function decide(state: RulingState, ballot: Ballot, fullMatch: FullMatch): Ruling {
  const { request, slots } = state;
  const refusal = refusalOf(state, ballot);
  if (refusal) return { kind: 'refused', refusal };
  const person = ballot.person!;

  const requirement = requirementOf(request);
  const isCheckVote = holdsCheck(person.id, slots);
  const offered = offeredValues(request.content.inputs, request.content.offered);
  let values: InputValues = {};
  if (ballot.action === 'APPROVE') {
    const { inputs } = request.content;
    const peopleFollow = isCheckVote && slots.some((slot) => !isCheck(slot));
    const checked = peopleFollow
      ? checkChanged(inputs, { ...offered, ...ballot.values }, offered, fullMatch)
      : checkInputs(inputs, ballot.values, fullMatch);
    if (!checked.ok) return { kind: 'inputs_wrong', problems: checked.problems };
    values = checked.values;
  }

  // What a check sends is offered to the people, also where any one of them decides; whoever changes it asks it again.
  const isOffer =
    requirement === 'all' || isCheckVote || (slots.some(isCheck) && changesWhatWasGiven(request, values));
  const mayOffer = isOffer && ballot.action === 'APPROVE';
  const changed = mayOffer && !sameValues(values, offered) ? changedValues(offered, values) : [];
  const counting = countingOf(state);
  const others = counting.filter((vote) => vote.personId !== person.id);
  const fillsBlanks = changed.length > 0 && changed.every(({ before }) => before === '');
  const carried = fillsBlanks ? others.filter((vote) => holdsCheck(vote.personId, slots)) : [];
  const own: CountedVote = {
    personId: person.id,
    contentVersion: request.contentVersion,
    action: ballot.action,
    voidBecause: null,
  };
  const standing = [...(changed.length > 0 ? carried : others), own];
  const { verdict } = tally(requirement, slots, standing);
  const hadOpen = openChecks(slots, counting).length > 0;

  return {
    kind: 'accepted',
    vote: {
      personId: person.id,
      action: ballot.action,
      values,
      comment: ballot.comment,
      link: ballot.link,
    },
    replacesOwnVote: changed.length === 0 && counting.length > others.length,
    newOffer: changed.length > 0 ? { values, changed } : null,
    carried: carried.map((vote) => vote.personId),
    askedAgain:
      changed.length > 0 ? others.filter((vote) => !carried.includes(vote)).map((vote) => vote.personId) : [],
    peopleAreNext: verdict === 'waiting' && hadOpen && openChecks(slots, standing).length === 0,
    decision:
      verdict === 'waiting'
        ? null
        : {
            action: verdict === 'approved' ? 'APPROVE' : 'REJECT',
            personId: person.id,
            how: 'vote',
            at: ballot.now,
          },
  };
}

function countingOf({ request, slots, votes, people }: RulingState): Vote[] {
  const { contentVersion } = request;
  return countingVotes({ votes, slots, contentVersion, people, exclusion: exclusionOf(request) });
}

/** Whether these values differ from one that an earlier vote gave. */
function changesWhatWasGiven({ content }: ApprovalRequest, values: InputValues): boolean {
  return content.inputs.some(({ name, defaultValue }) => {
    const given = Object.hasOwn(content.offered, name) ? content.offered[name] : '';
    return given !== '' && given !== defaultValue && values[name] !== given;
  });
}

/** A check answers for what it sends. What it leaves as it is offered, empty too, people give or keep after it. */
function checkChanged(
  inputs: readonly ApproverInput[],
  values: InputValues,
  offered: InputValues,
  fullMatch: FullMatch,
): InputsChecked {
  const sent = inputs.filter(({ name }) => Object.hasOwn(offered, name) && values[name] !== offered[name]);
  const checked = checkInputs(sent, values, fullMatch);
  return checked.ok ? { ok: true, values: { ...offered, ...checked.values } } : checked;
}

function refusalOf(state: RulingState, ballot: Ballot): Refusal | null {
  const { request, slots, votes } = state;
  const refused = authorize(
    ballot.person,
    { kind: 'decide', shownVersion: ballot.shownVersion },
    request,
    slots,
  );
  if (refused) return refused;
  const replacing = request.decision?.action === 'APPROVE' && ballot.action === 'REJECT';
  const harnessClosed = request.harness.status !== null && request.harness.status !== 'WAITING';
  if (request.status !== 'WAITING' && replacing && !harnessClosed && state.sendingStarted)
    return { code: 'already_sent' };
  if (request.status !== 'WAITING' && !(replacing && request.status === 'APPROVED' && !harnessClosed)) {
    const by = request.decision?.personId;
    return {
      code: 'already_closed',
      status: request.status,
      by: (by ? nameOf(state, by) : null) ?? request.harness.decidedBy,
    };
  }
  // A gate that was over before we saw it: the request still waits for a moment, Harness does not (R21).
  if (request.status === 'WAITING' && harnessClosed)
    return { code: 'already_closed', status: request.harness.status!, by: request.harness.decidedBy };
  // Our own deadline ends the wait for a decision; one that is made may still be taken back (R15).
  if (request.status === 'WAITING' && request.expiresAt !== null && ballot.now >= request.expiresAt)
    return { code: 'already_closed', status: 'EXPIRED', by: null };
  if (!request.resolved) return { code: 'not_ready' };
  if (ballot.shownVersion !== request.contentVersion) return { code: 'changed', what: [] };
  const own = votes.find(
    (vote) =>
      vote.personId === ballot.person!.id &&
      vote.contentVersion === request.contentVersion &&
      vote.voidBecause === null,
  );
  if (own?.action === ballot.action) return { code: 'already_voted', action: own.action };
  const tooEarly = ballot.action === 'APPROVE' ? beforeTurn(state, ballot.person!.id) : null;
  if (tooEarly) return tooEarly;
  if (ballot.action === 'REJECT' && ballot.comment.trim() === '') return { code: 'reason_required' };
  if (ballot.action === 'APPROVE' && request.problem && holdsApproval(request))
    return { code: 'held', why: request.problem.detail };
  const { deadline, skewMs } = request.harness;
  if (ballot.action === 'APPROVE' && deadline !== null && ballot.now + skewMs > deadline - APPROVE_MARGIN_MS)
    return { code: 'too_late' };
  return null;
}

/** Why somebody's approval has to wait: checks come first; null = it is their turn. */
export function beforeTurn(state: RulingState, personId: number): Refusal | null {
  if (holdsCheck(personId, state.slots)) return null;
  const open = openChecks(state.slots, countingOf(state));
  return open.length > 0 ? { code: 'checks_first', checks: checkWords(open, state.people) } : null;
}

function nameOf({ people }: RulingState, personId: number): string | null {
  const person = people.get(personId);
  return person ? calledName(person) : null;
}

/** A vacant slot still lets the others vote; other trouble means nobody knows what an approval would do. */
function holdsApproval(request: ApprovalRequest): boolean {
  return request.problem !== null && request.problem.kind !== 'vacant_slot';
}
