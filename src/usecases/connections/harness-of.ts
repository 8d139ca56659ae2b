import type { StoredRequest } from '../../store/approval-requests.ts';
import type { Context } from '../context.ts';
import type { ApprovalApi } from '../harness-ports.ts';

/** Harness as this request reaches it: by the connection of its organization to its account. */
export function harnessOf(
  { harness }: Pick<Context, 'harness'>,
  { organizationId, content }: Pick<StoredRequest, 'organizationId' | 'content'>,
): ApprovalApi {
  return harness.apiFor({ organizationId, account: content.execution.account });
}
