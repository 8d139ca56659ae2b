import type { OutboxKind } from './bookkeeping-tables.ts';
import { rowsOnce } from './compiled-queries.ts';
import type { Database, Reader, Trx } from './database.ts';
import { isShared } from './engine.ts';
import type { Row } from './schema.ts';
import { tellOthers } from './wakeups.ts';

/** `paused_until` of what is held until somebody releases it, whatever is owed meanwhile (`restorations.ts`). */
export const HELD = 8_000_000_000_000_000;

/** What is owed: an effect of its kind on one subject, from `runAt` (epoch ms) on. */
export interface Debt {
  kind: OutboxKind;
  subjectId: string;
  organizationId: number;
  runAt: number;
}

/**
 * Owes an effect, in the caller's transaction. The row of (kind, subject) is one for ever: owing again raises
 * its wanted revision, so a change during a run causes one more run and none is lost.
 * `runAt` brings a waiting row forward but does not cut short the pause after a failure or under a rate limit; `exactly`
 * sets it, and forgets what failed before. Neither wakes what is `HELD`.
 */
export function owe(trx: Trx, effect: Debt & { exactly?: boolean }, now: number): Promise<void> {
  return oweAll(trx, [effect], now, effect.exactly);
}

/** Owes several effects, of different subjects, as `owe` does each. */
export async function oweAll(
  trx: Trx,
  debts: readonly Debt[],
  now: number,
  exactly: boolean = false,
): Promise<void> {
  if (debts.length === 0) return;
  const rows = debts.map((debt) => ({
    kind: debt.kind,
    subject_id: debt.subjectId,
    organization_id: debt.organizationId,
    run_at: debt.runAt,
    first_due_at: now,
  }));
  await (exactly ? oweRowsExactly : oweRows).all(trx, rows);
}

type OwedRow = Pick<Row<'outbox'>, 'kind' | 'subject_id' | 'organization_id' | 'run_at' | 'first_due_at'>;

const oweRows = rowsOnce((db, rows: readonly OwedRow[]) => owing(db, rows, false));
const oweRowsExactly = rowsOnce((db, rows: readonly OwedRow[]) => owing(db, rows, true));

function owing(db: Database, rows: readonly OwedRow[], exactly: boolean) {
  const now = rows[0]!.first_due_at;
  return db
    .insertInto('outbox')
    .values(rows.map((row) => ({ ...row, state: 'due' as const, last_error: null })))
    .onConflict((oc) =>
      oc.columns(['kind', 'subject_id']).doUpdateSet((eb) => {
        const pausing = eb.and([eb('outbox.state', '=', 'due'), eb('outbox.paused_until', '>', now)]);
        const sooner = eb.and([
          eb('outbox.state', '=', 'due'),
          eb('outbox.run_at', '<', eb.ref('excluded.run_at')),
        ]);
        const wanted = eb.ref('excluded.run_at');
        const held = eb.and([eb('outbox.state', '=', 'due'), eb('outbox.paused_until', '=', HELD)]);
        const keep = exactly ? held : eb.or([pausing, sooner]);
        return {
          wanted_revision: eb('outbox.wanted_revision', '+', 1),
          ...(exactly && {
            paused_until: eb.case().when(held).then(eb.ref('outbox.paused_until')).else(eb.val(0)).end(),
          }),
          run_at: eb.case().when(keep).then(eb.ref('outbox.run_at')).else(wanted).end(),
          first_due_at: eb
            .case()
            .when('outbox.state', '=', 'due')
            .then(eb.ref('outbox.first_due_at'))
            .else(eb.ref('excluded.first_due_at'))
            .end(),
          attempts: exactly
            ? 0
            : eb.case().when('outbox.state', '=', 'due').then(eb.ref('outbox.attempts')).else(0).end(),
          state: 'due' as const,
        };
      }),
    )
    .$if(isShared(db), (insert) => insert.returning(tellOthers(db)));
}

/** Owes an effect again at once, forgetting its earlier failures (an admin's retry, a dead row revived). */
export async function oweAfresh(
  trx: Trx,
  effect: { kind: OutboxKind; subjectId: string; organizationId: number },
  now: number,
): Promise<void> {
  await owe(trx, { ...effect, runAt: now, exactly: true }, now);
  await trx
    .updateTable('outbox')
    .set({ attempts: 0, crashes: 0, first_due_at: now, last_error: null })
    .where('kind', '=', effect.kind)
    .where('subject_id', '=', effect.subjectId)
    .execute();
}

/** What is owed for one subject, for people to read. */
export async function owedFor(
  db: Reader,
  kind: OutboxKind,
  subjectId: string,
): Promise<{ state: 'due' | 'done' | 'dead'; runAt: number; attempts: number; error: string | null } | null> {
  const row = await db
    .selectFrom('outbox')
    .selectAll()
    .where('kind', '=', kind)
    .where('subject_id', '=', subjectId)
    .executeTakeFirst();
  if (!row) return null;
  return { state: row.state, runAt: row.run_at, attempts: row.attempts, error: row.last_error };
}
