import type { Person } from '../../approval/person.ts';
import { type ApprovalPolicy, policiesFor } from '../../store/approval-policies.ts';
import type { Reader } from '../../store/database.ts';

/** Which rule led to an approval policy (R6). */
export type PolicyRule = 'assignment' | 'token' | 'default';

/**
 * R6: the requester's assignment, else the policy the token was permitted to choose, else the default. null = there
 * is no default. For a requester nobody confirmed give null and no permitted choice: the default alone (R5).
 */
export async function choosePolicy(
  db: Reader,
  organizationId: number,
  by: { requester: Pick<Person, 'id'> | null; permitted: ApprovalPolicy | null },
): Promise<{ policy: ApprovalPolicy; rule: PolicyRule } | null> {
  const { assigned, usual } = await policiesFor(db, organizationId, by.requester?.id ?? null);
  if (assigned) return { policy: assigned, rule: 'assignment' };
  if (by.permitted) return { policy: by.permitted, rule: 'token' };
  return usual && { policy: usual, rule: 'default' };
}
