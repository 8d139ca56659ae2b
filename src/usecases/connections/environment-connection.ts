import { writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import {
  addConnection,
  changeConnection,
  connectionOfAccount,
  endConnection,
  environmentRow,
  nextConnectionId,
  reviveConnection,
  type StoredConnection,
} from '../../store/harness-connections.ts';
import { type Context, commit } from '../context.ts';
import { oweProbe } from './connection-health.ts';

/** The name of the connection that HARNESS_… sets; nobody else's. */
export const ENVIRONMENT = 'environment';

type Address = Pick<StoredConnection, 'account' | 'baseUrl' | 'pathPrefix'>;

/**
 * Brings the row of the environment's connection in line with the environment, at start. Its key may be another one
 * now, so an unhealthy one is looked at. Where an admin connected the same account, theirs is used and this one rests.
 */
export function keepEnvironmentConnection(
  context: Pick<Context, 'db' | 'wake' | 'clock' | 'log'>,
  organizationId: number,
  address: Address,
): Promise<void> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const found = await environmentRow(trx, organizationId);
    const other = await connectionOfAccount(trx, organizationId, address.account);
    const isTaken = other !== null && other.source === 'stored';
    if (isTaken)
      context.log.warn(
        { account: address.account, used: other.name },
        'an admin connected the account of HARNESS_ACCOUNT_ID, too: that connection is used',
      );
    const line = (action: string, id: number) => audit(trx, organizationId, action, id, address, now);
    if (!found) {
      if (isTaken) return;
      const id = await nextConnectionId(trx);
      await addConnection(
        trx,
        id,
        { ...address, organizationId, source: 'environment', name: ENVIRONMENT, apiKey: null },
        now,
      );
      return line('created', id);
    }
    if (isTaken) {
      if (found.state === 'removed') return;
      await endConnection(trx, found.id, now);
      return line('deleted', found.id);
    }
    if (found.state === 'removed') {
      await reviveConnection(trx, found.id, { ...address, name: ENVIRONMENT }, now);
      return line('restored', found.id);
    }
    if (!sameAddress(found, address)) {
      await changeConnection(trx, found.id, address, now);
      await line('changed', found.id);
    }
    if (found.unhealthyBecause !== null) await oweProbe(trx, found, now, now);
  });
}

function sameAddress(one: Address, other: Address): boolean {
  return (
    one.account === other.account && one.baseUrl === other.baseUrl && one.pathPrefix === other.pathPrefix
  );
}

function audit(
  trx: Trx,
  organizationId: number,
  action: string,
  id: number,
  { account, baseUrl, pathPrefix }: Address,
  now: number,
): Promise<void> {
  return writeAudit(trx, organizationId, {
    at: now,
    actor: { personId: null, via: 'cli' },
    action,
    subjectType: 'harness_connection',
    subjectId: String(id),
    detail: { name: ENVIRONMENT, account, baseUrl, pathPrefix, from: 'HARNESS_…' },
  });
}
