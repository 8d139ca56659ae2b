import type { Card } from '../../approval/card.ts';
import { requestCard } from '../../approval/request-card.ts';
import type { StoredCard } from '../../store/cards.ts';
import type { Reader } from '../../store/database.ts';
import { readRequestView } from './request-view.ts';

/** What a card shows now to everybody who reads it; null = its request is there no more. */
export async function presentCard(db: Reader, card: StoredCard): Promise<Card | null> {
  const view = await readRequestView(db, card.requestId, card);
  if (!view) return null;
  return requestCard(view, card.id, {
    personId: card.personId,
    part: card.part,
    accounts: view.accounts,
    shared: card.target.kind === 'channel',
  });
}
