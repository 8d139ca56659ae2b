import { type InputValues, offeredValues } from '../../approval/approver-input.ts';
import type { DecisionAction } from '../../approval/request.ts';
import { requestById } from '../../store/approval-requests.ts';
import { pageOfStatuses, type StoredStatus, visibleStatuses } from '../../store/approval-statuses.ts';
import { writeAudit } from '../../store/audit.ts';
import { visibleRequests } from '../../store/list-requests.ts';
import { type Context, commit } from '../context.ts';
import { asManaged, invalid, refused } from '../managing/managed-refusal.ts';
import type { FilterOperator, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { seenBy } from '../requests/seen-by.ts';
import { actorOf } from '../tokens/manage-tokens.ts';
import { type ApprovalStatus, toApprovalStatus } from './approval-status.ts';
import { recordDecision } from './record-decision.ts';

export type { ApprovalStatus, ApprovalStatusState } from './approval-status.ts';

/** What a list of approval statuses can be narrowed by. approval_request_id is text (`apr_…`). */
export const STATUS_FILTERS = {
  id: ['eq', 'not_eq'],
  approver_id: ['eq'],
  actual_approver_id: ['eq'],
  approval_request_id: ['eq'],
  approval_workflow_id: ['eq'],
  status: ['eq', 'not_eq'],
} as const satisfies Record<string, readonly FilterOperator[]>;

export const STATUS_WORDS = ['pending', 'approved', 'rejected', 'vacant', 'closed'] as const;

export const STATUS_SORTS = ['id'] as const;

/** The approver slots of the requests this principal may see, newest first unless sorted otherwise. */
export async function listStatuses(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<ApprovalStatus>>> {
  const { db } = context;
  const { organizationId } = principal;
  const selection = { organizationId, seenBy: await seenBy(db, principal), filters: query.filters };
  const { rows, total } = await pageOfStatuses(db, selection, query.page, query.sort[0]?.descending ?? true);
  return { ok: true, value: { rows: await withRequests(context, organizationId, rows), total } };
}

/** One slot; not_found when there is none, or it is not this principal's to see. */
export async function getStatus(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<ApprovalStatus>> {
  const status = (await loadStatuses(context, principal, [id])).get(id);
  return status ? { ok: true, value: status } : refused({ kind: 'not_found' });
}

/** These slots by id, those not visible left out: for includes. */
export async function loadStatuses(
  context: Context,
  principal: Principal,
  ids: Iterable<number>,
): Promise<Map<number, ApprovalStatus>> {
  const { db } = context;
  const { organizationId } = principal;
  const slots = await visibleStatuses(db, organizationId, await seenBy(db, principal), ids);
  const statuses = await withRequests(context, organizationId, slots);
  return new Map(statuses.map((status) => [status.id, status]));
}

async function withRequests(
  { db }: Context,
  organizationId: number,
  slots: readonly StoredStatus[],
): Promise<ApprovalStatus[]> {
  const ids = slots.map((slot) => slot.requestId);
  const requests = await visibleRequests(db, organizationId, { kind: 'all' }, ids);
  const byId = new Map(requests.map((request) => [request.id, request]));
  return slots.flatMap((slot) => {
    const request = byId.get(slot.requestId);
    return request ? [toApprovalStatus(slot, request)] : [];
  });
}

export interface StatusDecision {
  statusId: number;
  action: DecisionAction;
  /** Required by a rejection. */
  note: string;
  /** Approver inputs; names left out keep what is offered. null = all as offered. */
  inputs: InputValues | null;
  /** The content version that was read (R9); null only while the request never changed. */
  contentVersion: number | null;
}

/**
 * Decides a slot as the principal's own person, by the same ruling as a click (R13). Refused for anybody else's slot,
 * whoever asks (R16); the bootstrap token is nobody and a pipeline's token only opens.
 */
export async function decideStatus(
  context: Context,
  principal: Principal,
  decision: StatusDecision,
): Promise<Managed<ApprovalStatus>> {
  const found = await getStatus(context, principal, decision.statusId);
  if (!found.ok) return found;
  const { requestId, approverId } = found.value;
  const request = await requestById(context.db, requestId);
  if (!request) return refused({ kind: 'not_found' });
  const barred = mayNotDecide(principal, approverId);
  if (barred) {
    await noteRefusal(context, principal, requestId, decision);
    return refused({ kind: 'forbidden', why: barred });
  }
  const shownVersion = decision.contentVersion ?? (request.contentVersion === 1 ? 1 : null);
  if (shownVersion === null)
    return refused(
      invalid({
        field: 'content_version',
        detail: `can't be blank: the request has changed since it was opened. Read it again, then send its content_version`,
      }),
    );
  const { inputs, offered } = request.content;
  const given = decision.inputs ?? {};
  const stranger = Object.keys(given).find((name) => !inputs.some((input) => input.name === name));
  if (stranger !== undefined)
    return refused(
      invalid({ field: 'inputs', detail: `the step declares no input ${stranger.slice(0, 100)}` }),
    );
  const answer = await recordDecision(context, {
    requestId,
    personId: principal.personId,
    action: decision.action,
    values: { ...offeredValues(inputs, offered), ...given },
    comment: decision.note,
    shownVersion,
    via: principal.via,
  });
  if (answer.kind === 'refused') return refused(asManaged(answer.refusal));
  if (answer.kind === 'inputs_wrong')
    return refused(
      invalid(
        ...Object.entries(answer.problems).map(([name, problem]) => ({
          field: 'inputs',
          detail: `${name}: ${problem}`,
        })),
      ),
    );
  return getStatus(context, principal, decision.statusId);
}

function mayNotDecide(principal: Principal, approverId: number | null): string | null {
  if (principal.personId === null)
    return 'This token stands for nobody in particular and cannot decide: use a token of your own.';
  if (principal.role === 'pipeline') return 'A pipeline’s token opens requests and decides none.';
  if (approverId === null) return 'Nobody holds this place; an admin can reassign it.';
  if (approverId !== principal.personId)
    return 'This is another approver’s place: nobody decides for others.';
  return null;
}

/** Every refused decision leaves an audit line; those of the rules are written by the ruling itself. */
function noteRefusal(
  context: Context,
  principal: Principal,
  requestId: string,
  { action, statusId }: StatusDecision,
): Promise<void> {
  return commit(context, (trx) =>
    writeAudit(trx, principal.organizationId, {
      at: context.clock.now(),
      actor: actorOf(principal),
      action: 'refused',
      subjectType: 'approval_request',
      subjectId: requestId,
      detail: { wanted: action, code: 'not_your_slot', statusId, token: principal.tokenId },
    }),
  );
}
