import { type ApproverInput, askedInputs, offeredValues } from '../approval/approver-input.ts';
import type { Vote } from '../approval/requirement.ts';
import type { ExecutionApproval } from '../usecases/deciding/execution-approval.ts';

/**
 * A request in the form of one of Harness's approval instances (harness.md §1.3): snake_case on top, camelCase below.
 * Additions of ours: `contentVersion`, which a vote names (R9), and an activity's `link`.
 */
export function approvalBody({ request, needed, votes, people }: ExecutionApproval): Record<string, unknown> {
  const { id, status, createdAt, updatedAt, harness, expiresAt, content, closedReason } = request;
  const offered = offeredValues(content.inputs, content.offered);
  return {
    id,
    type: 'HarnessApproval',
    status,
    deadline: harness.deadline ?? expiresAt,
    created: createdAt,
    updated: updatedAt,
    error_message: closedReason,
    details: {
      approvalMessage: content.message,
      includePipelineExecutionHistory: false,
      approvers: {
        userGroups: [],
        minimumCount: needed,
        disallowPipelineExecutor: request.disallowRequester,
      },
      approvalActivities: votes.map((vote) => activity(vote, people)),
      autoApprovalParams: null,
      approverInputs: askedInputs(content.inputs).map((input) =>
        declaration(input, offered[input.name] ?? ''),
      ),
      validatedApprovalUserGroups: [],
      autoRejectEnabled: harness.autoReject,
      contentVersion: request.contentVersion,
    },
  };
}

function activity(vote: Vote, people: ExecutionApproval['people']): Record<string, unknown> {
  const person = people.get(vote.personId);
  return {
    user: { uuid: String(vote.personId), name: person?.name ?? null, email: person?.email ?? null },
    action: vote.action,
    approverInputs: Object.entries(vote.values).map(([name, value]) => ({ name, value })),
    comments: vote.comment,
    approvedAt: vote.at,
    ...(vote.link && { link: vote.link }),
  };
}

/** An input with the constraints it has. */
function declaration(input: ApproverInput, defaultValue: string): Record<string, unknown> {
  const { name, required, description, regex, allowedValues, selectOneFrom, selectManyFrom } = input;
  const constraints = { description, regex, allowedValues, selectOneFrom, selectManyFrom };
  return {
    name,
    defaultValue,
    ...(required && { required }),
    ...Object.fromEntries(Object.entries(constraints).filter(([, value]) => value !== null)),
  };
}
