import type { InputValues } from '../../src/approval/approver-input.ts';
import type { Slot } from '../../src/approval/approvers.ts';
import { type Ballot, decide, type Ruling, type RulingState } from '../../src/approval/decide.ts';
import type { Person } from '../../src/approval/person.ts';
import type { DecisionAction } from '../../src/approval/request.ts';
import type { Vote } from '../../src/approval/requirement.ts';
import { fullMatch, NOW, STAFF } from './samples.ts';

/** What may happen to a request, in the words of a property test. */
export type Happening =
  | {
      kind: 'ballot';
      who: number;
      action: DecisionAction;
      versionsOff: number;
      rollout: string;
      comment: string;
    }
  | { kind: 'standing'; who: number; standing: Person['standing'] }
  | { kind: 'vacate'; who: number }
  | { kind: 'fill'; who: number }
  | { kind: 'amend' }
  | { kind: 'sending' }
  | { kind: 'time'; passes: number };

export interface Played {
  state: RulingState;
  now: number;
  /** One line per ballot. */
  rulings: { ballot: Ballot; before: RulingState; after: RulingState; ruling: Ruling }[];
}

/** Plays what happens to one request, applying accepted rulings the way src/usecases/deciding/record-decision.ts does. */
export function play(start: RulingState, happenings: readonly Happening[], times = 1): Played {
  let state = structuredClone(start);
  let now = NOW;
  const rulings: Played['rulings'] = [];
  for (const one of happenings)
    if (one.kind === 'ballot')
      for (let nth = 0; nth < times; nth++) {
        const ballot = ballotOf(state, one, now);
        const before = structuredClone(state);
        const ruling = decide(state, ballot, fullMatch);
        state = ruling.kind === 'accepted' ? applied(state, ruling, now) : state;
        rulings.push({ ballot, before, after: structuredClone(state), ruling });
      }
    else if (one.kind === 'time') now += one.passes;
    else state = happened(state, one);
  return { state, now, rulings };
}

function ballotOf(state: RulingState, one: Extract<Happening, { kind: 'ballot' }>, now: number): Ballot {
  const who = STAFF[one.who];
  return {
    person: who ? state.people.get(who.id)! : null,
    action: one.action,
    values: { rollout: one.rollout },
    comment: one.comment,
    link: null,
    shownVersion: state.request.contentVersion + one.versionsOff,
    now,
  };
}

function applied(
  state: RulingState,
  ruling: Extract<Ruling, { kind: 'accepted' }>,
  now: number,
): RulingState {
  const { newOffer, vote, decision } = ruling;
  const offered = newOffer ? carriedOver(newVersion(state, newOffer.values), state, ruling) : state;
  const { contentVersion } = offered.request;
  const kept = offered.votes.filter(
    (one) => one.personId !== vote.personId || one.contentVersion !== contentVersion,
  );
  const cast: Vote = {
    ...vote,
    id: kept.length + 1,
    contentVersion,
    via: 'test',
    at: now,
    voidBecause: null,
  };
  const status = decision?.action === 'APPROVE' ? 'APPROVED' : 'REJECTED';
  return {
    ...offered,
    votes: [...kept, cast],
    request: { ...offered.request, ...(decision && { status, decision, problem: null }) },
  };
}

function carriedOver(
  next: RulingState,
  { votes, request }: RulingState,
  { carried, newOffer }: Extract<Ruling, { kind: 'accepted' }>,
): RulingState {
  const { contentVersion } = next.request;
  const stood = votes.filter(
    (one) =>
      carried.includes(one.personId) &&
      one.contentVersion === request.contentVersion &&
      one.voidBecause === null,
  );
  const recast = stood.map((one) => ({ ...one, contentVersion, values: newOffer!.values }));
  return { ...next, votes: [...next.votes, ...recast] };
}

function newVersion(state: RulingState, offered: InputValues): RulingState {
  const { request } = state;
  return {
    ...state,
    votes: state.votes.map((vote) => ({ ...vote, voidBecause: vote.voidBecause ?? 'changed' })),
    request: {
      ...request,
      contentVersion: request.contentVersion + 1,
      content: { ...request.content, offered },
    },
  };
}

function happened(state: RulingState, one: Exclude<Happening, { kind: 'ballot' | 'time' }>): RulingState {
  const waits = state.request.status === 'WAITING';
  switch (one.kind) {
    case 'standing': {
      const who = state.people.get(STAFF[one.who]!.id)!;
      return { ...state, people: new Map(state.people).set(who.id, { ...who, standing: one.standing }) };
    }
    case 'amend':
      return waits ? newVersion(state, {}) : state;
    case 'sending':
      return { ...state, sendingStarted: state.sendingStarted || state.request.decision !== null };
    case 'vacate': {
      const { id } = STAFF[one.who]!;
      const emptied = (slot: Slot) =>
        slot.personId === id ? { ...slot, personId: null, vacantBecause: 'is gone' } : slot;
      const voided = (vote: Vote) => (vote.personId === id ? { ...vote, voidBecause: 'is gone' } : vote);
      return waits ? { ...state, slots: state.slots.map(emptied), votes: state.votes.map(voided) } : state;
    }
    case 'fill': {
      const { id } = STAFF[one.who]!;
      const place = state.slots.find((slot) => slot.personId === null);
      if (!waits || !place || state.slots.some((slot) => slot.personId === id)) return state;
      const filled = { ...place, personId: id, vacantBecause: null };
      return { ...state, slots: state.slots.map((slot) => (slot === place ? filled : slot)) };
    }
  }
}
