import { isWaitingGate } from '../../approval/binding.ts';
import type { Execution } from '../../approval/request.ts';
import type { HarnessInstance } from '../../approval/submission.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import { type FollowedExecution, followedById } from '../../store/followed-executions.ts';
import { type Finish, finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { requestsOfRun } from '../../store/waiting-requests.ts';
import { type Context, commit } from '../context.ts';
import type { ExecutionSummary, HarnessTrouble } from '../harness-ports.ts';
import { isLongOwed } from '../long-owed.ts';
import { compareRequest, needsNoLook } from './compare-request.ts';
import { type GateLook, gateAmong, lookAtGate, type RunLook } from './harness-gate.ts';
import { openGate } from './open-gate.ts';
import { bindLatePosted } from './same-gate.ts';

/** How long a gate may take to show after Harness said that somebody is waited for. */
const APPEARS_WITHIN_MS = 2 * 60_000;
/** A gate that was there for longer is hardly what Harness has just told of. */
const FRESH_MS = 60_000;
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const PAUSED_EVERY_MS = 60_000;
/** How long Harness may still show a gate waiting after it said that the run, or a stage of it, is over. */
const ENDS_WITHIN_MS = 10_000;
const UNHEALTHY_EVERY_MS = 60_000;

/**
 * Looks at a run that Harness told us of, once for all its requests: those that are open follow what Harness shows now,
 * and each gate that waits for nobody here gets its own request, by the rules that a webhook opens by. Looks again for
 * a while where a posted request has to find its gate first, and where no gate shows yet.
 */
export async function followExecution(context: Context, row: LeasedRow): Promise<void> {
  const followed = await followedById(context.db, row.subjectId);
  if (!followed) return finish(context.db, row, { kind: 'done' });
  await finish(context.db, row, await follow(context, row, followed));
}

async function follow(context: Context, row: LeasedRow, followed: FollowedExecution): Promise<Finish> {
  const { organizationId } = followed;
  const now = context.clock.now();
  const run: Execution = { ...runOf(followed), callbackId: '' };
  const again = (error: string): Finish => ({
    kind: 'retry',
    at: now + AGAIN_MS[Math.min(row.attempts, AGAIN_MS.length) - 1]!,
    error,
  });
  const harness = context.harness.apiFor({ organizationId, account: run.account });
  const listed = await harness.listInstances(run);
  if (listed.kind !== 'ok') return afterTrouble(context, row, listed, now);
  const read = await harness.readExecution(run);
  if (read.kind !== 'ok') return afterTrouble(context, row, read, now);
  const summary = read.value;
  const look: RunLook = { instances: listed.value, skewMs: listed.skewMs, at: now };

  const requests = await requestsOfRun(context.db, organizationId, run);
  const looks = new Map<StoredRequest, GateLook>();
  let isOpen = false;
  for (const request of requests) {
    if (needsNoLook(context, request)) continue;
    const seen = await lookFor(context, request, look);
    if (seen.trouble) return afterTrouble(context, row, seen.trouble, now);
    looks.set(request, seen);
    const ended = seen.gate.kind === 'none' && summary?.final ? summary : null;
    const compared = await commit(context, (trx) => compareRequest(context, trx, request.id, seen, ended));
    isOpen ||= compared === 'open';
  }
  if (!summary || summary.final) return { kind: 'done' };
  // The end of a stage is none of the run: a gate that was told of just before is still opened.
  if (followed.why === 'ended' && isOpen && now - followed.at < ENDS_WITHIN_MS)
    return again('the end does not show yet');

  const unseen = [...looks].filter(([request]) => isUnseen(request));
  const free = freeGates(look.instances, requests, unseen);
  if (free.length === 0)
    return isOnItsWay(followed, look, now) ? again('no gate shows yet') : { kind: 'done' };
  const unbound = unseen.filter(([{ status }]) => status === 'WAITING');
  const gates = await bindPosted(context, unbound, free);
  return openAll(context, followed, { summary, gates, seen: new Set(requests.map(({ id }) => id)) });
}

function runOf({ account, org, project, pipeline, planExecutionId, url }: FollowedExecution) {
  return { account, org, project, pipeline, planExecutionId, url };
}

/** The one look serves every request that is known by its gate or by nothing; a callback id has to be asked for. */
async function lookFor(context: Context, request: StoredRequest, look: RunLook): Promise<GateLook> {
  const { callbackId } = request.content.execution;
  if (request.harness.instanceId === null && callbackId !== '')
    return lookAtGate(context, request, { summary: false });
  const { instances, skewMs, at } = look;
  const gate = await gateAmong(context, request, look);
  return { gate, run: instances, summary: null, trouble: null, skewMs, at };
}

/** Its gate is still to be found: by looking, or, once it is decided, by the submission that is owed. */
function isUnseen({ status, harness }: StoredRequest): boolean {
  return harness.instanceId === null && ['WAITING', 'APPROVED', 'REJECTED'].includes(status);
}

/**
 * Gates that wait, that no request holds, and that none will: a posted one finds its own gate first, and among several
 * that it may be about an admin chooses.
 */
function freeGates(
  instances: readonly HarnessInstance[],
  requests: readonly StoredRequest[],
  unseen: readonly (readonly [StoredRequest, GateLook])[],
): HarnessInstance[] {
  const taken = new Set(requests.flatMap(({ harness }) => harness.instanceId ?? []));
  for (const [, { gate }] of unseen) {
    if (gate.kind === 'bound') taken.add(gate.instance.id);
    if (gate.kind === 'ambiguous') for (const { id } of gate.candidates) taken.add(id);
  }
  return instances.filter((one) => isWaitingGate(one) && !taken.has(one.id));
}

/** Harness said that somebody is waited for, and nothing shows that came up since about then. */
function isOnItsWay(followed: FollowedExecution, { instances, skewMs }: RunLook, now: number): boolean {
  if (followed.why !== 'waiting' || now - followed.at >= APPEARS_WITHIN_MS) return false;
  const since = followed.at + skewMs - FRESH_MS;
  return !instances.some(({ status, createdAt }) => status === 'WAITING' && createdAt >= since);
}

/** Binds posted requests whose gate was there before their webhook came; the gates that are left. */
async function bindPosted(
  context: Context,
  unbound: readonly (readonly [StoredRequest, GateLook])[],
  free: readonly HarnessInstance[],
): Promise<readonly HarnessInstance[]> {
  let left = free;
  for (const [request, { gate }] of unbound) {
    if (gate.kind !== 'none') continue;
    const found = await bindLatePosted(context, request, left);
    left = left.filter(({ id }) => id !== found);
  }
  return left;
}

/** Opens one request per gate; what was in the way of one does not hold back the next. */
async function openAll(
  context: Context,
  followed: FollowedExecution,
  given: { summary: ExecutionSummary; gates: readonly HarnessInstance[]; seen: ReadonlySet<string> },
): Promise<Finish> {
  let isAgain = false;
  for (const instance of given.gates) {
    const opened = await openGate(context, followed, { ...given, instance });
    if (opened === 'not_yet') isAgain = true;
  }
  const at = context.clock.now() + AGAIN_MS[0]!;
  return isAgain ? { kind: 'retry', at, error: 'a request came meanwhile' } : { kind: 'done' };
}

/** Harness could not be asked: what nobody else would find is asked for again, for a day at most. */
function afterTrouble(context: Context, row: LeasedRow, trouble: HarnessTrouble, now: number): Finish {
  if (trouble.kind === 'throttled')
    return {
      kind: 'retry',
      at: now + trouble.retryAfterMs,
      error: 'Harness asks us to wait',
      countsAsAttempt: false,
    };
  if (trouble.kind === 'paused')
    return { kind: 'retry', at: now + PAUSED_EVERY_MS, error: trouble.detail, countsAsAttempt: false };
  const error = trouble.kind === 'permanent' ? trouble.message : trouble.detail;
  context.log.warn({ run: row.subjectId, detail: error }, 'a run cannot be looked at');
  // Harness knows no such run, or shows it to nobody with our key: asking again would not help.
  if (trouble.kind === 'permanent' && !trouble.unhealthy) return { kind: 'done' };
  if (isLongOwed(row, now)) return { kind: 'dead', error };
  const wait = AGAIN_MS[row.attempts - 1] ?? UNHEALTHY_EVERY_MS;
  return { kind: 'retry', at: Math.ceil(now + wait * (0.75 + context.random() / 2)), error };
}
