import { type Binding, bindInstance } from '../approval/binding.ts';
import type { StoredRequest } from '../store/approval-requests.ts';
import { gatesHeldByOthers } from '../store/waiting-requests.ts';
import type { Context } from './context.ts';
import { harnessOf } from './harness-of.ts';
import type { ExecutionSummary, HarnessTrouble } from './ports.ts';

/** What Harness shows of a request's gate and run at one moment. */
export interface GateLook {
  gate: Binding;
  /** null when Harness does not know the run, or could not be asked (then `trouble` says so). */
  summary: ExecutionSummary | null;
  trouble: HarnessTrouble | null;
  skewMs: number;
  /** Epoch ms, on our clock. */
  at: number;
}

/** Asks Harness for the gate (R4, R18) and, if wanted, the run's summary. Never inside a transaction. */
export async function lookAtGate(
  context: Context,
  request: StoredRequest,
  want: { summary: boolean },
): Promise<GateLook> {
  const { execution } = request.content;
  const at = context.clock.now();
  const listed = await harnessOf(context, request).listInstances(execution);
  if (listed.kind !== 'ok') return { gate: { kind: 'none' }, summary: null, trouble: listed, skewMs: 0, at };
  const gate = bindInstance(listed.value, {
    boundId: request.harness.instanceId,
    openedAt: request.createdAt + listed.skewMs,
    heldByOthers: await gatesHeldByOthers(context.db, request),
  });
  if (!want.summary) return { gate, summary: null, trouble: null, skewMs: listed.skewMs, at };
  const read = await harnessOf(context, request).readExecution(execution);
  return {
    gate,
    summary: read.kind === 'ok' ? read.value : null,
    trouble: read.kind === 'ok' ? null : read,
    skewMs: listed.skewMs,
    at,
  };
}

/**
 * R2: the one other gate that Harness shows waiting under the key of a finished request, by instance id.
 * null when there is none, when there are several, and when Harness cannot be asked.
 */
export async function findNewGate(context: Context, finished: StoredRequest): Promise<string | null> {
  // Its own gate was never seen: whatever waits may be just that.
  if (finished.harness.instanceId === null) return null;
  const listed = await harnessOf(context, finished).listInstances(finished.content.execution);
  if (listed.kind !== 'ok') return null;
  const held = await gatesHeldByOthers(context.db, finished);
  const found = listed.value.filter(
    (instance) =>
      instance.status === 'WAITING' &&
      instance.type === 'HarnessApproval' &&
      instance.id !== finished.harness.instanceId &&
      !held.has(instance.id) &&
      instance.createdAt >= finished.createdAt + listed.skewMs,
  );
  return found.length === 1 ? found[0]!.id : null;
}
