import { type CardLine, text } from '../../approval/card.ts';
import type { Person } from '../../approval/person.ts';
import { addReplies } from '../../store/card-replies.ts';
import { cardsOf } from '../../store/cards.ts';
import type { Trx } from '../../store/database.ts';

/**
 * Puts a line below the cards this person has already, with their name first: an edited card alone goes unnoticed.
 * A card that is yet to be posted says it by itself. The key is told once.
 */
export async function replyToPerson(
  trx: Trx,
  requestId: string,
  person: Pick<Person, 'id' | 'name'>,
  reply: { key: string; line: CardLine },
  now: number,
): Promise<void> {
  for (const card of await cardsOf(trx, requestId)) {
    if (card.personId !== person.id || (card.state !== 'posted' && card.state !== 'posting')) continue;
    const { externalId } = card.target;
    const name = { kind: 'person' as const, personId: person.id, name: person.name, externalId };
    await addReplies(trx, card, [{ key: reply.key, line: [name, text(' '), ...reply.line] }], now);
  }
}
