import type { StoredCard } from '../../store/cards.ts';

/** An approver's card that could not be brought to them. */
export interface Unreached {
  /** null for a card that is nobody's own. */
  personId: number | null;
  who: string;
  why: string;
  platform: StoredCard['platform'];
  /** Another platform on which they are asked all the same; null = nowhere are they asked. */
  askedOn: StoredCard['platform'] | null;
}

/** Approvers' cards of one request that reached nobody, and whether another card of theirs may still do. */
export function unreachedApprovers(
  cards: readonly StoredCard[],
  nameOf: (personId: number) => string | undefined,
): Unreached[] {
  const asking = cards.filter(({ part }) => part === 'approver');
  return asking
    .filter(({ state }) => state === 'unreachable')
    .map((card) => ({
      personId: card.personId,
      who: (card.personId === null ? undefined : nameOf(card.personId)) ?? card.target.externalId,
      why: card.detail ?? 'cannot be reached',
      platform: card.platform,
      askedOn:
        asking.find((other) => card.personId !== null && other.personId === card.personId && canReach(other))
          ?.platform ?? null,
    }));
}

/** Whether a card is with whom it is for, on its way, or was taken away by them. */
function canReach({ state }: StoredCard): boolean {
  return state !== 'unreachable';
}

/** Those whom no card reaches, each once, with every reason. */
export function unreachedEverywhere(unreached: readonly Unreached[]): { who: string; why: string }[] {
  const nowhere = unreached.filter(({ askedOn }) => askedOn === null);
  return [...Map.groupBy(nowhere, ({ personId, who }) => personId ?? who).values()].map((cards) => ({
    who: cards[0]!.who,
    why: [...new Set(cards.map(({ why }) => why))].join('; '),
  }));
}
