import type { FullMatch } from '../approval/approver-input.ts';
import { type Database, inTransaction, type Trx } from '../store/database.ts';
import type { HarnessConnections } from './harness-ports.ts';
import type { Observer } from './observer.ts';
import type { ChatPlatform, Clock, Directory, Hash, Log, NewId, PlatformName } from './ports.ts';

export interface Settings {
  /** How long the first cards wait for Harness to show the gate, ms (R4). */
  enrichmentWaitMs: number;
  /** How often an open request is compared with Harness, ms. */
  checkEveryMs: number;
  /** How long "Harness shows no gate yet" is believed, ms (harness.md §5). */
  notYetGraceMs: number;
  /** Our own address, without a slash at its end. */
  publicUrl: string;
  /** Whether Harness may stand on this very machine: so it does, or the bot serves nobody elsewhere (a demo, a test). */
  harnessMayBeHere: boolean;
  /** Whether chat platforms can fetch pictures from there. */
  showsPictures: boolean;
  /** Where install links lead; null = workspaces do not come by links here (SLACK_BOT_TOKEN). */
  installUrl: string | null;
}

/** What every use case is given: the database and the ports, nothing global. */
export interface Context {
  db: Database;
  clock: Clock;
  hash: Hash;
  newId: NewId;
  fullMatch: FullMatch;
  log: Log;
  observe: Observer;
  platforms: ReadonlyMap<PlatformName, ChatPlatform>;
  directories: readonly Directory[];
  harness: HarnessConnections;
  settings: Settings;
  /** A number in [0, 1), for jitter. */
  random: () => number;
  /** Tells the worker that something may be owed. */
  wake: () => void;
}

/** One transaction, after which the worker looks for what it owes. No I/O but the database inside. */
export async function commit<T>(
  context: Pick<Context, 'db' | 'wake'>,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  const after: (() => void)[] = [];
  const result = await inTransaction(context.db, (trx) => {
    after.length = 0;
    waiting.set(trx, after);
    return work(trx);
  });
  context.wake();
  for (const tell of after) tell();
  return result;
}

const waiting = new WeakMap<Trx, (() => void)[]>();

/** Tells of what happens in a transaction once it did: never of what was rolled back. */
export function afterCommit(trx: Trx, tell: () => void): void {
  const after = waiting.get(trx);
  if (after) after.push(tell);
  else tell();
}
