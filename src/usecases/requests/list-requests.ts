import { pageOfRequests, visibleRequests } from '../../store/list-requests.ts';
import type { Context } from '../context.ts';
import { refused } from '../managing/managed-refusal.ts';
import type { FilterOperator, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { type RequestRecord, toRecords } from './request-record.ts';
import { seenBy } from './seen-by.ts';

export type { ApprovalStatus } from '../deciding/approval-status.ts';
export type { CardRecord, DecisionRecord, RequestRecord, SubmissionRecord } from './request-record.ts';

/** What a list of requests can be narrowed by. created_at: ISO 8601; status: Harness's words, in any case. */
export const REQUEST_FILTERS = {
  id: ['eq', 'not_eq'],
  status: ['eq', 'not_eq'],
  event_id: ['eq', 'not_eq'],
  approver_id: ['eq'],
  requester_id: ['eq'],
  execution_id: ['eq'],
  created_at: ['gt', 'gt_eq', 'lt', 'lt_eq'],
} as const satisfies Record<string, readonly FilterOperator[]>;

/** Both are the order in which requests were opened. */
export const REQUEST_SORTS = ['id', 'created_at'] as const;

/** The requests this principal may see, newest first unless sorted otherwise (R26). */
export async function listRequests(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<RequestRecord>>> {
  const { db } = context;
  const { rows, total } = await pageOfRequests(
    db,
    {
      organizationId: principal.organizationId,
      seenBy: await seenBy(db, principal),
      filters: query.filters,
    },
    query.page,
    query.sort[0]?.descending ?? true,
  );
  return { ok: true, value: { rows: await toRecords(db, rows), total } };
}

/** One request by its `apr_…` id; not_found when there is none, or it is not this principal's to see. */
export async function getRequest(
  context: Context,
  principal: Principal,
  id: string,
): Promise<Managed<RequestRecord>> {
  const record = (await loadRequests(context, principal, [id])).get(id);
  return record ? { ok: true, value: record } : refused({ kind: 'not_found' });
}

/** These requests by id, those not visible left out: for includes. */
export async function loadRequests(
  context: Context,
  principal: Principal,
  ids: Iterable<string>,
): Promise<Map<string, RequestRecord>> {
  const { db } = context;
  const found = await visibleRequests(db, principal.organizationId, await seenBy(db, principal), ids);
  return new Map((await toRecords(db, found)).map((record) => [record.id, record]));
}
