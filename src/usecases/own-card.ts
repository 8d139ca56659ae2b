import { cardsOf } from '../store/cards.ts';
import type { Context } from './context.ts';
import type { PlatformName } from './ports.ts';
import type { StoredRequestView } from './request-view.ts';

/** The card by which somebody decides a request on a platform, with the version as read; null when they have none. */
export async function ownCard(
  { db }: Pick<Context, 'db'>,
  { request }: StoredRequestView,
  platform: PlatformName,
  personId: number,
): Promise<{ id: string; contentVersion: number } | null> {
  const cards = await cardsOf(db, request.id);
  const own = cards.find((card) => card.personId === personId && card.platform === platform);
  return own ? { id: own.id, contentVersion: request.contentVersion } : null;
}
