import { type CardLine, strong, text } from '../../approval/card.ts';
import type { Page } from '../../approval/page.ts';
import { calledName } from '../../approval/person.ts';
import { DYNAMIC_MANAGER_ID } from '../../approval/workflow.ts';
import type { WorkflowRecord } from '../../store/approval-workflows.ts';
import { peopleById } from '../../store/people.ts';
import { removedApprovers } from '../approvers/removed-approvers.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import { loadEvents } from './manage-events.ts';
import { loadPolicies } from './manage-policies.ts';

/** What was saved, and what that means for requests that are open. */
export async function savedPage(
  context: Context,
  principal: Principal,
  before: WorkflowRecord | null,
  after: WorkflowRecord,
): Promise<Page> {
  const event = (await loadEvents(context, principal, [after.eventId ?? 0])).get(after.eventId ?? 0);
  const policy = (await loadPolicies(context, principal, [after.approvalPolicyId])).get(
    after.approvalPolicyId,
  );
  const removed = before ? removedApprovers(before, after).personIds : [];
  const people = await peopleById(context.db, [...after.approverIds, ...removed]);
  const name = (id: number) => (people.has(id) ? calledName(people.get(id)!) : `Person ${id}`);
  const isSame = before?.updatedAt === after.updatedAt;
  const notes: CardLine[] = [];
  if (removed.length > 0)
    notes.push([
      text(
        `${removed.map(name).join(', ')} lost any place in open requests at once. Everything else applies to new requests.`,
      ),
    ]);
  else if (before && !isSame) notes.push([text('Open requests stay as they are; this applies to new ones.')]);
  return {
    title: before ? (isSame ? 'Nothing was different' : 'Workflow saved') : 'Workflow created',
    intro: [
      [
        strong(event?.name ?? 'This event'),
        text(` under ${policy?.name ?? 'this policy'}: ${decidersWords(after, name)}`),
      ],
    ],
    picture: null,
    sections: [
      {
        title: null,
        items: [],
        empty: null,
        actions: [
          ...(event
            ? [{ kind: 'command' as const, label: 'Who would be asked?', command: `why ${event.slug}` }]
            : []),
          { kind: 'command', label: 'Edit again', command: `edit ${after.id}` },
        ],
      },
    ],
    notes,
  };
}

function decidersWords(workflow: WorkflowRecord, name: (id: number) => string): string {
  if (workflow.requirement === 'none') return 'no approval is required.';
  const manager = workflow.dynamicApproverIds.includes(DYNAMIC_MANAGER_ID) ? ['the requester’s manager'] : [];
  const names = [...workflow.approverIds.map(name), ...manager];
  const checks = workflow.checksFirst ? ' The machines are checks and come first.' : '';
  return `${workflow.requirement === 'any' ? 'any one of' : 'all of'} ${names.join(', ')}.${checks}`;
}
