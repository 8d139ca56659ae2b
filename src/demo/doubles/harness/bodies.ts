import type { ApprovalType, DeclaredInput, Execution, Instance, Voter } from './types.ts';
import type { World } from './world.ts';

/** §1.3: the bare instance of v1, snake_case on top, camelCase in details. */
export function v1Instance(world: World, instance: Instance): unknown {
  const { id, type, status, deadline, created, updated } = instance;
  return {
    id,
    type,
    status,
    deadline,
    created,
    updated,
    error_message: instance.errorMessage,
    details: details(world, instance),
  };
}

/** §2.2: the same instance on the older API; `voter` adds what newer servers say about the caller. */
export function classicInstance(world: World, instance: Instance, voter?: Voter): unknown {
  const { id, type, status, deadline, created, updated, errorMessage } = instance;
  const did = (action: string): boolean =>
    instance.activities.some((each) => each.user.uuid === voter?.uuid && each.action === action);
  const ofCaller =
    voter === undefined || world.options.olderServer
      ? {}
      : { approvedByCurrentUser: did('APPROVE'), rejectedByCurrentUser: did('REJECT') };
  return {
    id,
    type,
    status,
    deadline,
    details: details(world, instance),
    createdAt: created,
    lastModifiedAt: updated,
    errorMessage,
    ...ofCaller,
  };
}

function details(world: World, instance: Instance): unknown {
  if (instance.type !== 'HarnessApproval') return toolDetails(instance.type);
  const { approvers } = instance;
  const { userGroups, serviceAccounts, minimumCount, disallowPipelineExecutor } = approvers;
  const shownApprovers = world.options.olderServer
    ? { userGroups, minimumCount, disallowPipelineExecutor }
    : {
        userGroups,
        serviceAccounts,
        minimumCount,
        disallowPipelineExecutor,
        disallowedUserEmails: approvers.disallowedUserEmails,
      };
  return {
    approvalMessage: instance.approvalMessage,
    includePipelineExecutionHistory: instance.includePipelineExecutionHistory,
    approvers: shownApprovers,
    approvalActivities: instance.activities,
    autoApprovalParams: autoApprovalParams(instance),
    approverInputs: shownInputs(instance),
    validatedApprovalUserGroups: userGroups.map((group) => validatedGroup(world, instance, group)),
    autoRejectEnabled: instance.isAutoRejectEnabled,
  };
}

const CRITERIA = { type: 'Jexl', spec: { expression: '<+approved> == true' } };

/** Approvals by Jira, ServiceNow or a script have other details: no message, approvers or activities. */
function toolDetails(type: Exclude<ApprovalType, 'HarnessApproval'>): unknown {
  const criteria = { approvalCriteria: CRITERIA, rejectionCriteria: CRITERIA };
  if (type === 'JiraApproval')
    return {
      connectorRef: 'account.jira',
      issue: { url: 'https://jira.example.com', key: 'OPS-1' },
      ...criteria,
    };
  if (type === 'ServiceNowApproval')
    return {
      connectorRef: 'account.servicenow',
      ticket: {
        url: 'https://servicenow.example.com',
        ticketNumber: 'CHG0000001',
        ticketType: 'change_request',
      },
      ...criteria,
    };
  return criteria;
}

/** As YAML declares it: a wall clock time and its zone. */
function autoApprovalParams({ autoApproval }: Instance): unknown {
  if (autoApproval === null) return null;
  const [day = '', clock = ''] = new Date(autoApproval.at).toISOString().split('T');
  const hour = Number(clock.slice(0, 2));
  const twelve = String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, '0');
  const time = `${day} ${twelve}:${clock.slice(3, 5)} ${hour < 12 ? 'AM' : 'PM'}`;
  return {
    action: 'APPROVE',
    scheduledDeadline: { time, timeZone: 'UTC' },
    comments: autoApproval.comments,
  };
}

/** After a vote the last voter's values stand where the declaration stood (§1.3). */
function shownInputs(instance: Instance): readonly DeclaredInput[] | unknown[] {
  const last = instance.activities.at(-1);
  if (last === undefined) return instance.declaredInputs;
  return last.approverInputs.map((input) => ({ name: input.name, defaultValue: input.value }));
}

function validatedGroup(world: World, instance: Instance, reference: string): unknown {
  const execution = world.requireExecution(instance.planExecutionId);
  const scope = reference.startsWith('account.')
    ? 'account'
    : reference.startsWith('org.')
      ? 'org'
      : 'project';
  const identifier = reference.replace(/^(account|org)\./, '');
  return {
    accountIdentifier: execution.accountId,
    orgIdentifier: scope === 'account' ? null : execution.orgIdentifier,
    projectIdentifier: scope === 'project' ? execution.projectIdentifier : null,
    identifier,
    name: identifier,
  };
}

/** §2.3: `data` of the execution endpoint. */
export function executionDetail(execution: Execution): unknown {
  const { triggeredBy } = execution;
  return {
    pipelineExecutionSummary: {
      pipelineIdentifier: execution.pipelineIdentifier,
      orgIdentifier: execution.orgIdentifier,
      projectIdentifier: execution.projectIdentifier,
      planExecutionId: execution.planExecutionId,
      name: execution.pipelineName,
      status: execution.status,
      runSequence: execution.runSequence,
      startTs: execution.startTs,
      endTs: execution.endTs,
      executionTriggerInfo:
        triggeredBy === null
          ? null
          : {
              triggerType: triggeredBy.triggerType ?? 'MANUAL',
              triggeredBy: {
                uuid: triggeredBy.uuid,
                identifier: triggeredBy.identifier,
                extraInfo: triggeredBy.email === undefined ? {} : { email: triggeredBy.email },
              },
            },
      failureInfo: failureInfo(execution),
      stagesExecuted: [],
    },
    executionGraph: null,
  };
}

function failureInfo(execution: Execution): unknown {
  if (execution.status === 'ApprovalRejected')
    return { message: 'Approval Step has been Rejected', failureTypeList: ['APPROVAL_REJECTION'] };
  if (execution.status === 'Expired') return { message: '', failureTypeList: ['TIMEOUT'] };
  return null;
}

/** §2.2: one row of the approvals waiting for the caller. */
export function pendingApproval(world: World, instance: Instance): unknown {
  const run = world.requireExecution(instance.planExecutionId);
  return {
    id: instance.id,
    type: instance.type,
    status: instance.status,
    deadline: instance.deadline,
    accountIdentifier: run.accountId,
    orgIdentifier: run.orgIdentifier,
    projectIdentifier: run.projectIdentifier,
    pipelineIdentifier: run.pipelineIdentifier,
    planExecutionId: run.planExecutionId,
    approvalMessage: instance.approvalMessage,
    createdAt: instance.created,
    lastModifiedAt: instance.updated,
    errorMessage: instance.errorMessage,
  };
}
