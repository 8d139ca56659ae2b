import { type Card, lineText } from '../../src/approval/card.ts';
import { type CardReader, type RequestView, requestCard } from '../../src/approval/request-card.ts';
import type { Submission } from '../../src/approval/submission.ts';
import { alice, bob, peopleMap, request, type StateChange, slots } from './samples.ts';

export interface ViewChange extends StateChange {
  submission?: Submission | null;
  notAsked?: RequestView['notAsked'];
  unreachable?: RequestView['unreachable'];
  lateChangeAt?: number | null;
  questions?: RequestView['questions'];
}

/** Everything a card of Dana's deployment shows, Alice and Bob being asked unless said otherwise. */
export function view(change: ViewChange = {}): RequestView {
  const { holders = [alice, bob], votes = [], sendingStarted: _, changedPeople, ...rest } = change;
  const { submission = null, notAsked = [], unreachable = [], lateChangeAt = null, ...others } = rest;
  const { questions = [], ...asked } = others;
  return {
    request: request(asked),
    slots: slots(change.requirement ?? 'any', holders),
    votes,
    people: peopleMap(changedPeople),
    submission,
    questions,
    notAsked,
    unreachable,
    lateChangeAt,
  };
}

/** The card as the person (null: a channel) sees it. */
export function card(change: ViewChange, personId: number | null, reader: Partial<CardReader> = {}): Card {
  return requestCard(view(change), 'crd_1', {
    personId,
    part: personId === null ? 'subscriber' : 'approver',
    accounts: new Map(),
    shared: personId === null,
    ...reader,
  });
}

/** Every word of the card's lines that tell how things stand. */
export const statusOf = (shown: Card) => lineText(shown.status);
export const warningsOf = (shown: Card) => shown.warnings.map(lineText).join(' | ');
export const progressOf = (shown: Card) => shown.progress.map(lineText).join(' | ');
export const discussionOf = (shown: Card) => shown.discussion.map(lineText).join(' | ');
export const notesOf = (shown: Card) => shown.notes.map(lineText).join(' | ');
export const buttonsOf = (shown: Card) => shown.actions.map((action) => action.kind).join(' ');
