import type { Card } from '../../approval/card.ts';
import { requestCard } from '../../approval/request-card.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import type { Context } from '../context.ts';
import type { Press } from '../deciding/card-presses.ts';
import type { Met } from '../deciding/meet-press.ts';
import { readRequestView } from './request-view.ts';

/**
 * The card as it is now for whoever looks at it: a person's own card is shown to that person alone; one that many read
 * is shown to whoever may decide with the buttons of their own, each of which opens a form, and to the others as it is.
 * null = nothing to show them. From the local database alone. `read`: the request, where nothing changed it since.
 */
export async function showCard(
  { db }: Context,
  { card, person }: Met,
  press: Press,
  read?: StoredRequest,
): Promise<Card | null> {
  const reader = { platform: card.platform, personId: person?.id ?? null };
  const view = await readRequestView(db, card.requestId, reader, read);
  if (!view) return null;
  const { accounts } = view;
  if (card.target.kind === 'person') {
    if (person === null || card.personId !== person.id) return null;
    return requestCard(view, card.id, { personId: person.id, part: card.part, accounts, shared: false });
  }
  const shared = requestCard(view, card.id, { personId: null, part: card.part, accounts, shared: true });
  if (person === null || !shared.deciders.includes(press.externalId)) return shared;
  const own = requestCard(view, card.id, { personId: person.id, part: 'approver', accounts, shared: false });
  // From a card that many read nothing is decided by one click.
  const actions = own.actions.map((action) =>
    action.kind === 'approve' ? { ...action, opensForm: true } : action,
  );
  return { ...own, actions };
}
