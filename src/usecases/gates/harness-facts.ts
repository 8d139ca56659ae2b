import type { ApproverInput } from '../../approval/approver-input.ts';
import { isWaitingGate, OUR_TYPE } from '../../approval/binding.ts';
import { clip } from '../../approval/plain-text.ts';
import type { GateCandidate, HarnessView, RequestContent, RequestStatus } from '../../approval/request.ts';
import { type HarnessInstance, isSuperseded } from '../../approval/submission.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import type { ExecutionSummary } from '../harness-ports.ts';
import type { GateLook } from './harness-gate.ts';

/** What the look at Harness says of the gate and the run, in the request's own terms. Gaps keep what was known. */
export function harnessView(request: StoredRequest, look: GateLook): HarnessView {
  const before = request.harness;
  const instance = look.gate.kind === 'bound' ? look.gate.instance : null;
  const { summary } = look;
  return {
    ...before,
    confirmed: before.confirmed || (instance !== null && summary !== null),
    instanceId: instance?.id ?? before.instanceId,
    candidates: look.gate.kind === 'ambiguous' ? candidatesOf(look.gate.candidates, look.skewMs) : [],
    chosen:
      before.chosen && instance?.status === 'WAITING' ? { ...before.chosen, seen: true } : before.chosen,
    gate: gateWords(before.gate, instance, look.run),
    alsoWaitsFor: look.run ? otherKinds(look.run) : before.alsoWaitsFor,
    lookedAt: instance ? look.at : (before.lookedAt ?? null),
    status: instance?.status ?? before.status,
    deadline: instance?.deadline ?? before.deadline,
    skewMs: instance ? look.skewMs : before.skewMs,
    decidedBy: instance ? deciderOf(instance) : before.decidedBy,
    decidedHow: instance ? decidedHow(instance) : before.decidedHow,
    triggeredBy: summary ? summary.triggeredBy.name || summary.triggeredBy.email : before.triggeredBy,
    pipelineName: summary?.pipelineName ?? before.pipelineName,
    runSequence: summary?.runSequence ?? before.runSequence,
    othersMayDecide: instance ? othersOf(instance) : before.othersMayDecide,
    autoReject: instance?.autoRejectEnabled ?? before.autoReject,
  };
}

/** Who decided a gate that no longer waits, as Harness names them. */
export function deciderOf(instance: HarnessInstance): string | null {
  if (instance.status !== 'APPROVED' && instance.status !== 'REJECTED') return null;
  const last = instance.activities.at(-1);
  return last ? last.user.name || last.user.email : null;
}

/** How a gate was decided where no person did it (R19); null otherwise. */
export function decidedHow(instance: HarnessInstance): HarnessView['decidedHow'] {
  const { status, activities } = instance;
  const last = activities.at(-1);
  if (isSuperseded(instance)) return 'superseded';
  const isTimer = last?.user.name === 'Harness' && last.user.email.toLowerCase() === 'harness';
  return status === 'APPROVED' && isTimer ? 'auto_approval' : null;
}

const MOST_CANDIDATES = 50;
const MESSAGE_LENGTH = 200;

/** Gates among which an admin chooses, the one that came up first in front. */
export function candidatesOf(instances: readonly HarnessInstance[], skewMs: number): GateCandidate[] {
  return inOrder(instances)
    .slice(0, MOST_CANDIDATES)
    .map(({ id, approvalMessage, createdAt, deadline }) => ({
      id,
      message: clip(approvalMessage.trim(), MESSAGE_LENGTH),
      waitingSince: createdAt - skewMs,
      deadline: deadline === null ? null : deadline - skewMs,
    }));
}

function inOrder(instances: readonly HarnessInstance[]): HarnessInstance[] {
  return instances.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/** Which of the gates that wait side by side it is; others that are decided since do not renumber it. */
function gateWords(
  before: HarnessView['gate'],
  instance: HarnessInstance | null,
  run: readonly HarnessInstance[] | null,
): HarnessView['gate'] {
  if (!instance || !run) return before;
  const beside = inOrder(run.filter((one) => one.id === instance.id || isWaitingGate(one)));
  if (before && before.of >= beside.length) return before;
  const place = beside.findIndex((one) => one.id === instance.id) + 1;
  return place === 0
    ? before
    : { message: clip(instance.approvalMessage.trim(), MESSAGE_LENGTH), place, of: beside.length };
}

const MOST_KINDS = 5;

function otherKinds(run: readonly HarnessInstance[]): string[] {
  const waiting = run.filter(({ type, status }) => type !== OUR_TYPE && status === 'WAITING');
  return [...new Set(waiting.map(({ type }) => type))].sort().slice(0, MOST_KINDS);
}

/** R23: user groups, and service accounts beyond one, can decide past the bot. */
function othersOf(instance: HarnessInstance): string | null {
  const groups = instance.userGroups.map((group) => `group ${group}`);
  const accounts =
    instance.serviceAccounts.length > 1 ? [`${instance.serviceAccounts.length} service accounts`] : [];
  const others = [...groups, ...accounts];
  return others.length > 0 ? others.slice(0, 5).join(', ') : null;
}

/**
 * Harness's input definitions win over the webhook's (semantics.md, tables). Once the gate holds an activity,
 * Harness returns its values as defaults, so the defaults known before are kept.
 */
export function inputDefinitions(request: StoredRequest, look: GateLook): readonly ApproverInput[] {
  if (look.gate.kind !== 'bound') return request.content.inputs;
  const { instance } = look.gate;
  const known = new Map(request.content.inputs.map((input) => [input.name, input]));
  if (instance.activities.length > 0 && instance.inputs.length === 0) return request.content.inputs;
  return instance.inputs.map((input) => {
    const before = known.get(input.name);
    if (instance.activities.length === 0) return input;
    return before ?? { ...input, defaultValue: '' };
  });
}

/** The e-mail Harness gives for who started the run, lower case; null for cron, artifact and unknown triggers. */
export function triggeredByEmail(summary: ExecutionSummary | null): string | null {
  return summary?.triggeredBy.email?.toLowerCase() || null;
}

/** R5: only a run somebody started by hand has a requester; a Git sender's or a schedule's address proves nothing. */
export function isPersonsTrigger(summary: ExecutionSummary | null): boolean {
  return summary?.triggeredBy.triggerType === 'MANUAL';
}

/** True when both say the same as far as what is approved goes. */
export function sameContent(left: RequestContent, right: RequestContent): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** What the end of a whole run means for a gate nobody saw again (harness.md §2.3). */
export function runOutcome(executionStatus: string): Exclude<RequestStatus, 'WAITING' | 'APPROVED'> {
  switch (executionStatus) {
    case 'ApprovalRejected':
      return 'REJECTED';
    case 'Expired':
      return 'EXPIRED';
    case 'Failed':
    case 'Errored':
      return 'FAILED';
    default:
      return 'ABORTED';
  }
}
