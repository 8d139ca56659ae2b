import { type CardSpan, text } from '../approval/card.ts';
import { INELIGIBLE_WORDS, type Person } from '../approval/person.ts';
import { findManager, NO_MANAGER, refreshPeople } from '../usecases/people/find-people.ts';
import { updatePerson } from '../usecases/people/manage-people.ts';
import { personSpans } from '../usecases/people/person-spans.ts';
import { page, typed, words, wrong } from './answers.ts';
import { isWord } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { notAPerson, peopleOfMentions, sortedArguments } from './mentioned-people.ts';
import { refusedFor } from './refusal-words.ts';

export const managerCommand: Command = {
  name: 'manager',
  usage: '@person [@manager|clear]',
  summary: 'see or decide who somebody’s manager is',
  who: 'admin',
  run: manager,
};

async function manager(call: CommandCall): Promise<CommandOutcome> {
  const { mentions, rest } = sortedArguments(call.args);
  const isCleared = rest.length === 1 && isWord(rest[0], 'clear', 'none');
  if (rest.length > 0 && !isCleared) return wrong(notAPerson(rest[0]!));
  const [whose, whom, ...more] = mentions;
  if (!whose) return wrong('Whose manager? Mention the person first, then the manager.');
  if (more.length > 0 || (whom && isCleared))
    return wrong('Mention the person first, then one manager or “clear”.');
  const { people, problem } = await peopleOfMentions(call, [whose], { leaving: true });
  const [person] = people;
  if (problem || !person) return wrong(problem ?? 'Whose manager?');
  if (isCleared) return set(call, person, null);
  if (!whom) return shown(call, person);
  const named = await peopleOfMentions(call, [whom]);
  const [wanted] = named.people;
  return named.problem || !wanted
    ? wrong(`${named.problem} Nothing was changed.`)
    : set(call, person, wanted);
}

async function set(call: CommandCall, person: Person, wanted: Person | null): Promise<CommandOutcome> {
  const { context, caller } = call;
  const saved = await updatePerson(context, caller.principal, person.id, { managerId: wanted?.id ?? null });
  if (!saved.ok) return refusedFor(saved.refusal, `${person.name} is no longer there.`);
  if (wanted) return shown(call, { ...person, managerId: wanted.id });
  const had = person.managerId !== null;
  return said(call, [person.id], (spans) => [
    spanFor(spans, person),
    text(
      had
        ? ' has no manager set here any more: the one in their chat profile counts, if there is one.'
        : ' had no manager set here: the one in their chat profile counts, if there is one.',
    ),
  ]);
}

/** Asks the chat directory where our own table names nobody; throws DirectoryUnavailable. */
async function shown(call: CommandCall, person: Person): Promise<CommandOutcome> {
  const { context, caller } = call;
  const { organizationId } = caller.principal;
  if (person.managerId === null) await refreshPeople(context, organizationId, [person.id]);
  const answer = await findManager(context, organizationId, person);
  if (answer.kind === 'missing')
    return said(call, [person.id], (spans) => [
      text('The manager of '),
      spanFor(spans, person),
      text(
        answer.why === NO_MANAGER ? ' is not set, neither here nor in the chat profile.' : ` ${answer.why}.`,
      ),
    ]);
  const found = answer.person;
  const { name, standing } = found;
  const from = person.managerId === null ? ', from the chat profile' : ', set here';
  const trouble =
    standing === 'member' ? '' : ` They cannot be asked: ${name} ${INELIGIBLE_WORDS[standing]}.`;
  return said(call, [person.id, found.id], (spans) => [
    text('The manager of '),
    spanFor(spans, person),
    text(' is '),
    spanFor(spans, found),
    text(`${from}.${trouble}`),
  ]);
}

async function said(
  { context, caller }: CommandCall,
  personIds: readonly number[],
  sentence: (spans: ReadonlyMap<number, CardSpan>) => CardSpan[],
): Promise<CommandOutcome> {
  const spans = await personSpans(context, caller.account.platform, personIds);
  return page({
    title: 'Manager',
    intro: [sentence(spans)],
    notes: [words(`Set another: ${typed('manager @person @manager')}`)],
  });
}

function spanFor(spans: ReadonlyMap<number, CardSpan>, person: Person): CardSpan {
  return spans.get(person.id) ?? text(person.name);
}
