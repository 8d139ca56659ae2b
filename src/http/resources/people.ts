import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import {
  activatePerson,
  archivePerson,
  createPerson,
  deactivatePerson,
  getPerson,
  listPeople,
  loadPeople,
  PERSON_LIST,
  type PersonRecord,
  restorePerson,
  updatePerson,
} from '../../usecases/people/manage-people.ts';
import { loadAssignmentsOfPeople } from '../../usecases/workflows/manage-assignments.ts';
import { idInput, textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../json-api/resource.ts';
import { filtersOf, oneOrNone, organizationOf, timeAttribute } from './shared-fields.ts';

const changeInput = z
  .strictObject({
    first_name: textInput(1_000).nullable(),
    last_name: textInput(1_000),
    email: textInput(1_000).nullable(),
    title: textInput(1_000).nullable(),
    manager_id: idInput.nullable(),
    role: textInput(50),
    slack_user_id: textInput(200).nullable(),
    teams_user_id: textInput(200).nullable(),
  })
  .partial();
const createInput = changeInput.meta({ required: ['first_name'] });

const nothing = z.strictObject({});
const text = z.string().nullable();

/** Who asks, approves or is told (contract §1.6, R16, R17). */
export function people(context: Context): AnyResource {
  return resource<PersonRecord>({
    type: 'people',
    description:
      'Somebody who asks, approves or is told. A changed chat account waits in pending_… until it is confirmed from there.',
    id: (row) => row.id,
    attributes: {
      name: { schema: z.string(), read: (row) => row.name },
      first_name: { schema: z.string(), read: (row) => row.firstName },
      last_name: { schema: z.string(), read: (row) => row.lastName },
      email: { schema: text, read: (row) => row.email },
      title: { schema: text, read: (row) => row.title },
      kind: { schema: z.enum(['human', 'machine']), read: (row) => row.kind },
      role: { schema: z.enum(['member', 'admin']), read: (row) => row.role },
      status: { schema: z.enum(['active', 'deactivated']), read: (row) => row.status },
      slack_user_id: { schema: text, read: (row) => row.slackUserId },
      teams_user_id: { schema: text, read: (row) => row.teamsUserId },
      pending_slack_user_id: { schema: text, read: (row) => row.pendingSlackUserId },
      pending_teams_user_id: { schema: text, read: (row) => row.pendingTeamsUserId },
      archived_at: timeAttribute((row) => row.archivedAt),
      created_at: timeAttribute((row) => row.createdAt),
      updated_at: timeAttribute((row) => row.updatedAt),
    },
    relationships: {
      organization: organizationOf((row) => row.organizationId),
      manager: {
        type: 'people',
        many: false,
        attribute: 'manager_id',
        ids: (row) => oneOrNone(row.managerId),
      },
      owner: {
        type: 'people',
        many: false,
        description: 'Who answers for a machine.',
        ids: (row) => oneOrNone(row.ownerId),
      },
      approval_policy_assignment: {
        type: 'approval_policy_assignments',
        many: false,
        ids: () => [],
        async find(principal, rows) {
          const found = await loadAssignmentsOfPeople(
            context,
            principal,
            rows.map((row) => row.id),
          );
          return new Map([...found].map(([personId, { id }]) => [String(personId), [id]]));
        },
      },
    },
    filters: filtersOf(PERSON_LIST.filters, {
      email: 'word',
      approval_policy_id: 'id',
      approval_workflow_id: 'id',
    }),
    sorts: PERSON_LIST.sorts,
    list: (principal, query) => listPeople(context, principal, query),
    get: (principal, id) => getPerson(context, principal, Number(id)),
    async load(principal, ids) {
      return [...(await loadPeople(context, principal, ids.map(Number))).values()];
    },
    create: writes(createInput, (principal, _id, input) =>
      createPerson(context, principal, { ...input, firstName: input.firstName ?? null }),
    ),
    update: writes(changeInput, (principal, id, input) =>
      updatePerson(context, principal, Number(id), input),
    ),
    actions: {
      deactivate: {
        summary: 'Deactivates a person; open requests feel it at once',
        ...writes(nothing, (principal, id) => deactivatePerson(context, principal, Number(id))),
      },
      activate: {
        summary: 'Activates a person again',
        ...writes(nothing, (principal, id) => activatePerson(context, principal, Number(id))),
      },
      archive: {
        summary: 'Archives a person',
        ...writes(nothing, (principal, id) => archivePerson(context, principal, Number(id))),
      },
      restore: {
        summary: 'Restores an archived person',
        ...writes(nothing, (principal, id) => restorePerson(context, principal, Number(id))),
      },
    },
  });
}
