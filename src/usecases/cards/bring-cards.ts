import { oweAllCards } from '../../store/card-debts.ts';
import { changeCard, ensureCards, type StoredCard } from '../../store/cards.ts';
import { unreachableCardsOfPerson, waitingCardsOfPerson } from '../../store/cards-to-bring.ts';
import type { Trx } from '../../store/database.ts';
import { identitiesOf } from '../../store/identities.ts';
import { owe, oweAfresh } from '../../store/outbox.ts';
import type { Context } from '../context.ts';
import type { PlatformName } from '../ports.ts';

/** How many waiting requests are brought to an account that is new; the newest come first. */
const MOST_BROUGHT = 200;

/**
 * Somebody can be reached on a platform from now on: the cards they have elsewhere of requests that still wait are
 * brought there, too. Whoever lost their part in one is brought nothing of it. Their count.
 */
export async function bringCards(
  context: Pick<Context, 'platforms' | 'newId' | 'clock'>,
  trx: Trx,
  personId: number,
  platform: PlatformName,
): Promise<number> {
  if (!context.platforms.has(platform)) return 0;
  const account = (await identitiesOf(trx, [personId], platform)).get(personId);
  if (!account) return 0;
  const now = context.clock.now();
  let brought = 0;
  for (const card of await waitingCardsOfPerson(trx, personId, MOST_BROUGHT)) {
    if (card.platform === platform || card.part === 'former') continue;
    const { organizationId, requestId, part } = card;
    const { tenant, external_id: externalId } = account;
    const target = { kind: 'person' as const, organizationId, tenant, externalId };
    const newId = context.newId('crd_');
    const [id] = await ensureCards(trx, requestId, [{ newId, platform, personId, part, target }], now);
    if (id === undefined) continue;
    brought += 1;
    // Whoever reads that they cannot be reached learns that they can.
    if (isLost(card)) await oweAllCards(trx, organizationId, requestId, now);
    else await owe(trx, { kind: 'sync_card', subjectId: id, organizationId, runAt: now }, now);
  }
  return brought;
}

/**
 * Somebody whom a platform could not reach can be reached there again: their cards are tried anew, and those that
 * stand there show the present again. Their count.
 */
export async function reviveCards(
  context: Pick<Context, 'clock'>,
  trx: Trx,
  personId: number,
  platform: PlatformName,
): Promise<number> {
  const now = context.clock.now();
  const cards = await unreachableCardsOfPerson(trx, personId, platform, MOST_BROUGHT);
  for (const card of cards) {
    const { id, organizationId, requestId } = card;
    await changeCard(trx, id, { state: card.ref ? 'posted' : 'pending', detail: null });
    if (isLost(card)) await oweAllCards(trx, organizationId, requestId, now);
    await oweAfresh(trx, { kind: 'sync_card', subjectId: id, organizationId }, now);
  }
  return cards.length;
}

/** An approver's, so that everybody on the request reads of it. */
function isLost({ state, part }: StoredCard): boolean {
  return state === 'unreachable' && part === 'approver';
}
