import type { CardAction } from './card.ts';
import type { ReviewAction, ReviewForm } from './form.ts';
import { type CardReader, type RequestView, requestCard } from './request-card.ts';

const OFFERED: Readonly<Partial<Record<CardAction['kind'], ReviewAction>>> = {
  approve: 'approve',
  reject: 'reject',
  ask_question: 'ask_question',
};

/** The request in full for one who may decide it, with what their own card would offer them. */
export function reviewForm(view: RequestView, cardId: string, reader: CardReader): ReviewForm {
  const { actions, ...details } = requestCard(view, cardId, { ...reader, shared: false, inFull: true });
  return {
    cardId,
    contentVersion: details.contentVersion,
    kind: 'review',
    title: 'Review',
    details,
    actions: actions.flatMap(({ kind }) => OFFERED[kind] ?? []),
  };
}
