import { pageOfAudit } from '../../store/audit.ts';
import type { Context } from '../context.ts';
import { refused } from '../managing/managed-refusal.ts';
import type { FilterOperator, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';

/** One line of the audit. `at` is epoch ms. */
export interface AuditEvent {
  id: number;
  organizationId: number;
  at: number;
  /** null = the product itself, the bootstrap token, or somebody unknown. */
  personId: number | null;
  /** slack, teams, api, cli, webhook, harness, timer. */
  via: string;
  /** A verb in the past: opened, voted, refused, decided, created, changed, revoked … */
  action: string;
  subjectType: string;
  subjectId: string;
  /** For a change of configuration: before and after. */
  detail: Readonly<Record<string, unknown>>;
}

/** What the audit can be narrowed by. at: ISO 8601. */
export const AUDIT_FILTERS = {
  id: ['eq'],
  at: ['gt', 'gt_eq', 'lt', 'lt_eq'],
  action: ['eq', 'not_eq'],
  subject_type: ['eq'],
  subject_id: ['eq'],
  person_id: ['eq'],
  via: ['eq'],
} as const satisfies Record<string, readonly FilterOperator[]>;

/** Both are the order in which lines were written. */
export const AUDIT_SORTS = ['id', 'at'] as const;

/** The audit, newest first unless sorted otherwise; admins only, else forbidden. Lines are only ever added. */
export async function listAudit(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<AuditEvent>>> {
  if (principal.role !== 'admin')
    return refused({ kind: 'forbidden', why: 'Only an admin of Countersign can read the audit.' });
  const { rows, total } = await pageOfAudit(
    context.db,
    principal.organizationId,
    query.filters,
    query.page,
    query.sort[0]?.descending ?? true,
  );
  return {
    ok: true,
    value: {
      rows: rows.map(({ actor, ...line }) => ({ ...line, personId: actor.personId, via: actor.via })),
      total,
    },
  };
}
