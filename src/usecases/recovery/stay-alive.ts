import type { MarkBeside } from '../../store/database-mark.ts';
import { databaseState, noteAlive } from '../../store/database-state.ts';
import type { Context } from '../context.ts';

/** Notes that a bot lives on the database, under a new mark: a copy from before differs from now on. */
export async function stayAlive(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { beside, mark }: { beside: MarkBeside | null; mark: string },
): Promise<void> {
  const state = await databaseState(db);
  await beside?.write(mark, state?.mark ?? null);
  await noteAlive(db, mark, clock.now());
}
