import type { RequestStatus } from '../approval/request.ts';
import { toRequest } from './approval-requests.ts';
import type { Reader } from './database.ts';
import type { ListedRequest } from './list-requests.ts';

/** A run in Harness as somebody outside names it; what is null may be anything. */
export interface ExecutionKey {
  account: string | null;
  org: string;
  project: string;
  planExecutionId: string;
  callbackId: string | null;
}

/** The statement behind `requestsOfExecution`: an organization's requests of one run, by index. */
export function executionRequests(
  db: Reader,
  organizationId: number,
  key: ExecutionKey,
  { status, limit }: { status: RequestStatus | null; limit: number },
) {
  let query = db
    .selectFrom('approval_requests')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('execution_id', '=', key.planExecutionId)
    .where('org', '=', key.org)
    .where('project', '=', key.project);
  if (key.account !== null) query = query.where('account', '=', key.account);
  if (key.callbackId !== null) query = query.where('callback_id', '=', key.callbackId);
  if (status !== null) query = query.where('status', '=', status);
  return query.orderBy('number', 'desc').limit(limit);
}

/** At most `limit` of an organization's requests of one run, the newest first. */
export async function requestsOfExecution(
  db: Reader,
  organizationId: number,
  key: ExecutionKey,
  narrowed: { status: RequestStatus | null; limit: number },
): Promise<ListedRequest[]> {
  const rows = await executionRequests(db, organizationId, key, narrowed).execute();
  return rows.map((row) => ({ ...toRequest(row), updatedAt: row.updated_at }));
}
