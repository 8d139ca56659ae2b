import { type SqlBool, sql } from 'kysely';
import { tellThreads } from './card-replies.ts';
import type { CardPart } from './chat-tables.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';
import { oweHomesOfRequest } from './homes.ts';
import { oweAll } from './outbox.ts';
import type { Row } from './schema.ts';

/** One message in one place that shows one request. */
export interface StoredCard {
  id: string;
  organizationId: number;
  requestId: string;
  platform: 'slack' | 'teams';
  target: { kind: 'person' | 'channel'; organizationId: number; tenant: string; externalId: string };
  personId: number | null;
  part: CardPart;
  state: Row<'cards'>['state'];
  ref: { tenant: string; channel: string; message: string } | null;
  /** When the post began whose answer was never seen, epoch ms. */
  postingSince: number | null;
  /** Why it is unreachable. */
  detail: string | null;
}

export function toCard(row: Row<'cards'>): StoredCard {
  return {
    id: row.id,
    organizationId: row.organization_id,
    requestId: row.request_id,
    platform: row.platform,
    target: {
      kind: row.target_kind,
      organizationId: row.organization_id,
      tenant: row.tenant,
      externalId: row.target_id,
    },
    personId: row.person_id,
    part: row.part,
    state: row.state,
    ref:
      row.channel !== null && row.message !== null
        ? { tenant: row.tenant, channel: row.channel, message: row.message }
        : null,
    postingSince: row.posting_since,
    detail: row.detail,
  };
}

export async function cardById(db: Reader, id: string): Promise<StoredCard | null> {
  const row = await cardOfId.first(db, { id });
  return row ? toCard(row) : null;
}

const cardOfId = queryOnce((db, { id }: { id: string }) =>
  db.selectFrom('cards').selectAll().where('id', '=', id),
);

/** Whether a card of this platform is known to be at this message. */
export async function isCardAt(
  db: Reader,
  { platform }: Pick<StoredCard, 'platform'>,
  { tenant, channel, message }: NonNullable<StoredCard['ref']>,
): Promise<boolean> {
  const row = await db
    .selectFrom('cards')
    .select('id')
    .where('channel', '=', channel)
    .where('message', '=', message)
    .where('platform', '=', platform)
    .where('tenant', '=', tenant)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function cardsOf(db: Reader, requestId: string): Promise<StoredCard[]> {
  const rows = await cardsOfRequest.all(db, { requestId });
  return rows.map(toCard);
}

const cardsOfRequest = queryOnce((db, { requestId }: { requestId: string }) =>
  db.selectFrom('cards').selectAll().where('request_id', '=', requestId).orderBy('created_at').orderBy('id'),
);

/** Those of these requests of which this person has a card. */
export async function requestsWithCardOf(
  db: Reader,
  personId: number,
  requestIds: readonly string[],
): Promise<Set<string>> {
  if (requestIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('cards')
    .select('request_id')
    .where('person_id', '=', personId)
    .where('request_id', 'in', requestIds)
    .execute();
  return new Set(rows.map((row) => row.request_id));
}

/** Approver before admin before requester before subscriber: one card serves all of a person's parts (R8). */
const RANK: Readonly<Record<CardPart, number>> = {
  approver: 4,
  former: 3,
  admin: 2,
  requester: 1,
  subscriber: 0,
};

/**
 * Makes sure the target has its one card for the request; an existing one takes the higher part. A person has one card
 * per platform, whichever of their accounts there it went to. The id of a new card, null where there was one.
 */
export async function ensureCard(
  trx: Trx,
  card: {
    newId: string;
    requestId: string;
    platform: 'slack' | 'teams';
    target: StoredCard['target'];
    personId: number | null;
    part: CardPart;
  },
  now: number,
): Promise<string | null> {
  const existing = await trx
    .selectFrom('cards')
    .select(['id', 'part'])
    .where('request_id', '=', card.requestId)
    .where('platform', '=', card.platform)
    .where((eb) => {
      // '' = the only workspace there was: a channel's card learns its own when it is posted.
      const { tenant } = card.target;
      const sameTarget = eb.and([
        eb('target_kind', '=', card.target.kind),
        eb('target_id', '=', card.target.externalId),
        tenant === '' ? eb.lit(true) : eb('tenant', 'in', [tenant, '']),
      ]);
      return card.personId === null ? sameTarget : eb.or([sameTarget, eb('person_id', '=', card.personId)]);
    })
    .executeTakeFirst();
  if (existing) {
    if (RANK[card.part] > RANK[existing.part])
      await trx.updateTable('cards').set({ part: card.part }).where('id', '=', existing.id).execute();
    return null;
  }
  const request = trx.selectFrom('approval_requests').where('id', '=', card.requestId);
  await trx
    .insertInto('cards')
    .values({
      id: card.newId,
      organization_id: card.target.organizationId,
      request_id: card.requestId,
      request_number: request.select('number'),
      request_status: request.select('status'),
      platform: card.platform,
      tenant: card.target.tenant,
      target_kind: card.target.kind,
      target_id: card.target.externalId,
      person_id: card.personId,
      part: card.part,
      state: 'pending',
      channel: null,
      message: null,
      // A backup may not know of a card that was posted after it.
      posting_since: request.select('restored_from'),
      detail: null,
      created_at: now,
    })
    .execute();
  return card.newId;
}

/** A person's cards of requests that still wait, the newest requests' first: at most `limit`. */
export async function waitingCardsOfPerson(
  db: Reader,
  personId: number,
  limit: number,
): Promise<StoredCard[]> {
  const rows = await db
    .selectFrom('cards')
    .selectAll()
    .where('person_id', '=', personId)
    .where('request_status', '=', 'WAITING')
    .orderBy('request_number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toCard);
}

/**
 * A person's cards on one platform that could not be brought to them: of requests that still wait, and of others those
 * that stand there and show what was. The newest requests' first, at most `limit`.
 */
export async function unreachableCardsOfPerson(
  db: Reader,
  personId: number,
  platform: StoredCard['platform'],
  limit: number,
): Promise<StoredCard[]> {
  const rows = await db
    .selectFrom('cards')
    .selectAll()
    .where('person_id', '=', personId)
    .where('platform', '=', platform)
    .where('state', '=', 'unreachable')
    .where((eb) => eb.or([eb('request_status', '=', 'WAITING'), eb('message', 'is not', null)]))
    .orderBy('request_number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toCard);
}

export interface CardChange {
  part?: CardPart;
  state?: StoredCard['state'];
  /** null = the posted card is gone. */
  ref?: { tenant: string; channel: string; message: string } | null;
  postingSince?: number | null;
  detail?: string | null;
}

export async function changeCard(trx: Trx, id: string, change: CardChange): Promise<void> {
  await trx
    .updateTable('cards')
    .set({
      ...(change.part !== undefined && { part: change.part }),
      ...(change.state !== undefined && { state: change.state }),
      ...(change.ref !== undefined && {
        channel: change.ref?.channel ?? null,
        message: change.ref?.message ?? null,
        ...(change.ref && { tenant: change.ref.tenant }),
      }),
      ...(change.postingSince !== undefined && { posting_since: change.postingSince }),
      ...(change.detail !== undefined && { detail: change.detail }),
    })
    .where('id', '=', id)
    .execute();
}

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

/**
 * Cards of requests that still wait, in one workspace: at most `limit`, in one of these states. For when the workspace
 * is lost or found again.
 */
export async function waitingCardsIn(
  db: Reader,
  place: { organizationId: number; platform: 'slack' | 'teams'; tenant: string },
  states: readonly StoredCard['state'][],
  limit: number,
): Promise<StoredCard[]> {
  const rows = await db
    .selectFrom('cards')
    .selectAll()
    .where('organization_id', '=', place.organizationId)
    .where('tenant', '=', place.tenant)
    .where('request_status', '=', 'WAITING')
    .where('platform', '=', place.platform)
    .where('state', 'in', states)
    .orderBy('request_number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toCard);
}

/**
 * Cards that stand in one workspace and could not be brought up to date there, of requests that wait no more: at most
 * `limit`, the newest requests' first. They show what was true when the workspace was lost.
 */
export async function outdatedCardsIn(
  db: Reader,
  place: { organizationId: number; platform: 'slack' | 'teams'; tenant: string },
  limit: number,
): Promise<StoredCard[]> {
  const rows = await db
    .selectFrom('cards')
    .selectAll()
    .where('organization_id', '=', place.organizationId)
    .where('state', '=', sql.lit('unreachable' as const))
    .where('request_status', '<>', 'WAITING')
    // An expression, so that the few unreachable are read and not all the workspace ever had.
    .where(sql<SqlBool>`coalesce(tenant, '') = ${place.tenant}`)
    .where('platform', '=', place.platform)
    .where('message', 'is not', null)
    .orderBy('request_number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toCard);
}
