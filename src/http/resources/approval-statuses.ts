import { z } from 'zod';
import type { DecisionAction } from '../../approval/request.ts';
import type { Context } from '../../usecases/context.ts';
import {
  type ApprovalStatus,
  decideStatus,
  getStatus,
  listStatuses,
  loadStatuses,
  STATUS_FILTERS,
  STATUS_SORTS,
} from '../../usecases/deciding/decide-status.ts';
import { choiceInput, textInput } from '../json-api/input-fields.ts';
import { type Action, type AnyResource, resource, writes } from '../json-api/resource.ts';
import { evidence, filtersBy, oneOrNone, timeAttribute } from './shared-fields.ts';

const voteInput = z
  .strictObject({
    note: textInput(10_000).nullable(),
    inputs: z
      .record(z.string().max(200), z.string().max(10_000))
      .meta({ description: 'Approver inputs by name; those left out keep what is offered.' }),
    content_version: choiceInput.meta({
      description: 'The version that was read; may be left out while the request never changed (R9).',
    }),
  })
  .partial();

/** One approver's place in a request (contract §1.7); deciding here is the same as a click on a card. */
export function approvalStatuses(context: Context): AnyResource {
  const decides = (action: DecisionAction, summary: string): Action<ApprovalStatus> => ({
    summary,
    ...writes(voteInput, (principal, id, { note, inputs, contentVersion }) =>
      decideStatus(context, principal, {
        statusId: Number(id),
        action,
        note: note ?? '',
        inputs: inputs ?? null,
        contentVersion: contentVersion ?? null,
      }),
    ),
  });
  return resource<ApprovalStatus>({
    type: 'approval_statuses',
    description:
      'One approver’s place in a request. Places with the same approver_group_key form one requirement: one approval in the group fulfils it.',
    id: (row) => row.id,
    attributes: {
      status: {
        schema: z.enum(['pending', 'approved', 'rejected', 'vacant', 'closed']),
        read: (row) => row.status,
      },
      approved_at: timeAttribute((row) => row.approvedAt),
      rejected_at: timeAttribute((row) => row.rejectedAt),
      note: { schema: z.string().nullable(), read: (row) => row.note },
      link: {
        schema: evidence
          .nullable()
          .meta({ description: 'An addition: what the vote rests on, where it named one.' }),
        read: (row) => row.link,
        hidden: (row) => row.link === null,
      },
      target_type: { schema: z.literal('approval_request'), read: () => 'approval_request' },
      approver_group_key: { schema: z.string(), read: (row) => row.approverGroupKey },
      dynamic_approver_type_id: {
        schema: z.int().nullable().meta({ description: '1 Manager' }),
        read: (row) => row.dynamicApproverTypeId,
      },
      origins: { schema: z.array(z.string()), read: (row) => row.origins },
      vacant_because: { schema: z.string().nullable(), read: (row) => row.vacantBecause },
      content_version: {
        schema: z.int().nullable().meta({ description: 'The version the vote saw.' }),
        read: (row) => row.contentVersion,
      },
      request_status: { schema: z.string(), read: (row) => row.requestStatus },
    },
    relationships: {
      approver: { type: 'people', many: false, ids: (row) => oneOrNone(row.approverId) },
      actual_approver: { type: 'people', many: false, ids: (row) => oneOrNone(row.actualApproverId) },
      approval_workflow: { type: 'approval_workflows', many: false, ids: (row) => [row.approvalWorkflowId] },
      event: { type: 'events', many: false, ids: (row) => [row.eventId] },
      approval_request: { type: 'approval_requests', many: false, ids: (row) => [row.requestId] },
    },
    filters: filtersBy(STATUS_FILTERS, {
      id: 'id',
      approver_id: 'id',
      actual_approver_id: 'id',
      approval_request_id: 'word',
      approval_workflow_id: 'id',
      status: 'word',
    }),
    sorts: STATUS_SORTS,
    list: (principal, query) => listStatuses(context, principal, query),
    get: (principal, id) => getStatus(context, principal, Number(id)),
    async load(principal, ids) {
      return [...(await loadStatuses(context, principal, ids.map(Number))).values()];
    },
    actions: {
      approve: decides('APPROVE', 'Approves, as the person the token stands for'),
      reject: decides('REJECT', 'Rejects, as the person the token stands for; needs a note'),
    },
  });
}
