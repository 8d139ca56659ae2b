import { clip } from '../../approval/plain-text.ts';
import { waitingThere, wakeWaiting } from '../../store/connection-debts.ts';
import type { Trx } from '../../store/database.ts';
import {
  changeConnection,
  connectionById,
  connectionByName,
  endConnection,
  markWell,
} from '../../store/harness-connections.ts';
import { oweHomesOfAdmins } from '../../store/homes.ts';
import type { Context } from '../context.ts';
import type { HarnessAnswer, HarnessConnection } from '../harness-ports.ts';
import { write } from '../managing/managed-records.ts';
import type { ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { conflict, done, invalid, NOT_FOUND, refused } from '../tokens/principal-rights.ts';
import { ADMINS_CONNECT, MOST_CONNECTIONS, NO_ENCRYPTION, tried } from './add-connection.ts';
import { auditConnection } from './connection-audit.ts';
import { connectionProblems, tidied } from './connection-fields.ts';
import { goOn, noteUnhealthy, noteWell } from './connection-health.ts';
import { toConnection } from './harness-connections.ts';

const FROM_ENVIRONMENT =
  'This connection is set by the environment: change HARNESS_BASE_URL, HARNESS_ACCOUNT_ID or HARNESS_API_KEY and restart the bot.';

/** The organization's connections, by name: admins only. A page of them for the API. */
export async function listConnections(
  context: Pick<Context, 'harness'>,
  principal: Principal,
  query: ListQuery = { filters: [], sort: [], page: { number: 1, size: MOST_CONNECTIONS } },
): Promise<Managed<Page<HarnessConnection>>> {
  if (principal.role !== 'admin') return refused({ kind: 'forbidden', why: ADMINS_CONNECT });
  const all = await context.harness.ofOrganization(principal.organizationId);
  const ids = query.filters.find(({ field }) => field === 'id')?.values;
  const found = all.filter(({ id }) => ids?.includes(String(id)) ?? true);
  const [sort] = query.sort;
  if (sort?.field === 'id') found.sort((one, other) => one.id - other.id);
  if (sort?.descending) found.reverse();
  const { number, size } = query.page;
  return done({ rows: found.slice((number - 1) * size, number * size), total: found.length });
}

/** One connection by id or by name. */
export async function getConnection(
  context: Pick<Context, 'db'>,
  principal: Principal,
  which: { id: number } | { name: string },
): Promise<Managed<HarnessConnection>> {
  if (principal.role !== 'admin') return refused({ kind: 'forbidden', why: ADMINS_CONNECT });
  const { organizationId } = principal;
  const stored =
    'id' in which
      ? await connectionById(context.db, which.id)
      : await connectionByName(context.db, organizationId, which.name.toLowerCase());
  if (stored?.organizationId !== organizationId) return refused(NOT_FOUND);
  return done(toConnection(stored));
}

export interface ConnectionChanges {
  name?: string;
  baseUrl?: string;
  pathPrefix?: string;
  apiKey?: string;
}

/**
 * Renames a connection, or gives it another key or address: admins only, never the environment's. A kept key is not
 * sent to another address, so a new address wants the key with it. A new key is tried first, and ends the trouble.
 */
export async function updateConnection(
  context: Context,
  principal: Principal,
  id: number,
  changes: ConnectionChanges,
  also: (trx: Trx, now: number) => Promise<Managed<null>> = async () => done(null),
): Promise<Managed<HarnessConnection>> {
  const found = await getConnection(context, principal, { id });
  if (!found.ok) return found;
  const before = found.value;
  if (before.source === 'environment') return conflict(FROM_ENVIRONMENT);
  const { apiKey } = changes;
  const wanted = tidied({ ...before, ...changes, account: before.account, apiKey: apiKey ?? 'kept' });
  const moves = wanted.baseUrl !== before.baseUrl || wanted.pathPrefix !== before.pathPrefix;
  const problems = connectionProblems(wanted, context.settings);
  if (moves && apiKey === undefined)
    problems.push({
      field: 'api_key',
      detail: "can't be blank with a new address: a kept key is not sent elsewhere",
    });
  if (problems.length > 0) return invalid(problems);
  if (apiKey !== undefined) {
    if (!context.harness.canKeepKeys) return conflict(NO_ENCRYPTION);
    const barred = await tried(context.harness, wanted);
    if (barred) return barred;
  }
  const { organizationId } = principal;
  return write(context, principal, async (trx, now) => {
    const stored = await connectionById(trx, id);
    if (stored?.organizationId !== organizationId) return refused(NOT_FOUND);
    if (stored.revision !== before.revision)
      return conflict('Somebody else changed this connection just now. Look at it and try again.');
    const sameName = await connectionByName(trx, organizationId, wanted.name);
    if (sameName && sameName.id !== id)
      return invalid([{ field: 'name', detail: `is taken: there is “${wanted.name}” already` }]);
    const allowed = await also(trx, now);
    if (!allowed.ok) return allowed;
    const { name, baseUrl, pathPrefix } = wanted;
    await changeConnection(
      trx,
      id,
      {
        ...(name !== stored.name && { name }),
        ...(moves && { baseUrl, pathPrefix }),
        ...(apiKey !== undefined && { apiKey: context.harness.sealKey(id, wanted.apiKey) }),
      },
      now,
    );
    const detail = {
      before: { name: stored.name, baseUrl: stored.baseUrl, pathPrefix: stored.pathPrefix },
      after: { name, baseUrl, pathPrefix, ...(apiKey !== undefined && { apiKey: 'another' }) },
    };
    await auditConnection(trx, principal, 'changed', { id, name }, detail, now);
    const changed = (await connectionById(trx, id))!;
    if (apiKey !== undefined && (await markWell(trx, changed, now)))
      await goOn(context, trx, changed, 'key_changed', now);
    await oweHomesOfAdmins(trx, organizationId, now);
    return done(toConnection((await connectionById(trx, id))!));
  });
}

/** Stops a connection by hand: decisions wait until it is resumed. Admins only. */
export function pauseConnection(
  context: Context,
  principal: Principal,
  id: number,
  because: string,
): Promise<Managed<HarnessConnection>> {
  return writeConnection(context, principal, id, async (trx, stored, now) => {
    const why = clip(because.trim(), 200);
    if (stored.state === 'paused' && stored.pausedBecause === why) return;
    await changeConnection(trx, id, { state: 'paused', pausedBecause: why }, now);
    await auditConnection(trx, principal, 'paused', stored, why === '' ? {} : { why }, now);
  });
}

/** Lets a connection go on, whatever stopped it; should Harness refuse it again, it pauses again. Admins only. */
export function resumeConnection(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<HarnessConnection>> {
  return writeConnection(context, principal, id, async (trx, stored, now) => {
    if (stored.state === 'active' && stored.unhealthyBecause === null) return;
    await changeConnection(trx, id, { state: 'active', pausedBecause: '' }, now);
    await markWell(trx, stored, now);
    await auditConnection(trx, principal, 'resumed', stored, { trouble: stored.unhealthyBecause }, now);
    const { organizationId, account } = stored;
    await wakeWaiting(trx, { organizationId, account }, now);
  });
}

/** What removing a connection leaves undone, in sentences; none where nothing waits for it. */
export async function removalWarnings(
  context: Pick<Context, 'db' | 'harness'>,
  { organizationId, account }: Pick<HarnessConnection, 'organizationId' | 'account'>,
): Promise<string[]> {
  const { decisions, requests } = await waitingThere(context.db, { organizationId, account });
  const others = await context.harness.ofOrganization(organizationId);
  return [
    ...(requests > 0
      ? [
          `${requests === 1 ? '1 open request is' : `${requests} open requests are`} in the Harness account ${account}${decisions > 0 ? `, and ${decisions === 1 ? '1 decision waits' : `${decisions} decisions wait`} to be sent there` : ''}: they cannot be told to Harness until it is connected again.`,
        ]
      : []),
    ...(others.every((one) => one.account === account)
      ? ['It is the last connection: no pipeline can ask until there is another.']
      : []),
  ];
}

/** Ends a connection and wipes its key: admins only, never the environment's. The warnings say what is left undone. */
export async function removeConnection(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<{ name: string; warnings: readonly string[] }>> {
  const found = await getConnection(context, principal, { id });
  if (!found.ok) return found;
  if (found.value.source === 'environment') return conflict(FROM_ENVIRONMENT);
  const warnings = await removalWarnings(context, found.value);
  const ended = await writeConnection(context, principal, id, async (trx, stored, now) => {
    await endConnection(trx, id, now);
    await auditConnection(trx, principal, 'deleted', stored, { account: stored.account, warnings }, now);
  });
  if (!ended.ok) return ended;
  context.harness.release(id);
  return done({ name: found.value.name, warnings });
}

/** Looks whether the connection works, and keeps what it came to. Admins only; the answer is the connection as it is then. */
export async function testConnection(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<{ connection: HarnessConnection; health: HarnessAnswer<null> }>> {
  const found = await getConnection(context, principal, { id });
  if (!found.ok) return found;
  const health = await context.harness.probe(id).checkHealth();
  if (health.kind === 'ok') await noteWell(context, found.value);
  if (health.kind === 'permanent' && health.unhealthy)
    await noteUnhealthy(context, found.value, health.message);
  const now = await getConnection(context, principal, { id });
  return now.ok ? done({ connection: now.value, health }) : now;
}

type Stored = NonNullable<Awaited<ReturnType<typeof connectionById>>>;

/** One change of one connection, in one transaction; afterwards the connection as it was last seen. */
function writeConnection(
  context: Context,
  principal: Principal,
  id: number,
  work: (trx: Trx, stored: Stored, now: number) => Promise<void>,
): Promise<Managed<HarnessConnection>> {
  return write(context, principal, async (trx, now) => {
    const stored = await connectionById(trx, id);
    if (stored?.organizationId !== principal.organizationId) return refused(NOT_FOUND);
    await work(trx, stored, now);
    await oweHomesOfAdmins(trx, stored.organizationId, now);
    return done(toConnection((await connectionById(trx, id)) ?? stored));
  });
}
