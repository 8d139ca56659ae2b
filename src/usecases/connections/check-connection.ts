import { connectionById, noteChecked } from '../../store/harness-connections.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { admins } from '../../store/people.ts';
import { type Context, commit } from '../context.ts';
import type { HarnessTrouble } from '../harness-ports.ts';
import { DirectoryUnavailable } from '../people/directory-answers.ts';
import { refreshPeople } from '../people/find-people.ts';
import { noteWell, tellUnhealthy } from './connection-health.ts';

const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * Looks whether an unhealthy connection works again, less often the longer it does not; ends when it does. Admins who
 * could not be told at first are told now.
 */
export async function checkConnection(context: Context, row: LeasedRow): Promise<void> {
  const connection = await connectionById(context.db, Number(row.subjectId));
  if (!connection || connection.unhealthyBecause === null) return finish(context.db, row, { kind: 'done' });
  const health = await context.harness.probe(connection.id).checkHealth();
  if (health.kind === 'ok') {
    await noteWell(context, connection);
    return finish(context.db, row, { kind: 'done' });
  }
  await meetAdmins(context, connection.organizationId);
  const { unhealthyBecause: because, unhealthyAt: since } = connection;
  await commit(context, async (trx) => {
    const now = context.clock.now();
    const wait = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** Math.min(row.attempts, 8));
    await finish(trx, row, { kind: 'retry', at: now + wait, error: troubleWords(health) });
    if (since !== null) await tellUnhealthy(context, trx, connection, { because, since });
    await noteChecked(trx, connection.id, health.kind === 'permanent' ? health.message : null, now);
  });
}

/** An admin whom nobody has met in chat yet is looked up, so that they can be told. */
async function meetAdmins(context: Context, organizationId: number): Promise<void> {
  const people = await admins(context.db, organizationId);
  try {
    await refreshPeople(
      context,
      organizationId,
      people.map(({ id }) => id),
    );
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error;
    context.log.warn({ organizationId, detail: error.message }, 'admins cannot be looked up');
  }
}

function troubleWords(trouble: HarnessTrouble): string {
  if (trouble.kind === 'throttled') return 'Harness asks us to wait';
  return trouble.kind === 'permanent' ? trouble.message : trouble.detail;
}
