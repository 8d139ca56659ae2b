import { queryOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { Row } from './schema.ts';

/** How an organization reaches one Harness account. Times are epoch ms. */
export interface StoredConnection {
  id: number;
  organizationId: number;
  source: 'environment' | 'stored';
  name: string;
  account: string;
  baseUrl: string;
  pathPrefix: string;
  /** Encrypted; null for the environment's, and once removed. */
  apiKey: string | null;
  /** Grows with each change of address or key. */
  revision: number;
  state: 'active' | 'paused' | 'removed';
  pausedBecause: string;
  unhealthyBecause: string | null;
  unhealthyAt: number | null;
  checkedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

/** Where encrypted keys stand. */
export const KEY_COLUMN = { table: 'harness_connections', key: 'id', column: 'api_key' } as const;

function toConnection(row: Row<'harness_connections'>): StoredConnection {
  return {
    id: row.id,
    organizationId: row.organization_id,
    source: row.source,
    name: row.name,
    account: row.account,
    baseUrl: row.base_url,
    pathPrefix: row.path_prefix,
    apiKey: row.api_key,
    revision: row.revision,
    state: row.state,
    pausedBecause: row.paused_because,
    unhealthyBecause: row.unhealthy_because,
    unhealthyAt: row.unhealthy_at,
    checkedAt: row.checked_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Of those that were not removed. */
const live = (db: Reader) => db.selectFrom('harness_connections').selectAll().where('removed_at', 'is', null);

export async function connectionById(db: Reader, id: number): Promise<StoredConnection | null> {
  const row = await live(db).where('id', '=', id).executeTakeFirst();
  return row ? toConnection(row) : null;
}

export async function connectionOfAccount(
  db: Reader,
  organizationId: number,
  account: string,
): Promise<StoredConnection | null> {
  const row = await ofAccount.first(db, { organizationId, account });
  return row ? toConnection(row) : null;
}

const ofAccount = queryOnce((db, { organizationId, account }: { organizationId: number; account: string }) =>
  live(db).where('organization_id', '=', organizationId).where('account', '=', account),
);

export async function connectionByName(
  db: Reader,
  organizationId: number,
  name: string,
): Promise<StoredConnection | null> {
  const row = await live(db)
    .where('organization_id', '=', organizationId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row ? toConnection(row) : null;
}

/** By name. */
export async function connectionsOf(
  db: Reader,
  organizationId: number,
  limit: number,
): Promise<StoredConnection[]> {
  const rows = await live(db)
    .where('organization_id', '=', organizationId)
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(toConnection);
}

/** How many send nothing just now, of every organization. */
export async function countResting(db: Reader): Promise<number> {
  const row = await db
    .selectFrom('harness_connections')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('removed_at', 'is', null)
    .where((eb) => eb.or([eb('state', '=', 'paused'), eb('unhealthy_because', 'is not', null)]))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Of every organization, for whoever runs the bot. */
export async function allConnections(db: Reader, limit: number): Promise<StoredConnection[]> {
  const rows = await live(db).orderBy('organization_id').orderBy('name').limit(limit).execute();
  return rows.map(toConnection);
}

/** The environment's, removed or not. */
export async function environmentRow(db: Reader, organizationId: number): Promise<StoredConnection | null> {
  const row = await db
    .selectFrom('harness_connections')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('source', '=', 'environment')
    .executeTakeFirst();
  return row ? toConnection(row) : null;
}

/** How many other organizations are connected to this account. */
export async function othersConnectedTo(
  db: Reader,
  account: string,
  organizationId: number,
): Promise<number> {
  const row = await db
    .selectFrom('harness_connections')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('removed_at', 'is', null)
    .where('organization_id', '!=', organizationId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export type NewConnection = Pick<
  StoredConnection,
  'organizationId' | 'source' | 'name' | 'account' | 'baseUrl' | 'pathPrefix' | 'apiKey'
>;

/** The id of the next connection, for whoever has to know it before the key can be encrypted. */
export function nextConnectionId(trx: Trx): Promise<number> {
  return nextId(trx, 'harness_connections');
}

export async function addConnection(
  trx: Trx,
  id: number,
  connection: NewConnection,
  now: number,
): Promise<void> {
  await trx
    .insertInto('harness_connections')
    .values({
      id,
      organization_id: connection.organizationId,
      source: connection.source,
      name: connection.name,
      account: connection.account,
      base_url: connection.baseUrl,
      path_prefix: connection.pathPrefix,
      api_key: connection.apiKey,
      state: 'active',
      unhealthy_because: null,
      unhealthy_at: null,
      checked_at: null,
      created_at: now,
      updated_at: now,
      removed_at: null,
    })
    .execute();
}

export interface ConnectionChange {
  name?: string;
  account?: string;
  baseUrl?: string;
  pathPrefix?: string;
  apiKey?: string;
  state?: 'active' | 'paused';
  pausedBecause?: string;
}

/** Writes what is named; a new address, account or key counts as a new revision. */
export async function changeConnection(
  trx: Trx,
  id: number,
  change: ConnectionChange,
  now: number,
): Promise<void> {
  const { account, baseUrl, pathPrefix, apiKey } = change;
  const isAnother = [account, baseUrl, pathPrefix, apiKey].some((value) => value !== undefined);
  await trx
    .updateTable('harness_connections')
    .set((eb) => ({
      ...(change.name !== undefined && { name: change.name }),
      ...(account !== undefined && { account }),
      ...(baseUrl !== undefined && { base_url: baseUrl }),
      ...(pathPrefix !== undefined && { path_prefix: pathPrefix }),
      ...(apiKey !== undefined && { api_key: apiKey }),
      ...(change.state !== undefined && { state: change.state }),
      ...(change.pausedBecause !== undefined && { paused_because: change.pausedBecause }),
      ...(isAnother && { revision: eb('revision', '+', 1) }),
      updated_at: now,
    }))
    .where('id', '=', id)
    .execute();
}

/** Marks a connection unhealthy; false = it was marked, changed or removed meanwhile. */
export async function markUnhealthy(
  trx: Trx,
  { id, revision }: Pick<StoredConnection, 'id' | 'revision'>,
  because: string,
  now: number,
): Promise<boolean> {
  const row = await trx
    .updateTable('harness_connections')
    .set({ unhealthy_because: because, unhealthy_at: now, checked_at: now, updated_at: now })
    .where('id', '=', id)
    .where('revision', '=', revision)
    .where('unhealthy_because', 'is', null)
    .where('removed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes the mark away; false = there was none, or the connection was changed or removed meanwhile. */
export async function markWell(
  trx: Trx,
  { id, revision }: Pick<StoredConnection, 'id' | 'revision'>,
  now: number,
): Promise<boolean> {
  const row = await trx
    .updateTable('harness_connections')
    .set({ unhealthy_because: null, unhealthy_at: null, checked_at: now, updated_at: now })
    .where('id', '=', id)
    .where('revision', '=', revision)
    .where('unhealthy_because', 'is not', null)
    .where('removed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Notes that it was looked at, and with `because` why it is still unhealthy. */
export async function noteChecked(trx: Trx, id: number, because: string | null, now: number): Promise<void> {
  await trx
    .updateTable('harness_connections')
    .set({ checked_at: now, ...(because !== null && { unhealthy_because: because }) })
    .where('id', '=', id)
    .execute();
}

/** Ends a connection and wipes its key. */
export async function endConnection(trx: Trx, id: number, now: number): Promise<void> {
  await trx
    .updateTable('harness_connections')
    .set({
      ...{ state: 'removed', api_key: null, unhealthy_because: null, unhealthy_at: null },
      ...{ updated_at: now, removed_at: now },
    })
    .where('id', '=', id)
    .execute();
}

/** The environment's connection comes back with this address. */
export async function reviveConnection(
  trx: Trx,
  id: number,
  at: Pick<StoredConnection, 'name' | 'account' | 'baseUrl' | 'pathPrefix'>,
  now: number,
): Promise<void> {
  await trx
    .updateTable('harness_connections')
    .set((eb) => ({
      ...{ name: at.name, account: at.account, base_url: at.baseUrl, path_prefix: at.pathPrefix },
      ...{ state: 'active', paused_because: '', unhealthy_because: null, unhealthy_at: null },
      ...{ revision: eb('revision', '+', 1), updated_at: now, removed_at: null },
    }))
    .where('id', '=', id)
    .execute();
}
