import { isWaitingGate } from '../../approval/binding.ts';
import type { Execution } from '../../approval/request.ts';
import type { HarnessInstance } from '../../approval/submission.ts';
import { changeRequest, lockRequest, type StoredRequest } from '../../store/approval-requests.ts';
import type { Reader } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { gatesHeldByOthers, requestsOfRun } from '../../store/waiting-requests.ts';
import { type Context, commit } from '../context.ts';
import { wholeRun } from './harness-gate.ts';

/** A callback id that no step has: a server that lists something under it does not tell callback ids apart. */
const NOBODYS = 'countersign-asks-whether-you-tell-callback-ids-apart';
/** Without a callback id, a gate that was there for longer is hardly what has just been posted about. */
const FRESH_MS = 60_000;

/**
 * The one gate that Harness shows waiting under a run and callback id, by instance id. null when there is none, when it
 * cannot be told, and when Harness cannot be asked: never a guess.
 */
export async function soleGateOf(
  context: Context,
  organizationId: number,
  execution: Execution,
): Promise<string | null> {
  const harness = context.harness.apiFor({ organizationId, account: execution.account });
  const listed = await harness.listInstances(execution);
  if (listed.kind !== 'ok') return null;
  const waiting = listed.value.filter(isWaitingGate);
  const [only] = waiting;
  if (!only || waiting.length > 1) return null;
  if (execution.callbackId === '')
    return only.createdAt >= context.clock.now() + listed.skewMs - FRESH_MS ? only.id : null;
  const nobodys = await harness.listInstances({ ...execution, callbackId: NOBODYS });
  return nobodys.kind === 'ok' && nobodys.value.length === 0 ? only.id : null;
}

/** Requests of a run that notifications opened, each for one gate, and that Harness has not settled. */
export async function notifiedRequests(
  db: Reader,
  organizationId: number,
  execution: Execution,
): Promise<StoredRequest[]> {
  const all = await requestsOfRun(db, organizationId, wholeRun(execution));
  return all.filter(({ gate, harness }) => gate !== '' && (harness.status ?? 'WAITING') === 'WAITING');
}

/** Those requests as they are now (`seen`), and which of them is about the very gate of this run and callback id. */
export async function notifiedRequestOf(
  context: Context,
  organizationId: number,
  execution: Execution,
): Promise<{ seen: ReadonlySet<string>; same: string | null }> {
  const there = await notifiedRequests(context.db, organizationId, execution);
  const gate = there.length > 0 ? await soleGateOf(context, organizationId, execution) : null;
  return {
    seen: new Set(there.map(({ id }) => id)),
    same: there.find((request) => request.gate === gate)?.id ?? null,
  };
}

/**
 * Binds a posted request to one of these gates where Harness itself says that it is about it, though the gate was there
 * before the webhook came. The gate's id; null = it is about none of them.
 */
export async function bindLatePosted(
  context: Context,
  request: StoredRequest,
  free: readonly HarnessInstance[],
): Promise<string | null> {
  const gate = await soleGateOf(context, request.organizationId, request.content.execution);
  if (gate === null || !free.some(({ id }) => id === gate)) return null;
  return commit(context, async (trx) => {
    const locked = await lockRequest(trx, request.id);
    if (locked?.status !== 'WAITING' || locked.harness.instanceId !== null) return null;
    // Another request took it while Harness was asked.
    if ((await gatesHeldByOthers(trx, locked)).has(gate)) return null;
    const now = context.clock.now();
    const { id, organizationId } = locked;
    await changeRequest(trx, id, { harness: { ...locked.harness, instanceId: gate } }, now);
    await owe(trx, { kind: 'resolve_approvers', subjectId: id, organizationId, runAt: now }, now);
    return gate;
  });
}
