import { queryOnce } from './compiled-queries.ts';
import type { Database, Reader, Trx } from './database.ts';
import type { Identity } from './identities.ts';
import { fromJson, toJson } from './json.ts';
import { oweAll } from './outbox.ts';
import type { Row } from './schema.ts';

/** One account's Home in chat. */
export interface Home extends Identity {
  id: string;
  organizationId: number;
  /** Whose it was when it was shown last; null = nobody's. */
  personId: number | null;
  /** Section → the page it was turned to; 1 is the first. */
  turned: Readonly<Record<string, number>>;
  openedAt: number;
}

/** A Home that nobody looked at for so long is brought up to date only when it is opened. */
export const UNSEEN_AFTER_MS = 30 * 86_400_000;
/** What follows within this time costs no second update. */
const GATHER_MS = 2_000;
const MOST_OWED = 500;

function toHome(row: Row<'homes'>): Home {
  return {
    id: row.id,
    organizationId: row.organization_id,
    platform: row.platform,
    tenant: row.tenant,
    externalId: row.external_id,
    personId: row.person_id,
    turned: fromJson(row.turned),
    openedAt: row.opened_at,
  };
}

export async function homeById(db: Reader, id: string): Promise<Home | null> {
  const row = await db.selectFrom('homes').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toHome(row) : null;
}

export async function homeOfAccount(db: Reader, account: Identity): Promise<Home | null> {
  const row = await db
    .selectFrom('homes')
    .selectAll()
    .where('platform', '=', account.platform)
    .where('tenant', '=', account.tenant)
    .where('external_id', '=', account.externalId)
    .executeTakeFirst();
  return row ? toHome(row) : null;
}

/** Keeps that an account looks at its Home now; `newId` is taken where it has none yet. */
export async function noteHomeOpened(
  trx: Trx,
  home: Identity & { newId: string; organizationId: number; personId: number | null },
  now: number,
): Promise<Home> {
  const seen = { organization_id: home.organizationId, person_id: home.personId, opened_at: now };
  const row = await trx
    .insertInto('homes')
    .values({
      id: home.newId,
      platform: home.platform,
      tenant: home.tenant,
      external_id: home.externalId,
      created_at: now,
      ...seen,
    })
    .onConflict((oc) => oc.columns(['platform', 'tenant', 'external_id']).doUpdateSet(seen))
    .returningAll()
    .executeTakeFirstOrThrow();
  return toHome(row);
}

export async function changeHome(
  trx: Trx,
  id: string,
  change: { personId?: number | null; turned?: Readonly<Record<string, number>> },
): Promise<void> {
  await trx
    .updateTable('homes')
    .set({
      ...(change.personId !== undefined && { person_id: change.personId }),
      ...(change.turned !== undefined && { turned: toJson(change.turned) }),
    })
    .where('id', '=', id)
    .execute();
}

/** An account has become somebody's, or nobody's any more (null): so has its Home. */
export async function homeBelongsTo(trx: Trx, account: Identity, personId: number | null): Promise<void> {
  await trx
    .updateTable('homes')
    .set({ person_id: personId })
    .where('platform', '=', account.platform)
    .where('tenant', '=', account.tenant)
    .where('external_id', '=', account.externalId)
    .execute();
}

export async function dropHome(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('homes').where('id', '=', id).execute();
}

/** Owes the Homes of everybody who has a card, a place or asked in this request, and of the admins. */
export async function oweHomesOfRequest(
  trx: Trx,
  organizationId: number,
  requestId: string,
  now: number,
): Promise<void> {
  const rows = await homesOfRequest.all(trx, { organizationId, requestId, seenAfter: now - UNSEEN_AFTER_MS });
  await oweEach(trx, organizationId, rows, now);
}

const homesOfRequest = queryOnce(
  (db, given: { organizationId: number; requestId: string; seenAfter: number }) => {
    const { organizationId, requestId, seenAfter } = given;
    const concerned = db
      .selectFrom('cards')
      .select('person_id')
      .where('request_id', '=', requestId)
      .where('person_id', 'is not', null)
      .unionAll(
        db
          .selectFrom('slots')
          .select('person_id')
          .where('request_id', '=', requestId)
          .where('person_id', 'is not', null),
      )
      .unionAll(
        db
          .selectFrom('approval_requests')
          .select('requester_id as person_id')
          .where('id', '=', requestId)
          .where('requester_id', 'is not', null),
      )
      .unionAll(adminsOf(db, organizationId));
    return seenHomes(db, organizationId, seenAfter).where('person_id', 'in', concerned);
  },
);

/** Owes the Homes of the admins, and of these people. */
export async function oweHomesOfAdmins(
  trx: Trx,
  organizationId: number,
  now: number,
  alsoOf: readonly number[] = [],
): Promise<void> {
  const rows = await seenHomes(trx, organizationId, now - UNSEEN_AFTER_MS)
    .where((eb) =>
      eb.or([
        eb('person_id', 'in', adminsOf(trx, organizationId)),
        ...(alsoOf.length > 0 ? [eb('person_id', 'in', alsoOf)] : []),
      ]),
    )
    .execute();
  await oweEach(trx, organizationId, rows, now);
}

/** Owes one account's Home, where it has opened one lately. */
export async function oweHomeOfAccount(trx: Trx, account: Identity, now: number): Promise<void> {
  const home = await homeOfAccount(trx, account);
  if (home && home.openedAt >= now - UNSEEN_AFTER_MS) await oweEach(trx, home.organizationId, [home], now);
}

function adminsOf(db: Database | Trx, organizationId: number) {
  return db
    .selectFrom('people')
    .select('id as person_id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'admin');
}

function seenHomes(db: Database | Trx, organizationId: number, seenAfter: number) {
  return (
    db
      .selectFrom('homes')
      .select('id')
      .where('organization_id', '=', organizationId)
      .where('opened_at', '>=', seenAfter)
      // Where there are more, those that were looked at last.
      .orderBy('opened_at', 'desc')
      .limit(MOST_OWED)
  );
}

async function oweEach(
  trx: Trx,
  organizationId: number,
  homes: readonly { id: string }[],
  now: number,
): Promise<void> {
  const runAt = now + GATHER_MS;
  const debts = homes.map(({ id }) => ({ kind: 'sync_home' as const, subjectId: id, organizationId, runAt }));
  await oweAll(trx, debts, now);
}
