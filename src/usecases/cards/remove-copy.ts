import { copyOf } from '../../store/card-copies.ts';
import { cardById, changeCard, isCardAt, type StoredCard } from '../../store/cards.ts';
import { owe } from '../../store/outbox.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { type Context, commit } from '../context.ts';
import { retryLater, retryOrGiveUp } from '../message-retry.ts';
import type { CardRef, Delivery } from '../ports.ts';
import { presentCard } from './present-card.ts';

/**
 * Removes a second message that shows a card, once the one that is kept is there and shows the present. Where that one
 * is there no more, the copy takes its place.
 */
export async function removeCopy(context: Context, row: LeasedRow): Promise<void> {
  const { db } = context;
  const { cardId, message } = copyOf(row.subjectId);
  const card = await cardById(db, cardId);
  const platform = card && context.platforms.get(card.platform);
  const kept = card?.ref;
  const content = card && (await presentCard(db, card));
  if (!kept || !platform?.removeCard || !content || card.state !== 'posted')
    return finish(db, row, { kind: 'done' });
  const copy = { ...kept, message };
  if (await isCardAt(db, card, copy)) return finish(db, row, { kind: 'done' });
  const { organizationId } = card;
  const shown = await platform.updateCard({ organizationId, ...kept }, card.id, content);
  if (shown.kind === 'gone') return keepInstead(context, row, card, copy);
  if (shown.kind !== 'sent') return later(context, row, shown);
  const removed = await platform.removeCard({ organizationId, ...copy });
  if (removed.kind === 'sent' || removed.kind === 'gone') return finish(db, row, { kind: 'done' });
  return later(context, row, removed);
}

function keepInstead(context: Context, row: LeasedRow, card: StoredCard, copy: CardRef): Promise<void> {
  const now = context.clock.now();
  const { id, organizationId } = card;
  return commit(context, async (trx) => {
    await finish(trx, row, { kind: 'done' });
    await changeCard(trx, id, { ref: copy });
    await owe(trx, { kind: 'sync_card', subjectId: id, organizationId, runAt: now }, now);
  });
}

function later(
  context: Context,
  row: LeasedRow,
  outcome: Exclude<Delivery<object>, { kind: 'sent' } | { kind: 'gone' }>,
): Promise<void> {
  const { db, clock } = context;
  switch (outcome.kind) {
    case 'throttled':
      return finish(db, row, {
        ...{ kind: 'retry', at: clock.now() + outcome.retryAfterMs, countsAsAttempt: false },
        error: outcome.detail ?? 'rate limit',
      });
    case 'unknown':
      return finish(db, row, retryLater(context, row, outcome.detail));
    case 'refused':
      return finish(db, row, retryOrGiveUp(context, row, outcome.detail));
    // Nothing there can be changed any more; the card's own row says so.
    case 'unreachable':
      return finish(db, row, { kind: 'done' });
  }
}
