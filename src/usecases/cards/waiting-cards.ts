import type { Card } from '../../approval/card.ts';
import { requestCard } from '../../approval/request-card.ts';
import { personByIdentity } from '../../store/people.ts';
import type { ChatAccount } from '../chat-commands.ts';
import type { Context } from '../context.ts';
import { ownCard } from '../deciding/own-card.ts';
import { waitingForPerson } from '../requests/waiting-for-person.ts';
import { readRequestView } from './request-view.ts';

/** A list to choose one from; whoever has more waiting has their cards. */
const MOST = 25;

/**
 * What waits for the decision of this account's person (R13), newest first, each as their own card on that platform;
 * what they have no card of there is left out. Nothing for somebody unknown. From the local database alone.
 */
export async function waitingCards(context: Context, account: ChatAccount): Promise<Card[]> {
  const person = await personByIdentity(context.db, account);
  if (!person) return [];
  const { requests } = await waitingForPerson(context, person);
  const cards: Card[] = [];
  const reader = { platform: account.platform, personId: person.id };
  for (const request of requests) {
    if (cards.length === MOST) break;
    const view = await readRequestView(context.db, request.id, reader, request);
    const own = view && ownCard(view, account.platform, person.id);
    if (!view || !own) continue;
    const { accounts } = view;
    cards.push(requestCard(view, own.id, { personId: person.id, part: 'approver', accounts, shared: false }));
  }
  return cards;
}
