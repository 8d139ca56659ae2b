import { text } from '../approval/card.ts';
import type { Person } from '../approval/person.ts';
import { machineNamed, personSpans } from '../usecases/people/person-spans.ts';
import {
  addWorkflowPeople,
  removeWorkflowPeople,
  type WorkflowPart,
  type WorkflowRecord,
} from '../usecases/workflows/manage-workflows.ts';
import { button, item, page, section, typed, words, wrong } from './answers.ts';
import { isWord, numberOf } from './arguments.ts';
import type { Argument, Command, CommandCall, CommandOutcome } from './command.ts';
import { findWorkflow } from './find-workflow.ts';
import { notAPerson, peopleOfMentions, sortedArguments } from './mentioned-people.ts';
import { refusedFor } from './refusal-words.ts';
import { nameSpans, workflowWords } from './workflow-lines.ts';

const SUMMARIES = {
  approvers: { add: 'ask these people too, from now on', remove: 'ask these people no more, at once' },
  subscribers: { add: 'tell these people too', remove: 'tell these people no more' },
} as const;

export const approversAddCommand = peopleCommand('approvers', 'add');
export const approversRemoveCommand = peopleCommand('approvers', 'remove');
export const subscribersAddCommand = peopleCommand('subscribers', 'add');
export const subscribersRemoveCommand = peopleCommand('subscribers', 'remove');

function peopleCommand(part: WorkflowPart, verb: 'add' | 'remove'): Command {
  return {
    name: `${part} ${verb}`,
    usage: part === 'approvers' ? '@person… "MACHINE"… ID' : '@person… ID',
    summary: SUMMARIES[part][verb],
    who: 'admin',
    run: (call) => change(call, part, verb),
  };
}

async function change(
  call: CommandCall,
  part: WorkflowPart,
  verb: 'add' | 'remove',
): Promise<CommandOutcome> {
  const { context, caller } = call;
  const { mentions, rest } = sortedArguments(call.args);
  const numbers = rest.filter((arg) => numberOf(arg) !== null);
  const machines: Person[] = [];
  for (const arg of rest) {
    if (numberOf(arg) !== null || isWord(arg, 'to', 'from', 'of', 'workflow')) continue;
    const machine = arg.kind === 'word' ? await machineNamed(context, caller.principal, arg.text) : null;
    if (!machine) return wrong(strayWords(arg, numberOf(numbers[0])));
    machines.push(machine);
  }
  if (machines.length > 0 && part === 'subscribers' && verb === 'add')
    return wrong(`“${machines[0]!.name}” is a machine and reads no cards. Nothing was changed.`);
  if (mentions.length + machines.length === 0) return wrong('Whom? Mention at least one person.');
  if (numbers.length > 1) return wrong('One workflow at a time: give one number.');
  const found = await findWorkflow(call, numbers[0]);
  if (!found.ok) return found.outcome;
  const leaving = verb === 'remove';
  const { people: mentioned, problem } = await peopleOfMentions(call, mentions, { leaving });
  const people = [...mentioned, ...machines];
  if (problem) return wrong(`${problem} Nothing was changed.`);

  const before = found.workflow;
  const save = leaving ? removeWorkflowPeople : addWorkflowPeople;
  const ids = people.map(({ id }) => id);
  const saved = await save(context, caller.principal, before.id, part, ids);
  if (!saved.ok) return refusedFor(saved.refusal, GONE);
  return changedPage(call, { part, verb, people, before, after: saved.value });
}

const GONE = 'The workflow, or somebody you named, is no longer there. Nothing was changed.';

function strayWords(arg: Argument, workflowId: number | null): string {
  const form = typed(`edit ${workflowId ?? 'ID'}`);
  if (isWord(arg, 'manager')) return `Whether the manager counts is set in the form: ${form}`;
  if (arg.kind === 'channel') return `Channels are set in the form: ${form}`;
  return notAPerson(arg);
}

async function changedPage(
  call: CommandCall,
  changed: {
    part: WorkflowPart;
    verb: 'add' | 'remove';
    people: readonly Person[];
    before: WorkflowRecord;
    after: WorkflowRecord;
  },
): Promise<CommandOutcome> {
  const { part, verb, people, before, after } = changed;
  const member = part === 'approvers' ? 'approverIds' : 'subscriberIds';
  const wasThere = new Set(before[member]);
  const isThere = new Set(after[member]);
  const ids = people.map(({ id }) => id);
  const moved = ids.filter((id) => wasThere.has(id) !== isThere.has(id));
  const left = ids.filter((id) => wasThere.has(id) === isThere.has(id));
  const spans = await personSpans(call.context, call.caller.account.platform, ids);
  const { line, event } = (await workflowWords(call, [after])).get(after.id)!;
  const said = verb === 'add' ? ['Added: ', 'There already: '] : ['Removed: ', 'Not there anyway: '];
  const items = [moved, left].flatMap((some, nth) =>
    some.length > 0 ? [item([text(said[nth]!), ...nameSpans(some, spans, 50)])] : [],
  );
  const when = verb === 'add' ? 'It counts for new requests.' : 'Requests that are open lose them at once.';
  return page({
    title: `${part === 'approvers' ? 'Approvers' : 'Subscribers'} of #${after.id} ${event}`,
    intro: [line],
    sections: [section(items, { actions: [button('Show', `show ${after.id}`)] })],
    notes: part === 'approvers' && moved.length > 0 ? [words(when)] : [],
  });
}
