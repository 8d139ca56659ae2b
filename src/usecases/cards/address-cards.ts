import type { SubscriberChannel } from '../../approval/workflow.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import { cardsOf, changeCard, ensureCards, type WantedCard } from '../../store/cards.ts';
import type { CardPart } from '../../store/chat-tables.ts';
import type { Trx } from '../../store/database.ts';
import { identitiesOf } from '../../store/identities.ts';
import { oweAll } from '../../store/outbox.ts';
import type { Context } from '../context.ts';

/** Who is to have a card of a request, by person id. */
export interface Addressees {
  approverIds: readonly number[];
  /** Approvers whose turn has not come: no card is made for them yet, one they have stays (`checksFirst`). */
  laterIds?: ReadonlySet<number>;
  subscriberIds: readonly number[];
  channels: readonly SubscriberChannel[];
  requesterId: number | null;
  adminIds: readonly number[];
}

export const NOBODY: Addressees = {
  approverIds: [],
  subscriberIds: [],
  channels: [],
  requesterId: null,
  adminIds: [],
};

/**
 * Makes sure everybody concerned has exactly one card per platform (R8). Rows only: the outbox posts them, so a
 * card exists before it is shown; whoever calls owes them, or says `oweNew`. Somebody who is an approver no longer keeps
 * the card, without buttons.
 */
export async function addressCards(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  addressees: Addressees,
  options: { oweNew?: boolean } = {},
): Promise<void> {
  const asked = new Set(addressees.approverIds);
  for (const card of await cardsOf(trx, request.id))
    if (card.part === 'approver' && card.personId !== null && !asked.has(card.personId))
      await changeCard(trx, card.id, { part: 'former' });
  const added = await addAddressees(context, trx, request, addressees);
  if (!options.oweNew) return;
  const now = context.clock.now();
  const { organizationId } = request;
  const debts = added.map((subjectId) => ({
    kind: 'sync_card' as const,
    ...{ subjectId, organizationId, runAt: now },
  }));
  await oweAll(trx, debts, now);
}

/** Adds cards for these people and channels to those that are there; the ids of the new ones. */
export async function addAddressees(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  addressees: Addressees,
): Promise<string[]> {
  const wanted: WantedCard[] = [];
  const add = (card: Omit<WantedCard, 'newId'>) => wanted.push({ ...card, newId: context.newId('crd_') });
  const parts: [CardPart, readonly number[]][] = [
    ['approver', addressees.approverIds.filter((id) => !addressees.laterIds?.has(id))],
    ['admin', addressees.adminIds],
    ['requester', addressees.requesterId === null ? [] : [addressees.requesterId]],
    ['subscriber', addressees.subscriberIds],
  ];
  for (const platform of context.platforms.keys()) {
    const accounts = await identitiesOf(
      trx,
      parts.flatMap(([, ids]) => ids),
      platform,
    );
    for (const [part, ids] of parts)
      for (const personId of ids) {
        const account = accounts.get(personId);
        if (account)
          add({
            platform,
            target: {
              kind: 'person',
              organizationId: request.organizationId,
              tenant: account.tenant,
              externalId: account.external_id,
            },
            personId,
            part,
          });
      }
    for (const channel of addressees.channels)
      if (channel.platform === platform)
        add({
          platform,
          target: {
            kind: 'channel',
            organizationId: request.organizationId,
            tenant: channel.tenant ?? '',
            externalId: channel.channelId,
          },
          personId: null,
          part: 'subscriber',
        });
  }
  return ensureCards(trx, request.id, wanted, context.clock.now());
}
