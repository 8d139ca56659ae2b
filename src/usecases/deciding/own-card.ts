import type { StoredRequestView } from '../cards/request-view.ts';
import type { PlatformName } from '../ports.ts';

/** The card by which somebody decides a request on a platform, with the version as read; null when they have none. */
export function ownCard(
  { request, cards }: StoredRequestView,
  platform: PlatformName,
  personId: number,
): { id: string; contentVersion: number } | null {
  const own = cards.find((card) => card.personId === personId && card.platform === platform);
  return own ? { id: own.id, contentVersion: request.contentVersion } : null;
}
