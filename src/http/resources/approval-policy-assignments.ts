import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import {
  ASSIGNMENT_LIST,
  type AssignmentRecord,
  createAssignment,
  deleteAssignment,
  getAssignment,
  listAssignments,
  loadAssignments,
  updateAssignment,
} from '../../usecases/workflows/manage-assignments.ts';
import { idInput, textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../json-api/resource.ts';
import { filtersOf, organizationOf } from './shared-fields.ts';

const changeInput = z
  .strictObject({
    approval_policy_id: idInput.nullable(),
    person_id: idInput.nullable(),
    target_type: textInput(50),
  })
  .partial();
const createInput = changeInput.meta({ required: ['approval_policy_id', 'person_id'] });

/** Which policy somebody has (contract §1.4). */
export function approvalPolicyAssignments(context: Context): AnyResource {
  return resource<AssignmentRecord>({
    type: 'approval_policy_assignments',
    description: 'Gives a person another policy than the default. Everybody has at most one.',
    id: (row) => row.id,
    attributes: {
      target_type: { schema: z.literal('person'), read: (row) => row.targetType },
    },
    relationships: {
      organization: organizationOf((row) => row.organizationId),
      person: { type: 'people', many: false, attribute: 'person_id', ids: (row) => [row.personId] },
      approval_policy: {
        type: 'approval_policies',
        many: false,
        attribute: 'approval_policy_id',
        ids: (row) => [row.approvalPolicyId],
      },
    },
    filters: filtersOf(ASSIGNMENT_LIST.filters),
    sorts: ASSIGNMENT_LIST.sorts,
    list: (principal, query) => listAssignments(context, principal, query),
    get: (principal, id) => getAssignment(context, principal, Number(id)),
    async load(principal, ids) {
      return [...(await loadAssignments(context, principal, ids.map(Number))).values()];
    },
    create: writes(createInput, (principal, _id, input) =>
      createAssignment(context, principal, {
        ...input,
        approvalPolicyId: input.approvalPolicyId ?? null,
        personId: input.personId ?? null,
      }),
    ),
    update: writes(changeInput, (principal, id, input) =>
      updateAssignment(context, principal, Number(id), input),
    ),
    remove: (principal, id) => deleteAssignment(context, principal, Number(id)),
  });
}
