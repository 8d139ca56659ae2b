import { type Binding, bindInstance, isWaitingGate } from '../../approval/binding.ts';
import type { Execution } from '../../approval/request.ts';
import type { HarnessInstance } from '../../approval/submission.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import { gatesHeldByOthers } from '../../store/waiting-requests.ts';
import { harnessOf } from '../connections/harness-of.ts';
import type { Context } from '../context.ts';
import type { ExecutionSummary, HarnessConnections, HarnessTrouble } from '../harness-ports.ts';

/** What Harness shows of a request's gate and run at one moment. */
export interface GateLook {
  gate: Binding;
  /** Every approval of the run, of any kind; null where only those of the callback id were asked for. */
  run: readonly HarnessInstance[] | null;
  /** null when Harness does not know the run, or could not be asked (then `trouble` says so). */
  summary: ExecutionSummary | null;
  trouble: HarnessTrouble | null;
  skewMs: number;
  /** Epoch ms, on our clock. */
  at: number;
}

/** Every approval of one run, as a look shows it. */
export type RunLook = { instances: readonly HarnessInstance[] } & Pick<GateLook, 'skewMs' | 'at'>;

/** The run as a whole: without a callback id Harness lists every approval of it. */
export function wholeRun(execution: Execution): Execution {
  return { ...execution, callbackId: '' };
}

/**
 * Asks Harness for the gate (R4, R18) and, if wanted, the run's summary. Never inside a transaction. A gate that is
 * bound is known by its id; until then the callback id, where there is one, tells it apart.
 */
export async function lookAtGate(
  context: Context,
  request: StoredRequest,
  want: { summary: boolean; patient?: boolean },
): Promise<GateLook> {
  const { execution } = request.content;
  const asking = { patient: want.patient ?? false };
  const at = context.clock.now();
  const harness = harnessOf(context, request);
  const isNarrowed = request.harness.instanceId === null && execution.callbackId !== '';
  const readSummary = () => harness.readExecution(execution, asking);
  const [listed, beside] = await Promise.all([
    harness.listInstances(isNarrowed ? execution : wholeRun(execution), asking),
    want.summary ? besideFew(context.harness, readSummary) : null,
  ]);
  if (listed.kind !== 'ok')
    return { gate: { kind: 'none' }, run: null, summary: null, trouble: listed, skewMs: 0, at };
  const { skewMs } = listed;
  const gate = await gateAmong(context, request, { instances: listed.value, skewMs, at });
  const run = isNarrowed ? null : listed.value;
  if (!want.summary) return { gate, run, summary: null, trouble: null, skewMs, at };
  const read = beside ?? (await readSummary());
  return {
    gate,
    run,
    summary: read.kind === 'ok' ? read.value : null,
    trouble: read.kind === 'ok' ? null : read,
    skewMs,
    at,
  };
}

/** So many looks ask for both at once. */
const MOST_BESIDE = 2;

const callsBeside = new WeakMap<HarnessConnections, number>();

/**
 * Makes a look's second call beside its first; null where others do so already: in a flood of new requests each look
 * has one call in the queue for Harness, where decisions wait, too.
 */
function besideFew<T>(harness: HarnessConnections, call: () => Promise<T>): Promise<T> | null {
  const going = callsBeside.get(harness) ?? 0;
  if (going >= MOST_BESIDE) return null;
  callsBeside.set(harness, going + 1);
  return call().finally(() => callsBeside.set(harness, callsBeside.get(harness)! - 1));
}

/** Which of the run's approvals a request is about. */
export async function gateAmong(
  context: Context,
  request: StoredRequest,
  { instances, skewMs }: RunLook,
): Promise<Binding> {
  return bindInstance(instances, {
    boundId: request.harness.instanceId,
    openedAt: request.createdAt + skewMs,
    heldByOthers: await gatesHeldByOthers(context.db, request),
    wasAmbiguous: request.harness.candidates.length > 0,
  });
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
      isWaitingGate(instance) &&
      instance.id !== finished.harness.instanceId &&
      !held.has(instance.id) &&
      instance.createdAt >= finished.createdAt + listed.skewMs,
  );
  return found.length === 1 ? found[0]!.id : null;
}
