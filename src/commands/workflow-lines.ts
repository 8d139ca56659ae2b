import { type CardLine, type CardSpan, strong, text } from '../approval/card.ts';
import { DYNAMIC_MANAGER_ID } from '../approval/workflow.ts';
import { personSpans } from '../usecases/people/person-spans.ts';
import { loadEvents } from '../usecases/workflows/manage-events.ts';
import { loadPolicies } from '../usecases/workflows/manage-policies.ts';
import type { WorkflowRecord } from '../usecases/workflows/manage-workflows.ts';
import type { CommandCall } from './command.ts';

/** How many people a line names; the others are counted. */
const NAMED_IN_LINE = 10;

/** What a workflow's parts are called. */
export interface WorkflowWords {
  event: string;
  /** What `why` and `list` understand; null where there is no such event any more. */
  eventSlug: string | null;
  policy: string;
  /** “#14 Deploy to production · Standard · any of: @alice, @bob, manager”. */
  line: CardLine;
}

/** The words for these workflows, by id, with people as the caller's platform shows them. */
export async function workflowWords(
  { context, caller }: CommandCall,
  workflows: readonly WorkflowRecord[],
): Promise<Map<number, WorkflowWords>> {
  const { principal, account } = caller;
  const events = await loadEvents(
    context,
    principal,
    workflows.flatMap(({ eventId }) => eventId ?? []),
  );
  const policies = await loadPolicies(
    context,
    principal,
    workflows.map(({ approvalPolicyId }) => approvalPolicyId),
  );
  const named = workflows.flatMap(({ approverIds }) => approverIds.slice(0, NAMED_IN_LINE));
  const spans = await personSpans(context, account.platform, named);
  return new Map(
    workflows.map((workflow) => {
      const event = workflow.eventId === null ? undefined : events.get(workflow.eventId);
      const policy = policies.get(workflow.approvalPolicyId);
      const eventName = event ? withState(event) : 'no event';
      const policyName = policy ? withState(policy) : `policy ${workflow.approvalPolicyId}`;
      const line = [
        strong(`#${workflow.id} ${eventName}`),
        text(` · ${policyName} · `),
        ...requirementSpans(workflow, spans),
      ];
      const eventSlug = event?.archivedAt === null ? event.slug : null;
      return [workflow.id, { event: eventName, eventSlug, policy: policyName, line }];
    }),
  );
}

/** Who approves, in words: “all of: @alice, manager”. */
export function requirementSpans(
  workflow: WorkflowRecord,
  spans: ReadonlyMap<number, CardSpan>,
  max = NAMED_IN_LINE,
): CardSpan[] {
  const { requirement, approverIds, dynamicApproverIds } = workflow;
  if (requirement === 'none') return [text('no approval needed')];
  const names = nameSpans(approverIds, spans, max);
  const manager = dynamicApproverIds.includes(DYNAMIC_MANAGER_ID)
    ? [text(names.length > 0 ? ', manager' : 'manager')]
    : [];
  return [text(`${requirement} of: `), ...names, ...manager];
}

/** People by name with commas between; beyond `max` they are counted. */
export function nameSpans(
  personIds: readonly number[],
  spans: ReadonlyMap<number, CardSpan>,
  max = NAMED_IN_LINE,
): CardSpan[] {
  const names = personIds
    .slice(0, max)
    .flatMap((id, nth) => [...(nth > 0 ? [text(', ')] : []), spans.get(id) ?? text(`person ${id}`)]);
  const more = personIds.length - max;
  return more > 0 ? [...names, text(` and ${more} more`)] : names;
}

function withState({ name, archivedAt }: { name: string; archivedAt: number | null }): string {
  return archivedAt === null ? name : `${name} (archived)`;
}
