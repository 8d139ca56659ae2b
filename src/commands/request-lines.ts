import type { Card, CardLine, CardSpan } from '../approval/card.ts';
import type { PageAction } from '../approval/page.ts';
import { nameIn, requestCard } from '../approval/request-card.ts';
import type { StoredRequestView } from '../usecases/cards/request-view.ts';
import { button } from './answers.ts';
import type { Caller } from './command.ts';

/** What the request's card says to the caller: status, warnings and all else, so that both tell the same (R21). */
export function shownCard(view: StoredRequestView, { person }: Caller): Card {
  const { accounts } = view;
  return requestCard(view, '', { personId: person.id, part: 'subscriber', accounts, shared: false });
}

/** Who asked, as the card says it. */
export function askedBy(card: Card): CardLine {
  return card.details.find(({ label }) => label === 'Asked by')?.line ?? [];
}

/** A person of the request, drawn as a mention where the platform knows them. */
export function personIn({ people, accounts }: StoredRequestView, personId: number): CardSpan {
  return {
    kind: 'person',
    personId,
    name: nameIn(people, personId),
    externalId: accounts.get(personId) ?? null,
  };
}

export function showButton(requestId: string): PageAction {
  return button('Show', `request ${requestId}`);
}

/** A button to the pipeline's own page; none where it is unknown. */
export function pipelineLink(url: string | null): PageAction[] {
  return url === null ? [] : [{ kind: 'link', label: 'Open pipeline', url }];
}
