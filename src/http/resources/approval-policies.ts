import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import {
  archivePolicy,
  createPolicy,
  getPolicy,
  listPolicies,
  loadPolicies,
  POLICY_LIST,
  type PolicyRecord,
  restorePolicy,
  updatePolicy,
} from '../../usecases/workflows/manage-policies.ts';
import { choiceInput, textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../json-api/resource.ts';
import { filtersOf, organizationOf, timeAttribute } from './shared-fields.ts';

const changeInput = z
  .strictObject({
    name: textInput(1_000).nullable(),
    description: textInput(10_000).nullable(),
    type_id: choiceInput,
    default: z.boolean(),
    slug: textInput(200),
  })
  .partial();
const createInput = changeInput.meta({ required: ['name'] });

/** A named set of workflows (contract §1.3). */
export function approvalPolicies(context: Context): AnyResource {
  return resource<PolicyRecord>({
    type: 'approval_policies',
    description: 'A named set of approval workflows. One is the default; people may be assigned another.',
    id: (row) => row.id,
    attributes: {
      archived_at: timeAttribute((row) => row.archivedAt),
      custom: { schema: z.boolean(), read: (row) => row.custom },
      default: { schema: z.boolean(), read: (row) => row.isDefault },
      description: { schema: z.string().nullable(), read: (row) => row.description },
      name: { schema: z.string(), read: (row) => row.name },
      type_id: {
        schema: z.int().meta({ description: '1 event, 2 budget, 3 deal' }),
        read: (row) => row.typeId,
      },
      slug: { schema: z.string(), read: (row) => row.slug },
    },
    relationships: { organization: organizationOf((row) => row.organizationId) },
    filters: filtersOf(POLICY_LIST.filters),
    sorts: POLICY_LIST.sorts,
    list: (principal, query) => listPolicies(context, principal, query),
    get: (principal, id) => getPolicy(context, principal, Number(id)),
    async load(principal, ids) {
      return [...(await loadPolicies(context, principal, ids.map(Number))).values()];
    },
    create: writes(createInput, (principal, _id, { default: isDefault, ...input }) =>
      createPolicy(context, principal, {
        ...input,
        name: input.name ?? null,
        ...(isDefault !== undefined && { isDefault }),
      }),
    ),
    update: writes(changeInput, (principal, id, { default: isDefault, ...input }) =>
      updatePolicy(context, principal, Number(id), {
        ...input,
        ...(isDefault !== undefined && { isDefault }),
      }),
    ),
    actions: {
      archive: {
        summary: 'Archives a policy',
        ...writes(z.strictObject({}), (principal, id) => archivePolicy(context, principal, Number(id))),
      },
      restore: {
        summary: 'Restores an archived policy',
        ...writes(z.strictObject({}), (principal, id) => restorePolicy(context, principal, Number(id))),
      },
    },
  });
}
