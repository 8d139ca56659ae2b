import { connectionById, noteChecked } from '../store/harness-connections.ts';
import { finish, type LeasedRow } from '../store/outbox.ts';
import { noteWell } from './connection-health.ts';
import { type Context, commit } from './context.ts';
import type { HarnessTrouble } from './ports.ts';

const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** Looks whether an unhealthy connection works again, less often the longer it does not; ends when it does. */
export async function checkConnection(context: Context, row: LeasedRow): Promise<void> {
  const connection = await connectionById(context.db, Number(row.subjectId));
  if (!connection || connection.unhealthyBecause === null) return finish(context.db, row, { kind: 'done' });
  const health = await context.harness.probe(connection.id).checkHealth();
  if (health.kind === 'ok') {
    await noteWell(context, connection);
    return finish(context.db, row, { kind: 'done' });
  }
  await commit(context, async (trx) => {
    const now = context.clock.now();
    const wait = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** Math.min(row.attempts, 8));
    await finish(trx, row, { kind: 'retry', at: now + wait, error: troubleWords(health) });
    await noteChecked(trx, connection.id, health.kind === 'permanent' ? health.message : null, now);
  });
}

function troubleWords(trouble: HarnessTrouble): string {
  if (trouble.kind === 'throttled') return 'Harness asks us to wait';
  return trouble.kind === 'permanent' ? trouble.message : trouble.detail;
}
