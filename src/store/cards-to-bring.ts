import { type SqlBool, sql } from 'kysely';
import { type StoredCard, toCard } from './cards.ts';
import type { Reader } from './database.ts';

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
