import { z } from 'zod';
import { APPROVAL_REQUIREMENT_IDS } from '../../approval/workflow.ts';
import type { Context } from '../../usecases/context.ts';
import {
  addWorkflowPeople,
  createWorkflow,
  deleteWorkflow,
  getWorkflow,
  listWorkflows,
  loadWorkflows,
  removeWorkflowPeople,
  replaceWorkflowPeople,
  updateWorkflow,
  WORKFLOW_LIST,
  type WorkflowPart,
  type WorkflowRecord,
} from '../../usecases/workflows/manage-workflows.ts';
import { choiceInput, choiceListInput, idInput, idListInput } from '../json-api/input-fields.ts';
import { type AnyResource, type RelationshipEndpoint, resource, writes } from '../json-api/resource.ts';
import { filtersOf, oneOrNone, organizationOf } from './shared-fields.ts';

const channel = z.strictObject({
  platform: z.enum(['slack', 'teams']),
  channel_id: z.string().min(1).max(200),
  tenant: z.string().min(1).max(64).optional().meta({
    description: 'The Slack workspace or Teams tenant it is in; left out, the one it had stays.',
  }),
});

const attributes = {
  event_id: idInput.nullable(),
  approval_policy_id: idInput.nullable(),
  approval_requirement_id: choiceInput.nullable(),
  target_type_id: choiceInput,
  approver_ids: idListInput,
  subscriber_ids: idListInput,
  dynamic_approver_ids: choiceListInput,
  dynamic_subscriber_ids: choiceListInput,
  fallback_approver_ids: idListInput,
  subscriber_channels: z
    .array(channel)
    .max(50)
    .transform((channels) =>
      channels.map(({ platform, channel_id, tenant }) => ({
        ...{ platform, channelId: channel_id },
        ...(tenant !== undefined && { tenant }),
      })),
    ),
  disallow_requester: z.boolean(),
  checks_first: z.boolean(),
  expiry_action: z.enum(['expire', 'reject']),
};
const changeInput = z.strictObject(attributes).partial();
/** What is missing is told by the use case, with whatever else is wrong: required here is for the documents. */
const createInput = changeInput.meta({
  required: ['event_id', 'approval_policy_id', 'approval_requirement_id'],
});

/** The seed's resource; members of ours show only where they are set, or when fields[…] names them. */
export function approvalWorkflows(context: Context): AnyResource {
  const change = (part: WorkflowPart): RelationshipEndpoint<WorkflowRecord> => ({
    change(principal, id, { op, ids }) {
      const act = { replace: replaceWorkflowPeople, add: addWorkflowPeople, remove: removeWorkflowPeople }[
        op
      ];
      return act(context, principal, Number(id), part, ids.map(Number));
    },
  });
  return resource<WorkflowRecord>({
    type: 'approval_workflows',
    description:
      'Who must approve an event under a policy, and who is told. Requirement: 1 none, 2 any of the listed, 3 all listed. Dynamic approvers and subscribers: 1 the manager of whoever asks.',
    id: (row) => row.id,
    attributes: {
      approval_requirement_id: {
        schema: z.int().meta({ description: '1 none, 2 any of the listed, 3 all listed' }),
        read: (row) => APPROVAL_REQUIREMENT_IDS[row.requirement],
      },
      target_type_id: {
        schema: z.int().meta({ description: '1 event, 2 time, 3 expense' }),
        read: (row) => row.targetTypeId,
      },
      dynamic_approver_ids: { schema: z.array(z.int()), read: (row) => row.dynamicApproverIds },
      dynamic_subscriber_ids: { schema: z.array(z.int()), read: (row) => row.dynamicSubscriberIds },
      disallow_requester: {
        schema: z.boolean().meta({ description: 'An addition: shown when true.' }),
        read: (row) => row.disallowRequester,
        hidden: (row) => !row.disallowRequester,
      },
      checks_first: {
        schema: z.boolean().meta({
          description:
            'An addition: shown when true. Each machine among the approvers is a check that must pass before people are asked.',
        }),
        read: (row) => row.checksFirst,
        hidden: (row) => !row.checksFirst,
      },
      expiry_action: {
        schema: z.enum(['expire', 'reject']).meta({ description: 'An addition: shown when reject.' }),
        read: (row) => row.expiryAction,
        hidden: (row) => row.expiryAction === 'expire',
      },
      subscriber_channels: {
        schema: z.array(channel).meta({ description: 'An addition: shown when there are any.' }),
        read: (row) =>
          row.subscriberChannels.map(({ platform, channelId, tenant }) => ({
            ...{ platform, channel_id: channelId },
            ...(tenant !== undefined && { tenant }),
          })),
        hidden: (row) => row.subscriberChannels.length === 0,
      },
    },
    relationships: {
      organization: organizationOf((row) => row.organizationId),
      event: {
        type: 'events',
        many: false,
        attribute: 'event_id',
        ids: (row) => oneOrNone(row.eventId),
      },
      approval_policy: {
        type: 'approval_policies',
        many: false,
        attribute: 'approval_policy_id',
        ids: (row) => [row.approvalPolicyId],
      },
      approvers: {
        type: 'people',
        many: true,
        attribute: 'approver_ids',
        ids: (row) => row.approverIds,
        endpoint: change('approvers'),
      },
      subscribers: {
        type: 'people',
        many: true,
        attribute: 'subscriber_ids',
        ids: (row) => row.subscriberIds,
        endpoint: change('subscribers'),
      },
      fallback_approvers: {
        type: 'people',
        many: true,
        description: 'An addition: who is asked where nobody else can be (R7).',
        attribute: 'fallback_approver_ids',
        ids: (row) => row.fallbackApproverIds,
        hidden: (row) => row.fallbackApproverIds.length === 0,
      },
    },
    filters: filtersOf(WORKFLOW_LIST.filters),
    sorts: WORKFLOW_LIST.sorts,
    aliases: {
      dynamic_approvers_ids: 'dynamic_approver_ids',
      dynamic_subscribers_ids: 'dynamic_subscriber_ids',
    },
    list: (principal, query) => listWorkflows(context, principal, query),
    get: (principal, id) => getWorkflow(context, principal, Number(id)),
    async load(principal, ids) {
      return [...(await loadWorkflows(context, principal, ids.map(Number))).values()];
    },
    create: writes(createInput, (principal, _id, input) =>
      createWorkflow(context, principal, {
        ...input,
        eventId: input.eventId ?? null,
        approvalPolicyId: input.approvalPolicyId ?? null,
        approvalRequirementId: input.approvalRequirementId ?? null,
      }),
    ),
    update: writes(changeInput, (principal, id, input) =>
      updateWorkflow(context, principal, Number(id), input),
    ),
    remove: (principal, id) => deleteWorkflow(context, principal, Number(id)),
  });
}
