import type { Card } from '../../approval/card.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import { releaseThread } from '../../store/card-replies.ts';
import { cardById, changeCard, type StoredCard } from '../../store/cards.ts';
import type { Trx } from '../../store/database.ts';
import { type Finish, finish, holdLease, type LeasedRow } from '../../store/outbox-claims.ts';
import { noteFirstCard } from '../../store/request-traces.ts';
import { afterCommit, type Context, commit } from '../context.ts';
import { retryLater, retryOrGiveUp } from '../message-retry.ts';
import { tellAdmins } from '../notices/tell-admins.ts';
import type { CardRef, ChatPlatform, Delivery } from '../ports.ts';
import { presentCard } from './present-card.ts';
import { readRequestView } from './request-view.ts';

const POST_LEASE_MS = 60_000;

/**
 * Makes one card show the present (architecture, "The way of one request", 3): posts it if it is not there,
 * edits it if it is. The newest state wins by construction, since nothing but the card's id waits in the outbox.
 */
export async function syncCard(context: Context, row: LeasedRow): Promise<void> {
  const card = await cardById(context.db, row.subjectId);
  const platform = card && context.platforms.get(card.platform);
  if (!card || !platform || card.state === 'unreachable') return finish(context.db, row, { kind: 'done' });
  if (card.ref !== null) {
    // What cannot be shown now is not drawn either.
    const { organizationId } = card;
    const wait = await platform.updateWait({ organizationId, ...card.ref });
    if (wait > 0) return conclude(context, row, card, { kind: 'throttled', retryAfterMs: wait }, null);
  }
  const content = await presentCard(context.db, card);
  if (!content) return finish(context.db, row, { kind: 'done' });
  if (card.ref === null && isQuiet(card, content)) return finish(context.db, row, { kind: 'done' });
  if (card.ref !== null) return edit(context, row, platform, card, card.ref, content);
  return post(context, row, platform, card, content);
}

/**
 * The requester hears of outcomes, troubles and questions to them only; somebody who lost their part before the post
 * hears nothing.
 */
function isQuiet(card: StoredCard, content: Card): boolean {
  if (content.actions.some((action) => action.kind === 'answer_question')) return false;
  if (card.part === 'former') return true;
  return card.part === 'requester' && content.tone === 'waiting';
}

async function edit(
  context: Context,
  row: LeasedRow,
  platform: ChatPlatform,
  card: StoredCard,
  ref: CardRef,
  content: Card,
): Promise<void> {
  const { organizationId } = card;
  const outcome = await platform.updateCard({ organizationId, ...ref }, card.id, content);
  if (outcome.kind === 'gone') {
    // A shared card was taken away by those whose channel it is: everybody who may decide has one of their own.
    const stillNeeded = card.target.kind === 'person' && content.actions.length > 0;
    await commit(context, async (trx) => {
      await finish(trx, row, stillNeeded ? atOnce(context, 'the card was deleted') : { kind: 'done' });
      if (stillNeeded) await changeCard(trx, card.id, { state: 'pending', ref: null, postingSince: null });
      else await changeCard(trx, card.id, { state: 'gone' });
    });
    return;
  }
  await conclude(context, row, card, outcome, null);
}

async function post(
  context: Context,
  row: LeasedRow,
  platform: ChatPlatform,
  card: StoredCard,
  content: Card,
): Promise<void> {
  // An earlier post was never answered: look before posting again (architecture invariant 9).
  if (card.postingSince !== null) {
    const found = await platform.findCard(card.target, card.id, card.postingSince, card.requestId);
    if (found.kind === 'sent' && found.ref) {
      const { ref } = found;
      await commit(context, async (trx) => {
        await finish(trx, row, atOnce(context, 'found again, to be edited'));
        await changeCard(trx, card.id, { state: 'posted', ref, postingSince: null });
        await releaseThread(trx, card, context.clock.now());
        await noteShown(context, trx, card);
      });
      return;
    }
    // Where one may not look, a second card is the smaller evil: both say the same and share one vote.
    if (found.kind !== 'sent' && found.kind !== 'refused') return conclude(context, row, card, found, null);
  }
  const now = context.clock.now();
  const isPosted = await commit(context, async (trx) => {
    // A press on a message whose post was never answered has told meanwhile where it is.
    if (card.postingSince !== null && (await cardById(trx, card.id))?.ref) {
      await finish(trx, row, atOnce(context, 'known again by a press'));
      return true;
    }
    await holdLease(trx, row, now + POST_LEASE_MS);
    await changeCard(trx, card.id, { state: 'posting', postingSince: card.postingSince ?? now });
    return false;
  });
  if (isPosted) return;
  const outcome = await platform.postCard(card.target, card.id, content);
  await conclude(context, row, card, outcome, outcome.kind === 'sent' ? outcome.ref : null);
}

async function conclude(
  context: Context,
  row: LeasedRow,
  card: StoredCard,
  outcome: Delivery<object>,
  ref: CardRef | null,
): Promise<void> {
  const { db } = context;
  switch (outcome.kind) {
    case 'sent':
      await commit(context, async (trx) => {
        await finish(trx, row, shown(context, outcome.againAfterMs));
        if (!ref) return;
        await changeCard(trx, card.id, { state: 'posted', ref, postingSince: null, detail: null });
        await releaseThread(trx, card, context.clock.now());
        await noteShown(context, trx, card);
      });
      return;
    case 'throttled':
      await commit(context, async (trx) => {
        await finish(trx, row, {
          kind: 'retry',
          at: context.clock.now() + outcome.retryAfterMs,
          error: outcome.detail ?? 'rate limit',
          countsAsAttempt: false,
        });
        // Refused before it was done: there is nothing to look for.
        if (card.ref === null && card.postingSince === null)
          await changeCard(trx, card.id, { state: 'pending', postingSince: null });
      });
      return;
    case 'unknown':
    case 'gone':
      return finish(db, row, retryLater(context, row, outcome.kind === 'unknown' ? outcome.detail : 'gone'));
    case 'refused':
      context.log.error({ card: card.id, request: card.requestId, detail: outcome.detail }, 'card refused');
      return finish(db, row, retryOrGiveUp(context, row, outcome.detail));
    case 'unreachable':
      return markUnreachable(context, row, card, outcome.why);
  }
}

async function noteShown(context: Context, trx: Trx, card: StoredCard): Promise<void> {
  const now = context.clock.now();
  const openedAt = await noteFirstCard(trx, card.requestId, now);
  const { id, requestId: request, platform } = card;
  afterCommit(trx, () => {
    if (openedAt !== null) context.observe.firstCard(now - openedAt);
    context.log.info({ request, card: id, platform, place: card.target.kind }, 'card posted');
  });
}

/** Done, unless the platform's pace left something out that is shown soon. */
function shown({ clock }: Context, againAfterMs?: number): Finish {
  if (againAfterMs === undefined) return { kind: 'done' };
  const at = clock.now() + againAfterMs;
  return { kind: 'retry', at, error: 'not everybody’s view could be asked for yet', countsAsAttempt: false };
}

/** One dead recipient stops nobody else, and everybody else can see it. */
async function markUnreachable(
  context: Context,
  row: LeasedRow,
  card: StoredCard,
  why: string,
): Promise<void> {
  await commit(context, async (trx) => {
    const now = context.clock.now();
    await finish(trx, row, { kind: 'done' });
    await changeCard(trx, card.id, { state: 'unreachable', detail: why, postingSince: null });
    // Whom another card may still reach is no trouble yet; where all of them look, it stands all the same.
    const view = card.part === 'approver' ? await readRequestView(trx, card.requestId, card) : null;
    const isLost = view?.undelivered.some((one) => one.personId === card.personId && one.askedOn === null);
    if (view && isLost) await tellAdmins(context, trx, view.request);
    await oweAllCards(trx, card.organizationId, card.requestId, now);
    await writeAudit(trx, card.organizationId, {
      at: now,
      actor: { personId: null, via: 'timer' },
      action: 'unreachable',
      subjectType: 'approval_request',
      subjectId: card.requestId,
      detail: { personId: card.personId, platform: card.platform, target: card.target.externalId, why },
    });
  });
}

function atOnce({ clock }: Context, error: string): Finish {
  return { kind: 'retry', at: clock.now(), error };
}
