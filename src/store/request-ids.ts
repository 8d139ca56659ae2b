import type { Reader } from './database.ts';

/** At most `limit` ids of requests that begin with this text, newest first. */
export async function requestIdsBeginningWith(
  db: Reader,
  organizationId: number,
  prefix: string,
  limit: number,
): Promise<string[]> {
  // Ids hold letters, digits, - and _; all sort below ~ on every engine's binary collation.
  const rows = await db
    .selectFrom('approval_requests')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '>=', prefix)
    .where('id', '<', `${prefix}~`)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** The id of the request with this number; null when the organization has none. */
export async function requestIdOfNumber(
  db: Reader,
  organizationId: number,
  number: number,
): Promise<string | null> {
  const row = await db
    .selectFrom('approval_requests')
    .select(['id', 'organization_id'])
    .where('number', '=', number)
    .executeTakeFirst();
  return row?.organization_id === organizationId ? row.id : null;
}
