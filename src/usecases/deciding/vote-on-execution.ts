import { type InputValues, offeredValues } from '../../approval/approver-input.ts';
import { INELIGIBLE_WORDS } from '../../approval/person.ts';
import { type Refusal, refusalSentence } from '../../approval/refusal.ts';
import type { DecisionAction, RequestLink } from '../../approval/request.ts';
import { writeAudit } from '../../store/audit.ts';
import { requestsOfExecution } from '../../store/execution-requests.ts';
import type { ListedRequest } from '../../store/list-requests.ts';
import { personById } from '../../store/people.ts';
import { changesSince } from '../../store/request-versions.ts';
import { slotsOf } from '../../store/slots.ts';
import { votesOf } from '../../store/votes.ts';
import { type Context, commit } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import { actorOf } from '../tokens/principal-rights.ts';
import {
  type ExecutionApproval,
  type ExecutionKey,
  isOfOtherAccount,
  readExecutionApproval,
} from './execution-approval.ts';
import { recordDecision } from './record-decision.ts';

/** A vote from outside: by run, not by request. */
export interface ExecutionVote {
  key: ExecutionKey;
  action: DecisionAction;
  /** In the order given; a name twice is no answer. null = all as offered. */
  inputs: readonly { name: string; value: string }[] | null;
  /** Where the step declares none they are passed over, as Harness does with the documented curl. */
  inputsAreIgnorable: boolean;
  comment: string;
  /** What it rests on: a test run, a build. */
  link: RequestLink | null;
  /** The content version that was read (R9); null only while the request never changed. */
  contentVersion: number | null;
}

/** Why a vote was not taken. */
export type VoteRefusal =
  | { kind: 'unknown_execution' }
  | { kind: 'other_account' }
  | { kind: 'none_waiting' }
  | { kind: 'several_waiting' }
  | { kind: 'not_an_approver'; isMachine: boolean }
  | { kind: 'requester' }
  | { kind: 'excluded'; email: string | null }
  | { kind: 'voted_already' }
  | { kind: 'unknown_inputs' }
  | { kind: 'inputs_wrong'; problems: Readonly<Record<string, string>> }
  /** What changed since the version that was read, or since the first. */
  | { kind: 'changed'; what: readonly string[] }
  | { kind: 'ruled'; sentence: string };

export type VoteAnswer =
  | { kind: 'taken'; approval: ExecutionApproval }
  | { kind: 'refused'; refusal: VoteRefusal };

/** How many requests of one run are looked through for an earlier vote. */
const MOST_LOOKED_AT = 20;

/**
 * Votes on the one request of a run that waits, by the same ruling as a click (R9, R11, R13, R16). The same vote again
 * is no second one and no refusal, also once it decided; another one after it may take an approval back (R15).
 * Refused with the reason; nothing is guessed where several wait.
 */
export async function voteOnExecution(
  context: Context,
  principal: Principal,
  vote: ExecutionVote,
): Promise<VoteAnswer> {
  const { db } = context;
  const { organizationId } = principal;
  if (await isOfOtherAccount(context, principal, vote.key)) return refused({ kind: 'other_account' });
  const waiting = await requestsOfExecution(db, organizationId, vote.key, { status: 'WAITING', limit: 2 });
  const [request, another] = waiting;
  if (another) return refuseAudited(context, principal, another, vote, { kind: 'several_waiting' });
  if (mayNotVote(principal)) return turnAway(context, principal, vote, request);
  if (!request) return voteOnDecided(context, principal, vote);
  if (request.problem?.kind === 'ambiguous_instance')
    return refuseAudited(context, principal, request, vote, { kind: 'several_waiting' });
  const own = await ownVote(context, principal, request);
  if (own === vote.action) return taken(context, request);
  return cast(context, principal, vote, request);
}

function mayNotVote({ role, personId }: Principal): boolean {
  return role === 'pipeline' || personId === null;
}

/** A pipeline's token only opens, and the bootstrap token is nobody in particular. */
async function turnAway(
  context: Context,
  principal: Principal,
  vote: ExecutionVote,
  request: ListedRequest | undefined,
): Promise<VoteAnswer> {
  const refusal: VoteRefusal = { kind: 'not_an_approver', isMachine: true };
  return request ? refuseAudited(context, principal, request, vote, refusal) : refused(refusal);
}

/** Nothing waits: it is the same vote again, or takes an approval back that was not sent, or comes too late. */
async function voteOnDecided(
  context: Context,
  principal: Principal,
  vote: ExecutionVote,
): Promise<VoteAnswer> {
  const narrowed = { status: null, limit: MOST_LOOKED_AT };
  const requests = await requestsOfExecution(context.db, principal.organizationId, vote.key, narrowed);
  for (const request of requests) {
    const own = await ownVote(context, principal, request);
    if (own === vote.action) return taken(context, request);
    if (own !== null) return cast(context, principal, vote, request);
  }
  if (requests.length > 0) return refused({ kind: 'none_waiting' });
  const anyCallback = { ...vote.key, callbackId: null };
  const known = await requestsOfExecution(context.db, principal.organizationId, anyCallback, narrowed);
  return refused({ kind: known.length > 0 ? 'none_waiting' : 'unknown_execution' });
}

/** The action of this principal's vote on the present version, as far as it counts. */
async function ownVote(
  { db }: Context,
  { personId }: Principal,
  request: ListedRequest,
): Promise<DecisionAction | null> {
  const own = (await votesOf(db, request.id)).findLast(
    (vote) =>
      vote.personId === personId &&
      vote.contentVersion === request.contentVersion &&
      vote.voidBecause === null,
  );
  return own?.action ?? null;
}

async function cast(
  context: Context,
  principal: Principal,
  vote: ExecutionVote,
  request: ListedRequest,
): Promise<VoteAnswer> {
  // Nobody has a place yet, so the rules would say that this one never will.
  if (!request.resolved)
    return refuseAudited(context, principal, request, vote, {
      kind: 'ruled',
      sentence: refusalSentence({ code: 'not_ready' }),
    });
  // What it asks for, and what changed, is for those who may decide it; the others are refused by the rules.
  const isAsked = await holdsPlace(context, principal, request);
  const shownVersion = vote.contentVersion ?? (request.contentVersion === 1 ? 1 : null);
  if (shownVersion === null && isAsked) {
    const what = await changesSince(context.db, request.id, 1);
    return refuseAudited(context, principal, request, vote, { kind: 'changed', what: what.slice(0, 5) });
  }
  const values = vote.action === 'APPROVE' && isAsked ? valuesOf(request, vote) : {};
  if (values === null) return refuseAudited(context, principal, request, vote, { kind: 'unknown_inputs' });
  const answer = await recordDecision(context, {
    requestId: request.id,
    personId: principal.personId,
    action: vote.action,
    values,
    comment: vote.comment,
    ...(vote.link && { link: vote.link }),
    shownVersion: shownVersion ?? 0,
    via: principal.via,
  });
  if (answer.kind === 'accepted') return taken(context, request);
  if (answer.kind === 'inputs_wrong')
    return refuseAudited(context, principal, request, vote, {
      kind: 'inputs_wrong',
      problems: answer.problems,
    });
  return afterRefusal(context, principal, vote, request, answer.refusal);
}

async function holdsPlace({ db }: Context, { personId }: Principal, { id }: ListedRequest): Promise<boolean> {
  return (await slotsOf(db, id)).some((slot) => slot.personId === personId);
}

/** What was sent over what is offered; null where a name is not declared, or comes twice. */
function valuesOf(
  { content }: ListedRequest,
  { inputs, inputsAreIgnorable }: ExecutionVote,
): InputValues | null {
  if (content.inputs.length === 0 && inputsAreIgnorable) return {};
  const offered = offeredValues(content.inputs, content.offered);
  const names = (inputs ?? []).map(({ name }) => name);
  const declared = names.every((name) => content.inputs.some((input) => input.name === name));
  if (!declared || new Set(names).size < names.length) return null;
  const given = (inputs ?? []).filter(({ name }) => Object.hasOwn(offered, name));
  return { ...offered, ...Object.fromEntries(given.map(({ name, value }) => [name, value])) };
}

/** Of several that came at once one was ruled on first: the others are the same vote again. */
async function afterRefusal(
  context: Context,
  principal: Principal,
  vote: ExecutionVote,
  before: ListedRequest,
  refusal: Refusal,
): Promise<VoteAnswer> {
  const request = await again(context, before);
  const own = await ownVote(context, principal, request);
  if (own === vote.action) return taken(context, request);
  switch (refusal.code) {
    case 'already_voted':
    case 'already_sent':
      return refused({ kind: 'voted_already' });
    case 'already_closed':
      return refused({ kind: own === null ? 'none_waiting' : 'voted_already' });
    case 'not_an_approver':
    case 'not_eligible':
      return refused(await ineligibility(context, principal, refusal));
    case 'changed':
      return refused({ kind: 'changed', what: refusal.what });
    default:
      return refused({ kind: 'ruled', sentence: refusalSentence(refusal) });
  }
}

async function ineligibility(
  { db }: Context,
  { personId }: Principal,
  refusal: Extract<Refusal, { code: 'not_an_approver' | 'not_eligible' }>,
): Promise<VoteRefusal> {
  const person = personId === null ? null : await personById(db, personId);
  if (refusal.code === 'not_an_approver')
    return { kind: 'not_an_approver', isMachine: person?.kind === 'machine' };
  if (refusal.why === INELIGIBLE_WORDS.requester) return { kind: 'requester' };
  if (refusal.why === INELIGIBLE_WORDS.excluded) return { kind: 'excluded', email: person?.email ?? null };
  return { kind: 'ruled', sentence: refusalSentence(refusal) };
}

async function again(
  { db }: Context,
  { id, organizationId, content }: ListedRequest,
): Promise<ListedRequest> {
  const { account, org, project, planExecutionId, callbackId } = content.execution;
  const key = { account, org, project, planExecutionId, callbackId };
  const found = await requestsOfExecution(db, organizationId, key, { status: null, limit: MOST_LOOKED_AT });
  return found.find((one) => one.id === id)!;
}

async function taken(context: Context, request: ListedRequest): Promise<VoteAnswer> {
  return { kind: 'taken', approval: await readExecutionApproval(context, await again(context, request)) };
}

function refused(refusal: VoteRefusal): VoteAnswer {
  return { kind: 'refused', refusal };
}

/** Refusals of the rules are audited where they rule; these never come so far. */
async function refuseAudited(
  context: Context,
  principal: Principal,
  request: ListedRequest,
  { action }: ExecutionVote,
  refusal: VoteRefusal,
): Promise<VoteAnswer> {
  await commit(context, (trx) =>
    writeAudit(trx, principal.organizationId, {
      at: context.clock.now(),
      actor: actorOf(principal),
      action: 'refused',
      subjectType: 'approval_request',
      subjectId: request.id,
      detail: { wanted: action, code: refusal.kind, token: principal.tokenId },
    }),
  );
  return refused(refusal);
}
