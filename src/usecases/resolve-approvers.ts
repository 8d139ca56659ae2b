import { missingInputs, offeredValues } from '../approval/approver-input.ts';
import { resolveApprovers, resolveSubscribers } from '../approval/approvers.ts';
import type { Person } from '../approval/person.ts';
import type { ApprovalRequest, RequestContent } from '../approval/request.ts';
import { DYNAMIC_MANAGER_ID } from '../approval/workflow.ts';
import { assignedPolicy, defaultPolicy } from '../store/approval-policies.ts';
import {
  changeRequest,
  fillVersion,
  lockRequest,
  requestById,
  type StoredRequest,
  saveNewVersion,
} from '../store/approval-requests.ts';
import { workflowFor } from '../store/approval-workflows.ts';
import { writeAudit } from '../store/audit.ts';
import { cardsOf, oweAllCards } from '../store/cards.ts';
import type { Trx } from '../store/database.ts';
import { finish, type LeasedRow, owe } from '../store/outbox.ts';
import { admins } from '../store/people.ts';
import { replaceSlots, slotsOf } from '../store/slots.ts';
import { withdrawSubmission } from '../store/submissions.ts';
import { voidVotes } from '../store/votes.ts';
import { addAddressees, addressCards, NOBODY } from './address-cards.ts';
import { describeChange } from './amend-request.ts';
import { nextCheckAt } from './check-harness.ts';
import { decideWithoutVotes } from './conclude.ts';
import { type Context, commit } from './context.ts';
import {
  DirectoryUnavailable,
  type FoundPerson,
  findManager,
  findPersonByEmail,
  refreshPeople,
} from './find-people.ts';
import { harnessView, inputDefinitions, sameContent, triggeredByEmail } from './harness-facts.ts';
import { type GateLook, lookAtGate } from './harness-gate.ts';

/**
 * Settles who is asked and who is told (R4–R8): looks at the gate in Harness, finds the requester and their
 * manager, fills the slots, addresses the cards. Runs again when Harness confirms late or the pipeline amends;
 * whatever that changes becomes a new content version.
 */
export async function resolveRequest(context: Context, row: LeasedRow): Promise<void> {
  const request = await requestById(context.db, row.subjectId);
  const unsent = request?.decision && !request.harness.confirmed;
  if (!request || (request.status !== 'WAITING' && !unsent)) return finish(context.db, row, { kind: 'done' });
  const now = context.clock.now();
  const look = await lookAtGate(context, request, { summary: true });
  const waitUntil = request.createdAt + context.settings.enrichmentWaitMs;
  const seen = look.gate.kind !== 'none' && look.summary !== null;
  const hopeless = look.trouble?.kind === 'permanent';
  if (!seen && !hopeless && !request.resolved && now < waitUntil)
    return finish(context.db, row, {
      kind: 'retry',
      at: Math.min(waitUntil, now + Math.min(4_000, 500 * 2 ** Math.min(row.attempts, 3))),
      error: look.trouble ? describeTrouble(look) : 'Harness does not show the gate yet',
    });
  let gathered: Gathered;
  try {
    gathered = await gather(context, request, look);
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
    if (!locked) return;
    // Somebody amended it while we asked around: what was gathered is about something else.
    if (locked.contentVersion !== request.contentVersion)
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
    await settle(context, trx, locked, gathered);
  });
}

function describeTrouble(look: GateLook): string {
  const { trouble } = look;
  if (!trouble) return '';
  return trouble.kind === 'throttled'
    ? 'Harness asks us to wait'
    : trouble.kind === 'permanent'
      ? trouble.message
      : trouble.detail;
}

interface Gathered {
  look: GateLook;
  content: RequestContent;
  requester: Person | null;
  verified: boolean;
  problem: ApprovalRequest['problem'];
  people: Map<number, FoundPerson>;
  manager: Awaited<ReturnType<typeof findManager>>;
  admins: Person[];
}

async function gather(context: Context, request: StoredRequest, look: GateLook): Promise<Gathered> {
  const { db } = context;
  const { organizationId } = request;
  const hint = request.content.requester.verified ? '' : request.content.requester.email.toLowerCase();
  const told = triggeredByEmail(look.summary);
  const earlier = request.content.requester.verified ? request.content.requester.email : null;
  const email = told ?? earlier;
  const requester = email ? await findPersonByEmail(context, organizationId, email) : null;
  const verified = requester !== null;

  let problem: ApprovalRequest['problem'] =
    request.problem?.kind === 'amended_too_often' ? request.problem : null;
  const hold = (kind: NonNullable<ApprovalRequest['problem']>['kind'], detail: string) => {
    if (!problem && !request.released.includes(kind)) problem = { kind, detail };
  };
  if (look.gate.kind === 'ambiguous')
    hold(
      'ambiguous_instance',
      `Harness shows ${look.gate.candidates.length} gates that could be meant. An admin has to choose one.`,
    );
  if (look.summary && look.summary.pipelineIdentifier !== request.content.execution.pipeline)
    hold(
      'pipeline_not_listed',
      `Harness says the run belongs to the pipeline ${look.summary.pipelineIdentifier}, the webhook said ${request.content.execution.pipeline}. An admin has to look at it.`,
    );
  if (told && hint && told !== hint)
    hold(
      'requester_differs',
      `Harness says ${told} started the run, the webhook said ${hint}. An admin has to look at it.`,
    );

  let { workflow, approvalPolicy } = request.content;
  const newlyVerified = verified && !request.content.requester.verified;
  const chooses = !request.resolved || newlyVerified || request.released.includes('no_workflow');
  if (look.summary && chooses) {
    const policy =
      (requester && (await assignedPolicy(db, requester.id))) ??
      (verified ? null : await defaultPolicy(db, organizationId));
    if (policy && policy.id !== approvalPolicy.id) {
      const other = await workflowFor(db, policy.id, request.content.event.id);
      if (other) {
        workflow = other;
        approvalPolicy = { id: policy.id, name: policy.name };
      } else
        hold(
          'no_workflow',
          `The approval policy “${policy.name}” has no workflow for “${request.content.event.name}”. An admin has to create it, then retry.`,
        );
    }
  }

  const adminPeople = await admins(db, organizationId);
  const people = await refreshPeople(context, organizationId, [
    ...workflow.approverIds,
    ...workflow.fallbackApproverIds,
    ...workflow.subscriberIds,
    ...(await slotsOf(db, request.id)).flatMap((slot) => slot.personId ?? []),
    ...(requester ? [requester.id] : []),
    ...adminPeople.map((admin) => admin.id),
  ]);
  const wantsManager =
    workflow.dynamicApproverIds.includes(DYNAMIC_MANAGER_ID) ||
    workflow.dynamicSubscriberIds.includes(DYNAMIC_MANAGER_ID);
  const manager =
    wantsManager && requester
      ? await findManager(context, organizationId, requester)
      : { kind: 'missing' as const, why: 'is unknown: Harness has not confirmed who asked' };
  const content: RequestContent = {
    ...request.content,
    workflow,
    approvalPolicy,
    requester: verified
      ? { personId: requester.id, email: requester.email ?? email!, verified: true }
      : { personId: null, email: told ?? request.content.requester.email, verified: false },
    inputs: inputDefinitions(request, look),
  };
  return { look, content, requester, verified, problem, people, manager, admins: adminPeople };
}

async function settle(context: Context, trx: Trx, request: StoredRequest, gathered: Gathered): Promise<void> {
  const now = context.clock.now();
  const { look, content, manager, people, verified } = gathered;
  const instance = look.gate.kind === 'bound' ? look.gate.instance : null;
  const seenPeople = (ids: readonly number[]) => ids.flatMap((id) => people.get(id)?.person ?? []);
  const exclusion = {
    requesterId: content.requester.personId,
    disallowRequester: request.disallowRequester || instance?.disallowPipelineExecutor === true,
    excludedEmails: [
      ...new Set([
        ...request.excludedEmails,
        ...(instance?.disallowedUserEmails ?? []).map((email) => email.toLowerCase()),
      ]),
    ],
  };
  const resolution = resolveApprovers({
    workflow: content.workflow,
    approvers: seenPeople(content.workflow.approverIds),
    fallbackApprovers: seenPeople(content.workflow.fallbackApproverIds),
    manager,
    requesterVerified: verified,
    exclusion,
  });
  const told = resolveSubscribers({
    workflow: content.workflow,
    subscribers: seenPeople(content.workflow.subscriberIds),
    manager,
    requesterVerified: verified,
    approverIds: new Set(resolution.slots.flatMap((slot) => slot.personId ?? [])),
  });
  const current = await adoptContent(context, trx, request, content);
  const unchanged = request.resolved && current.contentVersion === request.contentVersion;
  const held = request.problem !== null && request.problem.kind !== 'vacant_slot';
  if (unchanged && !gathered.problem && !held && (await wasAsked(trx, request))) {
    // Slots may have been reassigned since, and a decision may wait to be sent: both stand.
    await changeRequest(trx, request.id, { harness: harnessView(request, look) }, now);
    const holders = (await slotsOf(trx, request.id)).flatMap((slot) => slot.personId ?? []);
    await addAddressees(context, trx, request, { ...NOBODY, approverIds: holders });
    await oweAfterwards(context, trx, request, look);
    return;
  }
  const problem = gathered.problem ?? problemOf(resolution.problem, content, resolution.notAsked);
  await replaceSlots(trx, request.organizationId, request.id, resolution.slots);
  await changeRequest(
    trx,
    request.id,
    {
      resolved: true,
      problem,
      notAsked: [...resolution.notAsked, ...told.notTold].map(({ who, why }) => ({ who, why })),
      disallowRequester: exclusion.disallowRequester,
      excludedEmails: exclusion.excludedEmails,
      harness: harnessView(request, look),
    },
    now,
  );
  const nobodyAsked = problem !== null && problem.kind !== 'vacant_slot';
  await addressCards(context, trx, request, {
    approverIds: nobodyAsked ? [] : resolution.slots.flatMap((slot) => slot.personId ?? []),
    subscriberIds: nobodyAsked ? [] : told.people.map((person) => person.id),
    channels: nobodyAsked ? [] : content.workflow.subscriberChannels,
    requesterId: content.requester.personId,
    adminIds: problem ? gathered.admins.map((admin) => admin.id) : [],
  });
  await oweAfterwards(context, trx, request, look);
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'timer' },
    action: 'resolved',
    subjectType: 'approval_request',
    subjectId: request.id,
    detail: {
      slots: resolution.slots.map(({ groupKey, personId, origins }) => ({ groupKey, personId, origins })),
      notAsked: resolution.notAsked,
      problem: problem?.kind ?? null,
      confirmed: instance !== null,
      version: current.contentVersion,
    },
  });
  if (content.workflow.requirement === 'none' && !problem && current.decision === null)
    await decideWithoutVotes(context, trx, request.id, 'APPROVE', 'no_approval_required');
}

/** Whether people were asked, or nobody had to be. */
async function wasAsked(trx: Trx, request: StoredRequest): Promise<boolean> {
  if (request.decision !== null) return true;
  return (await cardsOf(trx, request.id)).some((card) => card.part === 'approver');
}

/** Every card shows it, and Harness is watched from now on. */
async function oweAfterwards(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  look: GateLook,
): Promise<void> {
  const now = context.clock.now();
  const { organizationId, createdAt } = request;
  await oweAllCards(trx, organizationId, request.id, now);
  const runAt = nextCheckAt(context, { createdAt, harness: harnessView(request, look) });
  await owe(trx, { kind: 'check_harness', subjectId: request.id, organizationId, runAt }, now);
}

/** Makes the gathered content the request's own: in place while nobody has seen it, else as a new version. */
async function adoptContent(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  content: RequestContent,
): Promise<StoredRequest> {
  const now = context.clock.now();
  if (sameContent(request.content, content)) return request;
  const hash = context.hash(content);
  if (!request.resolved) return fillVersion(trx, request, content, hash, now);
  const next = await saveNewVersion(
    trx,
    request,
    { ...content, offered: {} },
    hash,
    describeChange(request.content, content),
    now,
  );
  await voidVotes(trx, request.id, 'what Harness confirmed differs from what was shown');
  // A decision about what was shown is none about what is; it was not sent, or this would not run.
  if (request.decision && (await withdrawSubmission(trx, request.id))) {
    await changeRequest(trx, request.id, { status: 'WAITING', decision: null }, now);
    return { ...next, status: 'WAITING', decision: null };
  }
  return next;
}

function problemOf(
  found: 'no_approver' | 'vacant_slot' | null,
  content: RequestContent,
  notAsked: readonly { who: string; why: string }[],
): ApprovalRequest['problem'] {
  if (found) {
    const why = notAsked.map((one) => `${one.who} ${one.why}`).join('; ') || 'no approver is listed';
    return {
      kind: found,
      detail:
        found === 'no_approver'
          ? `Nobody can be asked: ${why}. An admin can reassign or cancel this request.`
          : `One place has nobody: ${why}. An admin can reassign it.`,
    };
  }
  if (content.workflow.requirement !== 'none') return null;
  const missing = missingInputs(content.inputs, offeredValues(content.inputs, content.offered));
  if (missing.length === 0) return null;
  return {
    kind: 'missing_input',
    detail: `No approval is required, so nobody fills in ${missing.join(', ')}. Give the step a default value.`,
  };
}
