import type { CardPart } from './chat-tables.ts';
import { queryOnce, rowsOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';
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

/** Who or what is to have a card of a request. */
export interface WantedCard {
  /** Of the card, should it be a new one. */
  newId: string;
  platform: 'slack' | 'teams';
  target: StoredCard['target'];
  personId: number | null;
  part: CardPart;
}

/**
 * Makes sure each target has its one card for the request; an existing one takes the higher part. A person has one card
 * per platform, whichever of their accounts there it went to. The ids of new cards.
 */
export async function ensureCards(
  trx: Trx,
  requestId: string,
  wanted: readonly WantedCard[],
  now: number,
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const there: (WantedCard | StoredCard)[] = await cardsOf(trx, requestId);
  const added: WantedCard[] = [];
  for (const card of wanted) {
    const existing = there.find((one) => isCardFor(one, card));
    if (!existing) {
      const fresh = { ...card };
      there.push(fresh);
      added.push(fresh);
    } else if (RANK[card.part] > RANK[existing.part]) {
      if ('id' in existing) await changeCard(trx, existing.id, { part: card.part });
      existing.part = card.part;
    }
  }
  for (let from = 0; from < added.length; from += MOST_ROWS)
    await insertCards.all(
      trx,
      added.slice(from, from + MOST_ROWS).map(({ newId, platform, target, personId, part }) => ({
        ...{ id: newId, organization_id: target.organizationId, request_id: requestId, platform, part },
        ...{ tenant: target.tenant, target_kind: target.kind, target_id: target.externalId },
        ...{ person_id: personId, created_at: now },
      })),
    );
  return added.map(({ newId }) => newId);
}

/** Enough for any request; SQLite takes 32,766 values in one statement. */
const MOST_ROWS = 500;

type Holder = Pick<StoredCard, 'platform' | 'target' | 'personId'>;

function isCardFor(there: Holder, wanted: Holder): boolean {
  if (there.platform !== wanted.platform) return false;
  if (wanted.personId !== null && there.personId === wanted.personId) return true;
  const { kind, externalId, tenant } = wanted.target;
  const { target } = there;
  // '' = the only workspace there was: a channel's card learns its own when it is posted.
  const sameTenant = tenant === '' || target.tenant === '' || target.tenant === tenant;
  return target.kind === kind && target.externalId === externalId && sameTenant;
}

type NewCard = Pick<
  Row<'cards'>,
  | 'id'
  | 'organization_id'
  | 'request_id'
  | 'platform'
  | 'tenant'
  | 'target_kind'
  | 'target_id'
  | 'person_id'
  | 'part'
  | 'created_at'
>;

const insertCards = rowsOnce((db, cards: readonly NewCard[]) =>
  db.insertInto('cards').values(
    cards.map((card) => {
      const request = db.selectFrom('approval_requests').where('id', '=', card.request_id);
      return {
        ...card,
        request_number: request.select('number'),
        request_status: request.select('status'),
        state: 'pending' as const,
        channel: null,
        message: null,
        // A backup may not know of a card that was posted after it.
        posting_since: request.select('restored_from'),
        detail: null,
      };
    }),
  ),
);

export interface CardChange {
  part?: CardPart;
  state?: StoredCard['state'];
  /** null = the posted card is gone. */
  ref?: { tenant: string; channel: string; message: string } | null;
  postingSince?: number | null;
  detail?: string | null;
}

export async function changeCard(trx: Trx, id: string, change: CardChange): Promise<void> {
  const columns: Partial<Row<'cards'>> = {
    ...(change.part !== undefined && { part: change.part }),
    ...(change.state !== undefined && { state: change.state }),
    ...(change.ref !== undefined && {
      channel: change.ref?.channel ?? null,
      message: change.ref?.message ?? null,
      ...(change.ref && { tenant: change.ref.tenant }),
    }),
    ...(change.postingSince !== undefined && { posting_since: change.postingSince }),
    ...(change.detail !== undefined && { detail: change.detail }),
  };
  await setCard.all(trx, { ...columns, id });
}

const setCard = queryOnce((db, { id, ...columns }: Partial<Row<'cards'>> & { id: string }) =>
  db.updateTable('cards').set(columns).where('id', '=', id),
);
