import { type CardSpan, strong, text } from '../approval/card.ts';
import type { Person } from '../approval/person.ts';
import type { Managed } from '../usecases/managing/managing.ts';
import { matchPolicies } from '../usecases/people/match-names.ts';
import { personSpans } from '../usecases/people/person-spans.ts';
import {
  type AssignmentRecord,
  createAssignment,
  deleteAssignment,
  loadAssignmentsOfPeople,
  updateAssignment,
} from '../usecases/workflows/manage-assignments.ts';
import { loadPolicies, type PolicyRecord } from '../usecases/workflows/manage-policies.ts';
import { page, typed, words, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { peopleOfMentions, sortedArguments } from './mentioned-people.ts';
import { refusedFor } from './refusal-words.ts';
import { nameSpans } from './workflow-lines.ts';

export const assignCommand: Command = {
  name: 'assign',
  usage: '@person POLICY|clear',
  summary: 'decide which approval policy somebody has; “clear” gives them the default again',
  who: 'admin',
  run: assign,
};

async function assign(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller } = call;
  const { mentions, rest } = sortedArguments(call.args);
  if (mentions.length !== 1) return wrong('Whose approval policy? Mention one person.');
  const wanted = wordsOf(rest);
  if (wanted === '') return wrong(`Which approval policy? “${typed('policies')}” shows them.`);
  const isCleared = /^(clear|default|none)$/i.test(wanted);
  const policy = isCleared ? null : await policyNamed(call, wanted);
  if (typeof policy === 'string') return wrong(policy);
  const { people, problem } = await peopleOfMentions(call, mentions, { leaving: isCleared });
  const [person] = people;
  if (problem || !person) return wrong(`${problem} Nothing was changed.`);
  const current = (await loadAssignmentsOfPeople(context, caller.principal, [person.id])).get(person.id);
  return policy ? give(call, person, policy, current) : clear(call, person, current);
}

async function policyNamed({ context, caller }: CommandCall, wanted: string): Promise<PolicyRecord | string> {
  const match = await matchPolicies(context, caller.principal, wanted);
  if (match.kind === 'none') {
    const suggestion = match.suggestion ? ` Did you mean “${match.suggestion}”?` : '';
    return `There is no approval policy “${wanted.slice(0, 80)}”.${suggestion} “${typed('policies')}” shows those there are.`;
  }
  const [only, ...others] = match.records;
  if (others.length === 0) return only!;
  const slugs = match.records.slice(0, 5).map(({ slug }) => slug);
  return `“${wanted.slice(0, 80)}” could be several approval policies: ${slugs.join(', ')}. Name one.`;
}

async function give(
  call: CommandCall,
  person: Person,
  policy: PolicyRecord,
  current: AssignmentRecord | undefined,
): Promise<CommandOutcome> {
  const { context, caller } = call;
  const wanted = { approvalPolicyId: policy.id, personId: person.id };
  const saved: Managed<AssignmentRecord> = current
    ? await updateAssignment(context, caller.principal, current.id, { approvalPolicyId: policy.id })
    : await createAssignment(context, caller.principal, wanted);
  if (!saved.ok) return refusedFor(saved.refusal, 'The assignment has just been taken away. Try again.');
  const has =
    current?.approvalPolicyId === policy.id
      ? ' has this approval policy already: '
      : ' has the approval policy ';
  return said(call, person, [text(has), strong(policy.name), text('.')]);
}

async function clear(
  call: CommandCall,
  person: Person,
  current: AssignmentRecord | undefined,
): Promise<CommandOutcome> {
  const { context, caller } = call;
  if (!current) return said(call, person, [text(' had no approval policy assigned: the default counts.')]);
  const former = (await loadPolicies(context, caller.principal, [current.approvalPolicyId])).get(
    current.approvalPolicyId,
  );
  const deleted = await deleteAssignment(context, caller.principal, current.id);
  if (!deleted.ok) return refusedFor(deleted.refusal, 'The assignment has been taken away already.');
  const name = former ? ` “${former.name}”` : '';
  return said(call, person, [text(` no longer has the approval policy${name}: the default counts.`)]);
}

async function said(
  { context, caller }: CommandCall,
  person: Person,
  sentence: readonly CardSpan[],
): Promise<CommandOutcome> {
  const spans = await personSpans(context, caller.account.platform, [person.id]);
  return page({
    title: 'Approval policy',
    intro: [[...nameSpans([person.id], spans), ...sentence]],
    notes: [words('It counts for new requests.')],
  });
}
