import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import { loadOrganization, type Organization } from '../../usecases/organizations/manage-organization.ts';
import { type AnyResource, resource } from '../json-api/resource.ts';

/** Can be included, never addressed. */
export function organizations(context: Context): AnyResource {
  return resource<Organization>({
    type: 'organizations',
    description: 'One tenant: its people, policies, events and chats.',
    id: (one) => one.id,
    attributes: { name: { schema: z.string(), read: (one) => one.name } },
    relationships: {},
    filters: {},
    sorts: [],
    async load(principal, ids) {
      const own = await loadOrganization(context, principal);
      return own && ids.includes(String(own.id)) ? [own] : [];
    },
  });
}
