import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import { cancelRequestAs, reassignAs, retrySubmissionAs } from '../../usecases/deciding/act-on-request.ts';
import {
  getRequest,
  listRequests,
  loadRequests,
  REQUEST_FILTERS,
  REQUEST_SORTS,
  type RequestRecord,
} from '../../usecases/requests/list-requests.ts';
import { idInput, textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../json-api/resource.ts';
import { approvalRequestAttributes } from './approval-request-attributes.ts';
import { filtersBy, oneOrNone, organizationOf } from './shared-fields.ts';

const REQUEST_ID = /^apr_[A-Za-z0-9_-]{1,64}$/;

/** Opened by webhooks alone; here it is read, cancelled, sent again and given to other approvers. */
export function approvalRequests(context: Context): AnyResource {
  return resource<RequestRecord>({
    type: 'approval_requests',
    description: 'One ask, opened by a webhook and bound to one gate of one pipeline run.',
    id: ({ request }) => request.id,
    idForm: REQUEST_ID,
    attributes: approvalRequestAttributes,
    relationships: {
      organization: organizationOf(({ request }) => request.organizationId),
      event: { type: 'events', many: false, ids: ({ request }) => [request.content.event.id] },
      approval_policy: {
        type: 'approval_policies',
        many: false,
        ids: ({ request }) => [request.content.approvalPolicy.id],
      },
      workflow: {
        type: 'approval_workflows',
        many: false,
        description: 'The workflow it was opened under, as it is now; gone when it was deleted since.',
        ids: ({ request }) => [request.content.workflow.id],
      },
      requester: {
        type: 'people',
        many: false,
        ids: ({ request }) => oneOrNone(request.content.requester.personId),
      },
      approval_statuses: {
        type: 'approval_statuses',
        many: true,
        ids: ({ statuses }) => statuses.map(({ id }) => id),
        rows: ({ statuses }) => statuses,
      },
      decisions: {
        type: 'decisions',
        many: true,
        ids: ({ decisions }) => decisions.map(({ id }) => id),
        rows: ({ decisions }) => decisions,
      },
    },
    filters: filtersBy(REQUEST_FILTERS, {
      id: 'word',
      status: 'word',
      event_id: 'id',
      approver_id: 'id',
      requester_id: 'id',
      execution_id: 'word',
      created_at: 'time',
    }),
    sorts: REQUEST_SORTS,
    list: (principal, query) => listRequests(context, principal, query),
    get: (principal, id) => getRequest(context, principal, id),
    async load(principal, ids) {
      return [...(await loadRequests(context, principal, ids)).values()];
    },
    actions: {
      cancel: {
        summary: 'Closes a request here; Harness is not told',
        ...writes(z.strictObject({ note: textInput(1_000) }).partial(), (principal, id, { note = '' }) =>
          cancelRequestAs(context, principal, id, note),
        ),
      },
      retry_submission: {
        summary: 'Tries once more to tell Harness',
        ...writes(z.strictObject({}), (principal, id) => retrySubmissionAs(context, principal, id)),
      },
      reassign: {
        summary: 'Gives an approver’s place, or a vacant one, to somebody else',
        ...writes(
          z.strictObject({
            from_person_id: idInput
              .nullable()
              .optional()
              .meta({ description: 'Whose place it is; null or left out for a vacant one.' }),
            to_person_id: idInput,
          }),
          (principal, id, { fromPersonId = null, toPersonId }) =>
            reassignAs(context, principal, id, { fromPersonId, toPersonId }),
        ),
      },
    },
  });
}
