import type { Answer, FormKind } from '../../approval/form.ts';
import type { Person } from '../../approval/person.ts';
import { type Refusal, refusalSentence } from '../../approval/refusal.ts';
import { requestById, type StoredRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweRemoval } from '../../store/card-copies.ts';
import { releaseThread } from '../../store/card-replies.ts';
import { cardById, changeCard, isCardAt, type StoredCard } from '../../store/cards.ts';
import { isOwnTenant } from '../../store/identities.ts';
import { owe } from '../../store/outbox.ts';
import { personByIdentity } from '../../store/people.ts';
import { type Context, commit } from '../context.ts';
import type { Press } from './card-presses.ts';

export function notice(sentence: string): Answer {
  return { kind: 'notice', sentence };
}

export function refused(refusal: Refusal): Answer {
  return notice(refusalSentence(refusal));
}

/** A post that is still under way may be this very message, and whoever pressed reads what came of it. */
const COPY_STAYS_MS = 60_000;

/** A press whose card and presser are known; what else is needed is read when it is. */
export interface Met {
  card: StoredCard;
  request: StoredRequest;
  person: Person | null;
}

/** Who pressed what. Somebody of another organization, or nobody's card, learns nothing. */
export async function meet(context: Context, press: Press): Promise<Met | { sentence: string }> {
  const { db } = context;
  const unknown = { sentence: refusalSentence({ code: 'unknown_request' }) };
  const card = await cardById(db, press.cardId);
  if (!card || card.platform !== press.platform) return unknown;
  if (card.organizationId !== press.organizationId) return unknown;
  const person = await personByIdentity(db, press);
  if (!person && !(await isOwnTenant(db, card.organizationId, press))) return unknown;
  const request = await requestById(db, card.requestId);
  if (!request) return unknown;
  const { ref } = press;
  if (ref !== null && person !== null && isWhere(card, press, ref, person)) {
    if (card.ref === null) await adopt(context, card, ref);
    else await noteCopy(context, card, card.ref, ref);
  }
  return { card, request, person };
}

type Ref = NonNullable<Press['ref']>;

function isWhere(card: StoredCard, press: Press, ref: Ref, person: Person): boolean {
  const { kind, externalId } = card.target;
  return kind === 'channel' ? externalId === ref.channel : card.personId === person.id && !press.shared;
}

/**
 * A card whose post was never answered is known again by the first press on it; not where another card is known to be,
 * which would be drawn over.
 */
function adopt(context: Context, card: StoredCard, ref: Ref): Promise<void> {
  return commit(context, async (trx) => {
    if (await isCardAt(trx, card, ref)) return;
    await changeCard(trx, card.id, { state: 'posted', ref, postingSince: null });
    await releaseThread(trx, card, context.clock.now());
  });
}

/** Of two messages that show one card, only the one that is known is kept up to date: the other is to go. */
async function noteCopy(
  context: Context,
  card: StoredCard,
  known: NonNullable<StoredCard['ref']>,
  ref: Ref,
): Promise<void> {
  if (!context.platforms.get(card.platform)?.removeCard) return;
  if (ref.channel !== known.channel || ref.message === known.message) return;
  if (await isCardAt(context.db, card, ref)) return;
  const now = context.clock.now();
  await commit(context, (trx) => oweRemoval(trx, card, ref.message, now + COPY_STAYS_MS, now));
}

/** Whoever met a refusal may be looking at an old card: it is shown anew. */
export function repairCard(context: Context, card: StoredCard): Promise<void> {
  const now = context.clock.now();
  const { id: subjectId, organizationId } = card;
  return commit(context, (trx) =>
    owe(trx, { kind: 'sync_card', subjectId, organizationId, runAt: now, exactly: true }, now),
  );
}

/** No form for this one: told why, audited, and the card, which may be old, is shown anew. */
export async function turnAway(
  context: Context,
  met: Met,
  press: Press,
  kind: FormKind,
  refusal: Refusal,
): Promise<Answer> {
  await auditRefusal(context, met, press, kind, refusal);
  await repairCard(context, met.card);
  return refused(refusal);
}

function auditRefusal(
  context: Context,
  met: Met,
  press: Press,
  kind: FormKind,
  refusal: Refusal,
): Promise<void> {
  const { request } = met;
  return commit(context, (trx) =>
    writeAudit(trx, request.organizationId, {
      at: context.clock.now(),
      actor: { personId: met.person?.id ?? null, via: press.platform },
      action: 'refused',
      subjectType: 'approval_request',
      subjectId: request.id,
      detail: { wanted: kind, code: refusal.code, account: met.person ? undefined : press.externalId },
    }),
  );
}

export function actorOf(met: Met, press: Press): Actor {
  return { personId: met.person?.id ?? null, via: press.platform };
}
