import type { Card } from '../../approval/card.ts';
import { requestCard } from '../../approval/request-card.ts';
import type { StoredCard } from '../../store/cards.ts';
import type { Database } from '../../store/database.ts';
import { readTogether } from '../../store/read-together.ts';
import { readRequestView } from './request-view.ts';

/** What a card shows now to everybody who reads it; null = its request is there no more. */
export async function presentCard(db: Database, card: StoredCard): Promise<Card | null> {
  const view = await viewTogether(db, card);
  if (!view) return null;
  return requestCard(view, card.id, {
    personId: card.personId,
    part: card.part,
    accounts: view.accounts,
    shared: card.target.kind === 'channel',
  });
}

/** Whom a card is for is on it, and everybody with a card is in the view. */
const viewTogether = readTogether(
  ({ requestId, platform }: StoredCard) => `${platform} ${requestId}`,
  (db, { requestId, platform }) => readRequestView(db, requestId, { platform, personId: null }),
);
