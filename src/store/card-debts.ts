import { tellThreads } from './card-replies.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Trx } from './database.ts';
import { oweHomesOfRequest } from './homes.ts';
import { oweAll } from './outbox.ts';

/**
 * Owes every card of a request one look at the present, the threads of shared ones what they have not told, and the
 * Homes of everybody concerned. Call it after what changed is written. With `first`, that person's card is brought up to date
 * now, whatever put it off before, and the others a moment later: what follows within that moment costs no second update,
 * of which Slack allows 50 a minute.
 */
export async function oweAllCards(
  trx: Trx,
  organizationId: number,
  requestId: string,
  now: number,
  pace?: { first: number | null; othersAfterMs: number },
): Promise<void> {
  const rows = await cardsToOwe.all(trx, { requestId });
  const isFirst = ({ person_id }: (typeof rows)[number]) => pace !== undefined && person_id === pace.first;
  const debt = (runAt: number) => (row: (typeof rows)[number]) => ({
    kind: 'sync_card' as const,
    ...{ subjectId: row.id, organizationId, runAt },
  });
  await oweAll(trx, rows.filter(isFirst).map(debt(now)), now, true);
  const others = rows.filter((row) => !isFirst(row));
  await oweAll(trx, others.map(debt(now + (pace?.othersAfterMs ?? 0))), now);
  const shared = rows.filter((row) => row.target_kind === 'channel' && row.state !== 'unreachable');
  const ids = shared.map((row) => row.id);
  if (ids.length > 0) await tellThreads(trx, organizationId, requestId, ids, now);
  await oweHomesOfRequest(trx, organizationId, requestId, now);
}

const cardsToOwe = queryOnce((db, { requestId }: { requestId: string }) =>
  db
    .selectFrom('cards')
    .select(['id', 'person_id', 'target_kind', 'state'])
    .where('request_id', '=', requestId),
);
