import { sql } from 'kysely';
import type { OutboxKind } from './bookkeeping-tables.ts';
import type { Trx } from './database.ts';
import { HELD, oweAll } from './outbox.ts';

/** What may not happen before Harness was looked at. */
const HELD_OF_REQUEST: readonly OutboxKind[] = ['submit_approval', 'resolve_approvers', 'expire_request'];
const HELD_OF_CARD: readonly OutboxKind[] = ['sync_card', 'sync_thread'];
const BATCH = 200;

/**
 * Marks every request that Harness has not said its last word on, so that what is owed for it waits until somebody has
 * looked there. `asBackup`: the rows come from a backup, and what was done since is not known. Returns how many there
 * are per organization.
 */
export async function holdOpenRequests(
  trx: Trx,
  from: number,
  now: number,
  { asBackup }: { asBackup: boolean },
): Promise<Map<number, number>> {
  await trx
    .updateTable('approval_requests')
    .set({ unreconciled: 1, ...(asBackup && { restored_from: from }) })
    .where((eb) =>
      eb.or([
        eb('status', '=', 'WAITING'),
        eb(
          'id',
          'in',
          eb
            .selectFrom('outbox')
            .select('subject_id')
            .where('kind', 'in', ['check_harness', 'submit_approval'])
            .where('state', '=', sql.lit('due' as const)),
        ),
      ]),
    )
    .execute();
  await holdDebts(trx);
  await expectEarlierPosts(trx, from, asBackup);
  return oweLooks(trx, now);
}

async function holdDebts(trx: Trx): Promise<void> {
  const held = { run_at: HELD, paused_until: HELD, leased_until: 0 };
  await trx
    .updateTable('outbox')
    .set(held)
    .where('state', '=', sql.lit('due' as const))
    .where('kind', 'in', HELD_OF_REQUEST)
    .where('subject_id', 'in', (eb) =>
      eb.selectFrom('approval_requests').select('id').where('unreconciled', '=', sql.lit(1)),
    )
    .execute();
  await trx
    .updateTable('outbox')
    .set(held)
    .where('state', '=', sql.lit('due' as const))
    .where('kind', 'in', HELD_OF_CARD)
    .where('subject_id', 'in', (eb) =>
      eb
        .selectFrom('cards')
        .innerJoin('approval_requests', 'approval_requests.id', 'cards.request_id')
        .select('cards.id')
        .where('approval_requests.unreconciled', '=', sql.lit(1)),
    )
    .execute();
}

/** What was to be posted may have been posted since: it is looked for first, as after a post that was never answered. */
async function expectEarlierPosts(trx: Trx, from: number, asBackup: boolean): Promise<void> {
  const begun = { state: 'posting' as const, posting_since: from };
  await trx
    .updateTable('cards')
    .set(begun)
    .where('state', '=', 'pending')
    .where('message', 'is', null)
    .where('posting_since', 'is', null)
    .execute();
  if (!asBackup) return;
  for (const table of ['card_replies', 'notices'] as const)
    await trx
      .updateTable(table)
      .set(begun)
      .where('state', '=', 'pending')
      .where('posting_since', 'is', null)
      .execute();
}

async function oweLooks(trx: Trx, now: number): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (let after = 0; ; ) {
    const rows = await trx
      .selectFrom('approval_requests')
      .select(['id', 'number', 'organization_id'])
      .where('unreconciled', '=', sql.lit(1))
      .where('number', '>', after)
      .orderBy('number')
      .limit(BATCH)
      .execute();
    const looks = rows.map((row) => ({
      kind: 'check_harness' as const,
      subjectId: row.id,
      organizationId: row.organization_id,
      runAt: now,
    }));
    await oweAll(trx, looks, now, true);
    for (const { organizationId } of looks) counts.set(organizationId, (counts.get(organizationId) ?? 0) + 1);
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return counts;
    after = last.number;
  }
}

/** Harness was looked at: what is owed for this request may happen, and has all its time from now on. */
export async function releaseReconciled(trx: Trx, requestId: string, now: number): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('approval_requests')
    .set({ unreconciled: 0 })
    .where('id', '=', requestId)
    .where('unreconciled', '=', 1)
    .executeTakeFirst();
  if (Number(numUpdatedRows) === 0) return;
  await trx
    .updateTable('outbox')
    .set({ run_at: now, paused_until: 0, first_due_at: now })
    .where('paused_until', '=', HELD)
    .where((eb) =>
      eb.or([
        eb.and([eb('kind', 'in', HELD_OF_REQUEST), eb('subject_id', '=', requestId)]),
        eb.and([
          eb('kind', 'in', HELD_OF_CARD),
          eb('subject_id', 'in', eb.selectFrom('cards').select('id').where('request_id', '=', requestId)),
        ]),
      ]),
    )
    .execute();
}

/** A person looked at a request that came from a backup: its decision may be sent. */
export async function confirmRestored(trx: Trx, requestId: string): Promise<void> {
  await trx
    .updateTable('approval_requests')
    .set({ restored_from: null })
    .where('id', '=', requestId)
    .where('restored_from', 'is not', null)
    .execute();
}
