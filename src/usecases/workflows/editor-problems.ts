import type { EditorField, EditorProblems } from '../../approval/workflow-editor.ts';
import { policiesById } from '../../store/approval-policies.ts';
import { type WorkflowRecord, workflowIdOf } from '../../store/approval-workflows.ts';
import type { Reader } from '../../store/database.ts';
import { eventsById } from '../../store/events.ts';
import { peopleById } from '../../store/people.ts';
import { isChannel } from '../cards/subscriber-channels.ts';
import type { FieldProblem } from '../managing/managing.ts';
import { missingPeople } from '../people/existing-people.ts';
import type { WorkflowDraft } from './manage-workflows.ts';

interface Refused {
  organizationId: number;
  before: WorkflowRecord | null;
  draft: WorkflowDraft;
}

/** The API's problems at the form's fields, in words for whoever fills it in. One sentence per field, the first. */
export async function editorProblems(
  db: Reader,
  refused: Refused,
  problems: readonly FieldProblem[],
): Promise<EditorProblems> {
  const at: Partial<Record<EditorField, string>> = {};
  for (const problem of problems) {
    const [field, sentence] = await place(db, refused, problem);
    at[field] ??= sentence;
  }
  return at;
}

const PEOPLE: Readonly<
  Record<string, readonly [EditorField, 'approverIds' | 'fallbackApproverIds' | 'subscriberIds']>
> = {
  approver_ids: ['approvers', 'approverIds'],
  fallback_approver_ids: ['fallbackApprovers', 'fallbackApproverIds'],
  subscriber_ids: ['subscribers', 'subscriberIds'],
};

async function place(
  db: Reader,
  refused: Refused,
  { field, detail }: FieldProblem,
): Promise<[EditorField, string]> {
  const { draft } = refused;
  switch (field) {
    case 'event':
      if (draft.eventId === null) return ['eventId', 'Choose the event that is to be approved.'];
      return ['eventId', (await takenSentence(db, refused)) ?? `This event ${detail}: choose another.`];
    case 'approval_policy':
      if (draft.approvalPolicyId === null) return ['policyId', 'Choose an approval policy.'];
      return ['policyId', `This approval policy ${detail}: choose another.`];
    case 'approval_requirement_id':
      return ['requirementId', 'Choose how many of the approvers must approve.'];
    case 'checks_first':
      return ['checksFirst', checksSentence(draft, detail)];
    case 'subscriber_channels':
      return ['channels', channelsSentence(draft, detail)];
  }
  const list = PEOPLE[field];
  if (!list) return ['requirementId', `${field} ${detail}`];
  const ids = draft[list[1]] ?? [];
  if (field === 'approver_ids' && ids.length + (draft.dynamicApproverIds?.length ?? 0) === 0)
    return ['approvers', 'Name at least one approver, or let the requester’s manager approve.'];
  const gone = await missingPeople(db, refused.organizationId, ids);
  if (gone.length === 0) return [list[0], `The list ${detail}.`];
  const people = await peopleById(db, gone);
  const names = gone.map((id) => people.get(id)?.name ?? `person ${id}`).join(', ');
  return [
    list[0],
    gone.length === 1
      ? `${names} is deactivated and cannot be listed: take them out, with the management API if they are not shown here.`
      : `${names} are deactivated and cannot be listed: take them out, with the management API if they are not shown here.`,
  ];
}

function checksSentence({ approvalRequirementId }: WorkflowDraft, detail: string): string {
  if (approvalRequirementId === 1)
    return 'Where no approval is needed there is nothing to wait for: untick this.';
  return `This ${detail}. Save without it, add the machine with approvers add "NAME" ID, then tick this.`;
}

function channelsSentence({ subscriberChannels = [] }: WorkflowDraft, detail: string): string {
  const wrong = subscriberChannels.find((channel) => channel.platform === 'teams' && !isChannel(channel));
  if (!wrong) return `The channels ${detail}.`;
  const shown = wrong.channelId.length > 60 ? `${wrong.channelId.slice(0, 60)}…` : wrong.channelId;
  return `“${shown}” is not the link of a Teams channel. Copy it in Teams: More options › Get link to channel.`;
}

/** R6: there is one workflow per policy and event already, and this is where. */
async function takenSentence(db: Reader, { organizationId, before, draft }: Refused): Promise<string | null> {
  const { eventId, approvalPolicyId, targetTypeId = 1 } = draft;
  if (eventId === null || approvalPolicyId === null) return null;
  const other = await workflowIdOf(db, organizationId, { eventId, approvalPolicyId, targetTypeId });
  if (other === null || other === before?.id) return null;
  const event = (await eventsById(db, organizationId, [eventId])).get(eventId);
  const policy = (await policiesById(db, organizationId, [approvalPolicyId])).get(approvalPolicyId);
  return `There is already a workflow for ${event?.name ?? 'this event'} under ${policy?.name ?? 'this policy'}: edit ${other} instead.`;
}
