import { sql } from 'kysely';
import type { CardLine } from '../approval/card.ts';
import { isInterim, type ThreadLine, threadLines } from '../approval/thread-lines.ts';
import { requestById } from './approval-requests.ts';
import { queryOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import { owe } from './outbox.ts';
import { peopleById } from './people.ts';
import type { Row } from './schema.ts';
import { slotsOf } from './slots.ts';
import { submissionOf } from './submissions.ts';
import { votesOf } from './votes.ts';

/** One line in the thread below a card. */
export interface CardReply {
  id: number;
  cardId: string;
  key: string;
  line: CardLine;
  /** Epoch ms. */
  createdAt: number;
  state: Row<'card_replies'>['state'];
  /** When the post began whose answer was never seen, epoch ms. */
  postingSince: number | null;
}

/** The oldest reply below the card that is still to be posted. */
export async function nextReply(db: Reader, cardId: string): Promise<CardReply | null> {
  const row = await untoldReply.first(db, { cardId });
  if (!row) return null;
  return {
    id: row.id,
    cardId: row.card_id,
    key: row.reply_key,
    line: fromJson(row.line),
    createdAt: row.created_at,
    state: row.state,
    postingSince: row.posting_since,
  };
}

const untoldReply = queryOnce((db, { cardId }: { cardId: string }) =>
  db
    .selectFrom('card_replies')
    .selectAll()
    .where('card_id', '=', cardId)
    .where('state', 'in', ['pending', 'posting'])
    .orderBy('id')
    .limit(sql.lit(1)),
);

export async function changeReply(
  trx: Trx,
  id: number,
  change: Partial<Pick<Row<'card_replies'>, 'state' | 'posting_since' | 'message'>>,
): Promise<void> {
  await trx.updateTable('card_replies').set(change).where('id', '=', id).execute();
}

/** Nothing more is posted below this card: it is gone. */
export async function giveUpReplies(trx: Trx, cardId: string): Promise<void> {
  await trx
    .updateTable('card_replies')
    .set({ state: 'given_up', posting_since: null })
    .where('card_id', '=', cardId)
    .where('state', 'in', ['pending', 'posting'])
    .execute();
}

/** Owes lines below a card; a key that the card has already is not told again. */
export async function addReplies(
  trx: Trx,
  card: { id: string; organizationId: number },
  lines: readonly ThreadLine[],
  now: number,
): Promise<void> {
  if (lines.length === 0) return;
  if (lines.some(({ key }) => key.startsWith('harness-'))) await dropInterim(trx, card.id);
  for (const { key, line } of lines)
    await trx
      .insertInto('card_replies')
      .values({
        id: await nextId(trx, 'card_replies'),
        organization_id: card.organizationId,
        card_id: card.id,
        reply_key: key,
        line: toJson(line),
        state: 'pending',
        posting_since: null,
        message: null,
        created_at: now,
      })
      .onConflict((oc) => oc.columns(['card_id', 'reply_key']).doNothing())
      .execute();
  await oweThread(trx, card, now);
}

/** Harness has answered: that it was being told need not be said any more, where nobody has begun to say it. */
async function dropInterim(trx: Trx, cardId: string): Promise<void> {
  const rows = await trx
    .selectFrom('card_replies')
    .select(['id', 'reply_key'])
    .where('card_id', '=', cardId)
    .where('state', '=', 'pending')
    .execute();
  for (const { id, reply_key } of rows)
    if (isInterim(reply_key)) await trx.deleteFrom('card_replies').where('id', '=', id).execute();
}

/** Owes the thread its look now that the card stands where replies can go. */
export async function releaseThread(
  trx: Trx,
  card: { id: string; organizationId: number },
  now: number,
): Promise<void> {
  if (await nextReply(trx, card.id)) await oweThread(trx, card, now);
}

function oweThread(trx: Trx, card: { id: string; organizationId: number }, now: number): Promise<void> {
  const { id, organizationId } = card;
  return owe(trx, { kind: 'sync_thread', subjectId: id, organizationId, runAt: now }, now);
}

/**
 * Tells the threads of these shared cards what has become of the request. Reads the present and adds what was not
 * told yet, in the transaction that changed it, so that a line is neither lost nor told twice.
 */
export async function tellThreads(
  trx: Trx,
  organizationId: number,
  requestId: string,
  cardIds: readonly string[],
  now: number,
): Promise<void> {
  const request = await requestById(trx, requestId);
  if (!request) return;
  const slots = await slotsOf(trx, requestId);
  const votes = await votesOf(trx, requestId);
  const submission = await submissionOf(trx, requestId);
  const decider = request.decision?.personId;
  const people = await peopleById(trx, [
    ...votes.map((vote) => vote.personId),
    ...(decider ? [decider] : []),
  ]);
  for (const cardId of cardIds) {
    const told = await keysOf(trx, cardId);
    const lines = threadLines({ request, slots, votes, people, submission }, told);
    await addReplies(trx, { id: cardId, organizationId }, lines, now);
  }
}

async function keysOf(db: Reader, cardId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('card_replies')
    .select('reply_key')
    .where('card_id', '=', cardId)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.reply_key);
}
