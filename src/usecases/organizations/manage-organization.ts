import { type Organization, organizationById } from '../../store/organizations.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';

export type { Organization };

/** The principal's own organization, for includes. */
export function loadOrganization(context: Context, principal: Principal): Promise<Organization | null> {
  return organizationById(context.db, principal.organizationId);
}
