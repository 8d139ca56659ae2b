import { inTransaction } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import type { Context } from '../context.ts';

/** Owes the removal of what is kept no longer, where anything is to be removed; one row for the whole database. */
export async function keepRemoving(
  { db, clock, settings }: Pick<Context, 'db' | 'clock' | 'settings'>,
  organizationId: number,
): Promise<void> {
  if (settings.retentionMs === null) return;
  const now = clock.now();
  const debt = { kind: 'remove_finished', subjectId: 'all', organizationId, runAt: now } as const;
  await inTransaction(db, (trx) => owe(trx, debt, now));
}
