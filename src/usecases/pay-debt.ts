import type { OutboxKind } from '../store/bookkeeping-tables.ts';
import { finish, holdLease, type LeasedRow, LeaseLost } from '../store/outbox-claims.ts';
import { traceOfDebt } from '../store/request-traces.ts';
import { resolveRequest } from './approvers/resolve-approvers.ts';
import { removeCopy } from './cards/remove-copy.ts';
import { syncCard } from './cards/sync-card.ts';
import { syncThread } from './cards/sync-thread.ts';
import { checkConnection } from './connections/check-connection.ts';
import type { Context } from './context.ts';
import { expireRequest } from './deciding/expire-request.ts';
import { checkHarness } from './gates/check-harness.ts';
import { followExecution } from './gates/follow-execution.ts';
import { syncHome } from './homes/sync-home.ts';
import { postNotice } from './notices/post-notice.ts';
import { removeFinished } from './retention/remove-finished.ts';
import { submitApproval } from './submission/submit-approval.ts';

const PAYS: Readonly<Record<OutboxKind, (context: Context, row: LeasedRow) => Promise<void>>> = {
  resolve_approvers: resolveRequest,
  sync_card: syncCard,
  sync_thread: syncThread,
  submit_approval: submitApproval,
  check_harness: checkHarness,
  check_connection: checkConnection,
  follow_execution: followExecution,
  expire_request: expireRequest,
  sync_home: syncHome,
  post_notice: postNotice,
  remove_copy: removeCopy,
  remove_finished: removeFinished,
};

/** So many holds fall into one claim. */
const HOLDS = 4;

/**
 * Pays one claimed debt: hands it to the use case of its kind, holds the claim of `leaseMs` for as long as that works on
 * it, and gives it back where that fails. Never throws.
 */
export async function payDebt(context: Context, row: LeasedRow, leaseMs: number): Promise<void> {
  const holding = setInterval(() => {
    // A claim already lost, or a write refused: the effect's own fence has the last word.
    holdLease(context.db, row, context.clock.now() + leaseMs).catch(() => {});
  }, leaseMs / HOLDS).unref();
  try {
    await about(context, row, () => payOnce(context, row));
  } catch (error) {
    await giveBack(context, row, error);
  } finally {
    clearInterval(holding);
  }
}

async function payOnce(context: Context, row: LeasedRow): Promise<void> {
  try {
    await PAYS[row.kind](context, row);
  } catch (error) {
    const facts = { kind: row.kind, subject: row.subjectId };
    if (error instanceof LeaseLost) return context.log.debug(facts, 'lease lost');
    context.log.error({ err: error, ...facts, attempts: row.attempts }, 'effect failed');
    throw error;
  }
}

/** Log lines name the request; its trace goes on, but for looks that repeat for as long as it waits. */
async function about({ db, observe }: Context, row: LeasedRow, run: () => Promise<void>): Promise<void> {
  const { kind } = row;
  // What is wrong with the database shows in the work itself.
  const found = await traceOfDebt(db, row).catch(() => null);
  const { traceparent = null, ...ids } = found ?? {};
  const attributes = {
    'messaging.system': 'countersign',
    'messaging.operation.type': 'process',
    'messaging.destination.name': kind,
  };
  const work = {
    name: `process ${kind}`,
    kind: 'consumer',
    parent: traceparent,
    attributes,
    ...ids,
  } as const;
  const untraced = found === null || kind === 'check_harness';
  await observe.during(untraced ? { ...work, traced: false } : work, run);
}

/** What is owed stays owed, whatever goes wrong here: only a row that kills its worker is given up. */
async function giveBack({ db, clock, log, random }: Context, row: LeasedRow, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const wait = Math.min(60_000, 1_000 * 2 ** Math.min(row.attempts - 1, 6)) * (0.5 + random() / 2);
  try {
    await finish(db, row, { kind: 'retry', at: Math.ceil(clock.now() + wait), error: message });
  } catch (failure) {
    if (!(failure instanceof LeaseLost)) log.error({ err: failure }, 'cannot give back a claim');
  }
}
