import { missingInputs, offeredValues } from '../../approval/approver-input.ts';
import {
  type NewSlot,
  type Resolution,
  resolveApprovers,
  resolveSubscribers,
  type Slot,
} from '../../approval/approvers.ts';
import { type Exclusion, ineligible } from '../../approval/person.ts';
import { type ApprovalRequest, FINAL_STATUSES, type RequestContent } from '../../approval/request.ts';
import { changeRequest, type StoredRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { fillVersion, saveNewVersion } from '../../store/request-versions.ts';
import { replaceSlots, slotsOf } from '../../store/slots.ts';
import { submissionOf } from '../../store/submissions.ts';
import { voidVotes } from '../../store/votes.ts';
import { type Addressees, addressCards } from '../cards/address-cards.ts';
import type { Context } from '../context.ts';
import { reviewDecision } from '../deciding/review-decision.ts';
import { nextCheckAt } from '../gates/check-harness.ts';
import { goneChoice, takeBackChoice } from '../gates/choose-gate.ts';
import { closeSettledInHarness } from '../gates/close-settled.ts';
import { harnessView, sameContent } from '../gates/harness-facts.ts';
import { describeChange } from '../opening/amend-request.ts';
import { among } from './concerned-people.ts';
import type { Gathered } from './gather-approvers.ts';
import { inTurn } from './in-turn.ts';

/**
 * Makes what was gathered the request's own, in the transaction that holds its lock: content, places, stricter
 * rules of the gate, cards. May run many times; whatever it changes after people saw the cards is a new content
 * version. A decision that was not sent and no longer stands is taken back and people are asked again (R4, R13).
 */
export async function settleApprovers(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  gathered: Gathered,
): Promise<void> {
  const now = context.clock.now();
  const gone = goneChoice(request, gathered.look);
  const submission = await submissionOf(trx, request.id);
  // Whoever tells Harness takes the choice back itself.
  if (gone && submission) return;
  if (gone) return takeBackChoice(context, trx, request, gone);
  const harness = harnessView(request, gathered.look);
  const isOver = harness.status !== null && FINAL_STATUSES.includes(harness.status);
  if (submission && (submission.posts > 0 || isOver)) {
    // What was decided is on its way, or too late. Whoever tells Harness also says what came of it.
    const untold = { ...harness, status: request.harness.status };
    await changeRequest(trx, request.id, { harness: untold }, now);
    return oweAfterwards(context, trx, request, untold);
  }
  if (isOver) return closeSettledInHarness(context, trx, request, harness);

  const exclusion = stricter(request, gathered);
  const resolution = resolvePlaces(request, gathered, exclusion);
  const told = resolveSubscribers({
    workflow: gathered.content.workflow,
    subscribers: among(gathered, gathered.content.workflow.subscriberIds),
    manager: gathered.manager,
    requesterVerified: gathered.verified,
    approverIds: new Set(resolution.slots.flatMap((slot) => slot.personId ?? [])),
  });
  const before = await slotsOf(trx, request.id);
  const problem = gathered.hold ?? problemOf(resolution, gathered.content);
  const held = problem !== null && problem.kind !== 'vacant_slot';
  const addressees: Addressees = {
    approverIds: held ? [] : resolution.slots.flatMap((slot) => slot.personId ?? []),
    subscriberIds: held ? [] : told.people.map((person) => person.id),
    channels: held ? [] : gathered.content.workflow.subscriberChannels,
    requesterId: gathered.content.requester.personId,
    adminIds: problem ? gathered.admins.map((admin) => admin.id) : [],
  };
  const asked = () => inTurn(trx, request.id, resolution.slots, addressees);
  const settled = {
    resolved: true,
    problem,
    notAsked: [...resolution.notAsked, ...told.notTold].map(({ who, why }) => ({ who, why })),
    disallowRequester: exclusion.disallowRequester,
    excludedEmails: exclusion.excludedEmails,
    revoked: revokedWith(request, gathered, exclusion),
    harness,
  };
  const asBefore = sameContent(request.content, gathered.content) && sameSlots(before, resolution.slots);
  // R1: only Harness's own summary proves which pipeline runs.
  const proven = gathered.look.summary !== null;
  if (asBefore && saysNothingNew(request, settled)) {
    // Looked at again, and nobody said anything new.
    await addressCards(context, trx, request, await asked(), { oweNew: true });
    return reviewDecision(context, trx, request, { held, proven, changed: false });
  }
  const current = await adoptContent(context, trx, request, gathered.content);
  if (!sameSlots(before, resolution.slots))
    await replaceSlots(trx, request.organizationId, request.id, before, resolution.slots);
  await changeRequest(trx, request.id, settled, now);
  await addressCards(context, trx, current, await asked());
  await oweAfterwards(context, trx, current, harness);
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
      confirmed: harness.confirmed,
      version: current.contentVersion,
    },
  });
  const changed = current.contentHash !== request.contentHash;
  await reviewDecision(context, trx, current, { held, proven, changed });
}

/** The gate's own rules only ever add to ours (R4). */
function stricter(
  request: StoredRequest,
  { look, content }: Gathered,
): Exclusion & { excludedEmails: string[] } {
  const instance = look.gate.kind === 'bound' ? look.gate.instance : null;
  const disallowed = (instance?.disallowedUserEmails ?? []).map((email) => email.toLowerCase());
  return {
    requesterId: content.requester.personId,
    requesterEmail: content.requester.email || null,
    disallowRequester:
      request.disallowRequester ||
      content.workflow.disallowRequester ||
      instance?.disallowPipelineExecutor === true,
    excludedEmails: [...new Set([...request.excludedEmails, ...disallowed])],
  };
}

/** Whom Harness shuts out stays out, under whatever e-mail address they come back (R17). */
function revokedWith(request: StoredRequest, { people }: Gathered, exclusion: Exclusion): number[] {
  const shutOut = [...people.values()].filter(({ person }) => ineligible(person, exclusion) === 'excluded');
  return [...new Set([...request.revoked, ...shutOut.map(({ person }) => person.id)])];
}

function resolvePlaces(request: StoredRequest, gathered: Gathered, exclusion: Exclusion): Resolution {
  const { workflow } = gathered.content;
  const given: Parameters<typeof resolveApprovers>[0] = {
    workflow,
    approvers: among(gathered, workflow.approverIds),
    fallbackApprovers: among(gathered, workflow.fallbackApproverIds),
    manager: gathered.manager,
    requesterVerified: gathered.verified,
    exclusion,
    revoked: new Set(request.revoked),
    reassigned: request.reassigned.flatMap(({ to, ...place }) => {
      const person = gathered.people.get(to)?.person;
      return person ? [{ ...place, to: person }] : [];
    }),
  };
  const asked = resolveApprovers(given);
  const { openers } = gathered;
  const others = asked.slots.some(({ personId }) => personId !== null && !openers.has(personId));
  // Where others can decide, whoever opened it is refused when they try; else the place must not wait for them (R7, R16).
  return workflow.requirement === 'any' && !workflow.checksFirst && others
    ? asked
    : resolveApprovers({ ...given, openers });
}

/** Makes the gathered content the request's own: in place while nobody has seen it, else as a new version. */
async function adoptContent(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  content: RequestContent,
): Promise<StoredRequest> {
  if (sameContent(request.content, content)) return request;
  const now = context.clock.now();
  const hash = context.hash(content);
  if (!request.resolved) return fillVersion(trx, request, content, hash, now);
  const fresh = { ...content, offered: {} };
  const changed = describeChange(request.content, fresh);
  await voidVotes(trx, request.id, 'what Harness confirmed differs from what was shown');
  return saveNewVersion(trx, request, fresh, context.hash(fresh), changed, now);
}

/** When it was last looked at is no news. */
function saysNothingNew(
  request: StoredRequest,
  settled: Pick<
    StoredRequest,
    'resolved' | 'problem' | 'notAsked' | 'disallowRequester' | 'excludedEmails' | 'revoked' | 'harness'
  >,
): boolean {
  const essence = ({ harness, ...given }: typeof settled) => [
    ...[given.resolved, given.problem, given.notAsked, given.disallowRequester],
    ...[given.excludedEmails, given.revoked, { ...harness, lookedAt: 0, skewMs: 0 }],
  ];
  return JSON.stringify(essence(request)) === JSON.stringify(essence(settled));
}

function sameSlots(before: readonly Slot[], after: readonly NewSlot[]): boolean {
  const words = (slots: readonly NewSlot[]) =>
    slots
      .map(({ groupKey, personId, origins, vacantBecause }) =>
        JSON.stringify([groupKey, personId, origins, vacantBecause]),
      )
      .sort()
      .join('\n');
  return words(before) === words(after);
}

function problemOf(resolution: Resolution, content: RequestContent): ApprovalRequest['problem'] {
  const why = resolution.notAsked.map((one) => `${one.who} ${one.why}`).join('; ') || 'no approver is listed';
  if (resolution.problem === 'no_approver')
    return {
      kind: 'no_approver',
      detail: `Nobody can be asked: ${why}. An admin can reassign or cancel this request.`,
    };
  if (resolution.problem === 'vacant_slot')
    return { kind: 'vacant_slot', detail: `One place has nobody: ${why}. An admin can reassign it.` };
  if (content.workflow.requirement !== 'none') return null;
  const missing = missingInputs(content.inputs, offeredValues(content.inputs, content.offered));
  if (missing.length === 0) return null;
  return {
    kind: 'missing_input',
    detail: `No approval is required, so nobody fills in ${missing.join(', ')}. Give the step a default value.`,
  };
}

/** Every card shows it, and Harness is watched from now on. */
async function oweAfterwards(
  context: Context,
  trx: Trx,
  request: StoredRequest,
  harness: StoredRequest['harness'],
): Promise<void> {
  const now = context.clock.now();
  const { organizationId, createdAt } = request;
  await oweAllCards(trx, organizationId, request.id, now);
  const runAt = nextCheckAt(context, { createdAt, harness });
  await owe(trx, { kind: 'check_harness', subjectId: request.id, organizationId, runAt }, now);
}
