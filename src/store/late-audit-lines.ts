import { writeAudit } from './audit.ts';
import { chainLine } from './audit-chain.ts';
import { chainHead, contentOf, placeOf, setHead } from './audit-lines.ts';
import { type Database, inTransaction, type Trx } from './database.ts';

const BATCH = 500;

/**
 * Gives audit lines from before there was a chain their place in it, in batches that survive a kill between them, and
 * leaves a line that says how many were chained after the fact. Nothing to do costs one look.
 */
export async function chainLateLines(db: Database, now: number): Promise<void> {
  const waiting = await db
    .selectFrom('audit_chains')
    .select('organization_id')
    .where('late_until', '>', 0)
    .execute();
  for (const { organization_id } of waiting)
    while (await inTransaction(db, (trx) => chainSome(trx, organization_id, now)));
}

/** One batch; false when it was the last. */
async function chainSome(trx: Trx, organizationId: number, now: number): Promise<boolean> {
  const head = await chainHead(trx, organizationId);
  if (!head || head.lateUntil === 0) return false;
  const rows = await trx
    .selectFrom('audit_events')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('seq', 'is', null)
    .where('id', '<=', head.lateUntil)
    .orderBy('id')
    .limit(BATCH)
    .execute();
  let last: { seq: number; hash: string } = head;
  for (const row of rows) {
    const line = chainLine(last, organizationId, row.id, contentOf(row));
    await trx.updateTable('audit_events').set(placeOf(line)).where('id', '=', row.id).execute();
    last = line;
  }
  await setHead(trx, organizationId, last);
  if (rows.length === BATCH) return true;
  await trx
    .updateTable('audit_chains')
    .set({ late_until: 0 })
    .where('organization_id', '=', organizationId)
    .execute();
  await writeAudit(trx, organizationId, {
    at: now,
    actor: { personId: null, via: 'timer' },
    action: 'chained',
    subjectType: 'organization',
    subjectId: String(organizationId),
    detail: { lines: last.seq },
  });
  return false;
}
