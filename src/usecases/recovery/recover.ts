import { writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import type { MarkBeside } from '../../store/database-mark.ts';
import { type DatabaseState, databaseState, knownUntil, noteAlive } from '../../store/database-state.ts';
import { holdOpenRequests } from '../../store/restorations.ts';
import { bringForward, SET_BACK_MS } from '../../store/set-back-clock.ts';
import { type Context, commit } from '../context.ts';

/** A database that nobody lived on for longer is looked at as if much may have happened since. */
const GAP_MS = 10 * 60_000;

/** Why what is owed waits for a look at Harness first. `from`: until when the database knows, epoch ms. */
export type Recovery =
  /** Another, older file is in its place: what was done since is not known here. */
  | { kind: 'restored'; from: number }
  /** Nobody lived on it for a while. */
  | { kind: 'gap'; from: number };

/**
 * Before a bot begins to work: finds out whether this database is an older copy of itself, and if it may be, holds what
 * is owed to Harness and to chat for each open request until Harness was looked at (`check_harness` releases it). Says so
 * in the audit where it is sure. null = nothing of the kind.
 */
export async function recover(
  context: Context,
  { beside, mark }: { beside: MarkBeside | null; mark: string },
): Promise<Recovery | null> {
  const now = context.clock.now();
  const marks = beside?.read() ?? null;
  const present = (await databaseState(context.db))?.mark ?? null;
  // An older copy's mark is not kept: whoever dies before this is written down must find it out again.
  await beside?.write(mark, present !== null && isKnown(marks, present) ? present : null);
  const { recovery, held } = await commit(context, async (trx) => {
    const state = await databaseState(trx);
    const from = await knownUntil(trx, state);
    await noticeClock(trx, state, now);
    const found = from === null ? null : recoveryOf(state, from, marks, now);
    await noteAlive(trx, mark, now);
    if (!found) return { recovery: null, held: 0 };
    const asBackup = found.kind === 'restored';
    const counts = await holdOpenRequests(trx, found.from, now, { asBackup });
    if (asBackup) await audit(trx, found.from, counts, now);
    return { recovery: found, held: [...counts.values()].reduce((sum, count) => sum + count, 0) };
  });
  if (recovery) {
    const facts = { knownUntil: new Date(recovery.from).toISOString(), openRequests: held };
    if (recovery.kind === 'restored')
      context.log.warn(facts, 'this database was restored: nothing is sent before Harness was looked at');
    else context.log.info(facts, 'the bot was away: Harness is looked at before anything is sent');
  }
  return recovery;
}

/** A clock that was set back while nobody lived here: the worker knows nothing of it. */
async function noticeClock(trx: Trx, state: DatabaseState | null, now: number): Promise<void> {
  const byMs = (state?.aliveAt ?? now) - now;
  if (byMs >= SET_BACK_MS) await bringForward(trx, byMs, now);
}

async function audit(
  trx: Trx,
  from: number,
  counts: ReadonlyMap<number, number>,
  now: number,
): Promise<void> {
  for (const { id } of await trx.selectFrom('organizations').select('id').execute())
    await writeAudit(trx, id, {
      at: now,
      actor: { personId: null, via: 'timer' },
      action: 'database_restored',
      subjectType: 'organization',
      subjectId: String(id),
      detail: { from, openRequests: counts.get(id) ?? 0 },
    });
}

function recoveryOf(
  state: DatabaseState | null,
  from: number,
  marks: readonly string[] | null,
  now: number,
): Recovery | null {
  // A database of a version that knew no marks, where one with a mark was.
  if (!state) return marks === null ? null : { kind: 'restored', from };
  if (state.backedUpAt !== null || !isKnown(marks, state.mark)) return { kind: 'restored', from };
  // An admin's command line may have left its lines in the audit since.
  return now - (state.aliveAt ?? from) > GAP_MS ? { kind: 'gap', from } : null;
}

/** Whether the file's own mark is one that it may have; where none was kept it may have any. */
function isKnown(marks: readonly string[] | null, mark: string): boolean {
  return marks === null || marks.includes(mark);
}
