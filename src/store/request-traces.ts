import type { OutboxKind } from './bookkeeping-tables.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';

/** The request that a debt is about, and where its trace goes on. */
export interface RequestTrace {
  request: string;
  execution: string;
  traceparent: string | null;
}

const OF_REQUESTS: readonly OutboxKind[] = [
  'resolve_approvers',
  'submit_approval',
  'check_harness',
  'expire_request',
];
const OF_CARDS: readonly OutboxKind[] = ['sync_card', 'sync_thread'];

/** null where the debt is about no one request. */
export async function traceOfDebt(
  db: Reader,
  { kind, subjectId }: { kind: OutboxKind; subjectId: string },
): Promise<RequestTrace | null> {
  if (!OF_REQUESTS.includes(kind) && !OF_CARDS.includes(kind)) return null;
  const row = await (OF_REQUESTS.includes(kind) ? traceOfRequest : traceOfCard).first(db, { id: subjectId });
  return row ? { request: row.id, execution: row.execution_id, traceparent: row.traceparent } : null;
}

const traceOfRequest = queryOnce((db, { id }: { id: string }) =>
  db.selectFrom('approval_requests').select(['id', 'execution_id', 'traceparent']).where('id', '=', id),
);

const traceOfCard = queryOnce((db, { id }: { id: string }) =>
  db
    .selectFrom('approval_requests')
    .select(['id', 'execution_id', 'traceparent'])
    .where('id', '=', (eb) => eb.selectFrom('cards').select('cards.request_id').where('cards.id', '=', id)),
);

/** What follows from now on goes on from there. */
export async function continueTrace(trx: Trx, requestId: string, traceparent: string): Promise<void> {
  await trx.updateTable('approval_requests').set({ traceparent }).where('id', '=', requestId).execute();
}

/** Notes that a card of the request was shown: when it was opened, epoch ms, if that was its first; else null. */
export async function noteFirstCard(trx: Trx, requestId: string, now: number): Promise<number | null> {
  const row = await firstCard.first(trx, { requestId, now });
  return row?.created_at ?? null;
}

const firstCard = queryOnce((db, { requestId, now }: { requestId: string; now: number }) =>
  db
    .updateTable('approval_requests')
    .set({ first_card_at: now })
    .where('id', '=', requestId)
    .where('first_card_at', 'is', null)
    .returning('created_at'),
);
