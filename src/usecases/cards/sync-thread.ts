import { isInterim } from '../../approval/thread-lines.ts';
import { type CardReply, changeReply, giveUpReplies, nextReply } from '../../store/card-replies.ts';
import { cardById, type StoredCard } from '../../store/cards.ts';
import type { Trx } from '../../store/database.ts';
import { type Finish, finish, holdLease, type LeasedRow } from '../../store/outbox-claims.ts';
import { type Context, commit } from '../context.ts';
import { retryLater, retryOrGiveUp } from '../message-retry.ts';
import type { CardRef, ChatPlatform, Delivery } from '../ports.ts';

const POST_LEASE_MS = 60_000;
/** Harness usually answers within it; then "telling Harness" need not be said at all. */
const INTERIM_WAIT_MS = 3_000;

/**
 * Posts what the thread below one card has not told, oldest first, one line per run. Waits for the card itself:
 * whoever learns where it stands owes this again. A line is never told twice: after silence it is looked for, and
 * where one may not look it is given up, since the card says the same.
 */
export async function syncThread(context: Context, row: LeasedRow): Promise<void> {
  const card = await cardById(context.db, row.subjectId);
  const platform = card && context.platforms.get(card.platform);
  if (!card || !platform) return finish(context.db, row, { kind: 'done' });
  if (card.state === 'gone' || card.state === 'unreachable') return end(context, row, card);
  const reply = await nextReply(context.db, card.id);
  if (!reply || card.ref === null) return finish(context.db, row, { kind: 'done' });
  const early = isInterim(reply.key) ? reply.createdAt + INTERIM_WAIT_MS - context.clock.now() : 0;
  if (early > 0 && reply.postingSince === null) return finish(context.db, row, waiting(context, early));
  const thread: Thread = {
    platform,
    at: { ...card.ref, organizationId: card.organizationId },
    replyId: `${card.id}.${reply.id}`,
  };
  if (reply.postingSince !== null && (await wasPosted(context, row, thread, reply))) return;
  await post(context, row, card, thread, reply);
}

interface Thread {
  platform: ChatPlatform;
  at: CardRef & { organizationId: number };
  replyId: string;
}

async function end(context: Context, row: LeasedRow, card: StoredCard): Promise<void> {
  await commit(context, async (trx) => {
    await finish(trx, row, { kind: 'done' });
    await giveUpReplies(trx, card.id);
  });
}

/** An earlier post was never answered: true = that is settled, or has to wait; false = it surely is not there. */
async function wasPosted(
  context: Context,
  row: LeasedRow,
  { platform, at, replyId }: Thread,
  reply: CardReply,
): Promise<boolean> {
  const found = await platform.findReply(at, replyId, reply.postingSince!);
  if (found.kind !== 'sent') {
    await failed(context, row, reply, found);
    return true;
  }
  const { looked, message } = found;
  if (looked && message === null) return false;
  if (!looked) context.log.warn({ reply: replyId }, 'a reply may be lost: the thread may not be looked at');
  await settle(context, row, (trx) =>
    changeReply(trx, reply.id, { state: looked ? 'posted' : 'given_up', posting_since: null, message }),
  );
  return true;
}

async function post(
  context: Context,
  row: LeasedRow,
  card: StoredCard,
  { platform, at, replyId }: Thread,
  reply: CardReply,
): Promise<void> {
  const now = context.clock.now();
  await commit(context, async (trx) => {
    await holdLease(trx, row, now + POST_LEASE_MS);
    await changeReply(trx, reply.id, { state: 'posting', posting_since: reply.postingSince ?? now });
  });
  const outcome = await platform.postReply(at, replyId, reply.line);
  if (outcome.kind !== 'sent') return failed(context, row, reply, outcome);
  await settle(context, row, (trx) =>
    changeReply(trx, reply.id, { state: 'posted', posting_since: null, message: outcome.message }),
  );
  context.log.debug({ card: card.id, reply: reply.id }, 'reply posted');
}

function waiting(context: Context, ms: number): Finish {
  return {
    kind: 'retry',
    at: context.clock.now() + ms,
    error: 'Harness may answer first',
    countsAsAttempt: false,
  };
}

/** This line is over; the next one is looked for at once. */
function settle(context: Context, row: LeasedRow, write: (trx: Trx) => Promise<void>): Promise<void> {
  const next: Finish = {
    kind: 'retry',
    at: context.clock.now(),
    error: 'the next line',
    countsAsAttempt: false,
  };
  return commit(context, async (trx) => {
    await finish(trx, row, next);
    await write(trx);
  });
}

async function failed(
  context: Context,
  row: LeasedRow,
  reply: CardReply,
  outcome: Exclude<Delivery<object>, { kind: 'sent' }>,
): Promise<void> {
  switch (outcome.kind) {
    case 'throttled':
      return commit(context, async (trx) => {
        await finish(trx, row, {
          kind: 'retry',
          at: context.clock.now() + outcome.retryAfterMs,
          error: outcome.detail ?? 'rate limit',
          countsAsAttempt: false,
        });
        // Refused before it was done: there is nothing more to look for than there was.
        if (reply.postingSince === null)
          await changeReply(trx, reply.id, { state: 'pending', posting_since: null });
      });
    case 'unknown':
      return finish(context.db, row, retryLater(context, row, outcome.detail));
    case 'gone':
    case 'unreachable':
      return settle(context, row, (trx) =>
        changeReply(trx, reply.id, { state: 'given_up', posting_since: null }),
      );
    case 'refused': {
      context.log.error({ card: reply.cardId, reply: reply.id, detail: outcome.detail }, 'reply refused');
      const end = retryOrGiveUp(context, row, outcome.detail);
      // So that it holds up no later one.
      if (end.kind === 'dead')
        return settle(context, row, (trx) =>
          changeReply(trx, reply.id, { state: 'given_up', posting_since: null }),
        );
      return commit(context, async (trx) => {
        await finish(trx, row, end);
        if (reply.postingSince === null)
          await changeReply(trx, reply.id, { state: 'pending', posting_since: null });
      });
    }
  }
}
