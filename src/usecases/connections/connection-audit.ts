import { writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import type { Principal } from '../managing/managing.ts';
import { actorOf } from '../tokens/principal-rights.ts';

/** One line about a connection to Harness; never its key. */
export function auditConnection(
  trx: Trx,
  principal: Principal,
  action: string,
  { id, name }: { id: number; name: string },
  detail: Record<string, unknown>,
  now: number,
): Promise<void> {
  return writeAudit(trx, principal.organizationId, {
    at: now,
    actor: actorOf(principal),
    action,
    subjectType: 'harness_connection',
    subjectId: String(id),
    detail: { name, ...detail, token: principal.tokenId },
  });
}
