import type { StoredCard } from './cards.ts';
import type { Trx } from './database.ts';
import { owe } from './outbox.ts';

/** No message's id is longer where one is removed. */
const MESSAGE_LENGTH = 200;

/** Another message that shows a card which is known to be elsewhere in the same conversation. */
export interface CardCopy {
  cardId: string;
  message: string;
}

/** Owes the removal of a copy, at `at` (epoch ms). */
export async function oweRemoval(
  trx: Trx,
  { id, organizationId }: StoredCard,
  message: string,
  at: number,
  now: number,
): Promise<void> {
  if (message.length > MESSAGE_LENGTH) return;
  const subjectId = `${id} ${message}`;
  await owe(trx, { kind: 'remove_copy', subjectId, organizationId, runAt: at }, now);
}

/** What `oweRemoval` named. A card's id has no spaces. */
export function copyOf(subjectId: string): CardCopy {
  const end = subjectId.indexOf(' ');
  return { cardId: subjectId.slice(0, end), message: subjectId.slice(end + 1) };
}
