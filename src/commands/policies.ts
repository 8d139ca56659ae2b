import { strong, text } from '../approval/card.ts';
import { listAssignments } from '../usecases/workflows/manage-assignments.ts';
import { listPolicies } from '../usecases/workflows/manage-policies.ts';
import { button, item, page, section, typed, words } from './answers.ts';
import type { Command, CommandCall } from './command.ts';
import { counted, countedWorkflows, namedPage } from './configured-lists.ts';
import { pageNotes, turns } from './paging.ts';

export const policiesCommand: Command = {
  name: 'policies',
  usage: '[page]',
  summary: 'the approval policies, and how many workflows and people each has',
  who: 'admin',
  run: policies,
};

async function policies(call: CommandCall) {
  const found = await namedPage(call, listPolicies);
  if (!found.ok) return found.outcome;
  const { rows, total, number } = found;
  const workflows = await countedWorkflows(call, 'approval_policy_id', rows);
  const items = [];
  for (const { id, name, slug, isDefault } of rows) {
    const count = counted(workflows.get(id) ?? 0, 'workflow');
    const whose = isDefault
      ? 'default, for everybody without another'
      : peopleWords(await assignedTo(call, id));
    const line = [strong(name), text(` · ${slug} · ${count} · ${whose}`)];
    items.push(item(line, [], [button('Workflows', `list policy ${id}`)]));
  }
  return page({
    title: 'Approval policies',
    sections: [
      section(items, {
        empty: 'There are none yet. The seed file and the management API make policies.',
        actions: turns({ number, total }, (to) => `policies ${to}`),
      }),
    ],
    notes: [
      ...pageNotes(number, total, 'policies'),
      words(`Give one to somebody: ${typed('assign @person POLICY')}`),
    ],
  });
}

async function assignedTo({ context, caller }: CommandCall, policyId: number): Promise<number> {
  const filters = [{ field: 'approval_policy_id', op: 'eq' as const, values: [String(policyId)] }];
  const page = { number: 1, size: 1 };
  const found = await listAssignments(context, caller.principal, { filters, sort: [], page });
  return found.ok ? found.value.total : 0;
}

function peopleWords(people: number): string {
  if (people === 0) return 'for nobody yet';
  return people === 1 ? 'for 1 person' : `for ${people} people`;
}
