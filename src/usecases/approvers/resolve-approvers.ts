import { lockRequest, requestById, type StoredRequest } from '../../store/approval-requests.ts';
import type { Trx } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { gatesHeldByOthers } from '../../store/waiting-requests.ts';
import { type Context, commit } from '../context.ts';
import { type GateLook, lookAtGate } from '../gates/harness-gate.ts';
import { DirectoryUnavailable } from '../people/directory-answers.ts';
import { type Gathered, gatherApprovers } from './gather-approvers.ts';
import { settleApprovers } from './settle-approvers.ts';

const SHORTEST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/**
 * Settles who is asked and who is told (R4–R8): looks at the gate in Harness, finds the requester and their
 * manager, fills the places, addresses the cards. Runs again when Harness confirms late, when the pipeline amends,
 * when a place is reassigned, and when a directory can say what it could not.
 */
export async function resolveRequest(context: Context, row: LeasedRow): Promise<void> {
  const request = await requestById(context.db, row.subjectId);
  if (!request || !canStillChange(request)) return finish(context.db, row, { kind: 'done' });
  const now = context.clock.now();
  const look = await lookAtGate(context, request, { summary: true });
  const waitUntil = request.createdAt + context.settings.enrichmentWaitMs;
  const isSeen = look.gate.kind !== 'none' && look.summary !== null;
  const isHopeless = look.trouble?.kind === 'permanent' || look.trouble?.kind === 'paused';
  if (!isSeen && !isHopeless && !request.resolved && now < waitUntil)
    return finish(context.db, row, {
      kind: 'retry',
      at: Math.min(waitUntil, now + Math.min(4_000, 500 * 2 ** Math.min(row.attempts, 3))),
      error: troubleOf(look) ?? 'Harness does not show the gate yet',
    });
  let gathered: Gathered;
  try {
    gathered = await gatherApprovers(context, request, look);
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error;
    context.log.warn({ request: request.id, detail: error.message }, 'directory unavailable');
    return finish(context.db, row, {
      kind: 'retry',
      at: now + Math.max(error.retryAfterMs, Math.min(60_000, 1_000 * 2 ** Math.min(row.attempts, 6))),
      error: `people cannot be looked up: ${error.message}`,
    });
  }
  await commit(context, async (trx) => {
    await finish(trx, row, { kind: 'done' });
    const locked = await lockRequest(trx, row.subjectId);
    if (!locked || !canStillChange(locked)) return;
    // Amended, or places given and taken, while we asked around: what was gathered is about something else.
    if (isStale(request, locked) || (await isTaken(trx, locked, look)))
      return owe(
        trx,
        {
          kind: 'resolve_approvers',
          subjectId: locked.id,
          organizationId: locked.organizationId,
          runAt: now,
        },
        now,
      );
    await settleApprovers(context, trx, locked, gathered);
    if (gathered.unsaid) await lookAgain(context, trx, locked, gathered.unsaid);
  });
}

/**
 * What a directory could not say is looked at again while the request waits, less often the longer it does. Whoever is
 * found then is asked, and who is known on a second platform gets a card there.
 */
async function lookAgain(
  context: Context,
  trx: Trx,
  { id, organizationId, createdAt }: StoredRequest,
  unsaid: DirectoryUnavailable,
): Promise<void> {
  const now = context.clock.now();
  context.log.warn({ request: id, detail: unsaid.message }, 'a directory could not say everything');
  const wait = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, (now - createdAt) / 10));
  const runAt = Math.ceil(now + Math.max(wait, unsaid.retryAfterMs));
  await owe(trx, { kind: 'resolve_approvers', subjectId: id, organizationId, runAt }, now);
}

/** It waits, or its decision was not sent because the gate had not been seen. */
function canStillChange(request: StoredRequest): boolean {
  if (request.status === 'WAITING') return true;
  const harnessOpen = request.harness.status === null || request.harness.status === 'WAITING';
  return request.decision !== null && harnessOpen;
}

/** Another request of the run was bound to the gate while we asked around. */
async function isTaken(trx: Trx, request: StoredRequest, { gate }: GateLook): Promise<boolean> {
  if (gate.kind !== 'bound' || request.harness.instanceId !== null) return false;
  return (await gatesHeldByOthers(trx, request)).has(gate.instance.id);
}

function isStale(before: StoredRequest, now: StoredRequest): boolean {
  return (
    before.contentVersion !== now.contentVersion ||
    before.contentHash !== now.contentHash ||
    before.harness.instanceId !== now.harness.instanceId ||
    JSON.stringify([before.revoked, before.reassigned, before.released]) !==
      JSON.stringify([now.revoked, now.reassigned, now.released])
  );
}

function troubleOf({ trouble }: GateLook): string | null {
  if (!trouble) return null;
  if (trouble.kind === 'throttled') return 'Harness asks us to wait';
  return trouble.kind === 'permanent' ? trouble.message : trouble.detail;
}
