import { text } from '../approval/card.ts';
import { INELIGIBLE_WORDS, type Person } from '../approval/person.ts';
import { listPeople, updatePerson } from '../usecases/people/manage-people.ts';
import { knownPeople, personSpans } from '../usecases/people/person-spans.ts';
import { item, page, section, words, wrong } from './answers.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { namedPage } from './configured-lists.ts';
import { notAPerson, peopleOfMentions, sortedArguments } from './mentioned-people.ts';
import { pageNotes, turns } from './paging.ts';
import { refusalWords } from './refusal-words.ts';
import { nameSpans } from './workflow-lines.ts';

export const adminsAddCommand: Command = {
  name: 'admins add',
  usage: '@person…',
  summary: 'let these people do what admins do',
  who: 'admin',
  run: (call) => change(call, 'admin'),
};

export const adminsRemoveCommand: Command = {
  name: 'admins remove',
  usage: '@person…',
  summary: 'make these people members again; one admin always stays',
  who: 'admin',
  run: (call) => change(call, 'member'),
};

export const adminsListCommand: Command = {
  name: 'admins list',
  usage: '[page]',
  summary: 'who the admins are',
  who: 'admin',
  run: list,
};

async function change(call: CommandCall, role: 'admin' | 'member'): Promise<CommandOutcome> {
  const { context, caller } = call;
  const { mentions, rest } = sortedArguments(call.args);
  if (rest.length > 0) return wrong(notAPerson(rest[0]!));
  if (mentions.length === 0) return wrong('Whom? Mention at least one person.');
  const { people, problem } = await peopleOfMentions(call, mentions, { leaving: role === 'member' });
  if (problem) return wrong(`${problem} Nothing was changed.`);
  const changed: Person[] = [];
  const refusals: string[] = [];
  for (const person of people.filter((one) => one.role !== role)) {
    const saved = await updatePerson(context, caller.principal, person.id, { role });
    if (saved.ok) changed.push(person);
    else refusals.push(`${person.name}: ${refusalWords(saved.refusal, 'is no longer there.')}`);
  }
  if (changed.length === 0 && refusals.length > 0) return wrong(refusals.join(' '));
  const same = people.filter((one) => one.role === role);
  return changedPage(call, role, { changed, same, refusals });
}

async function changedPage(
  { context, caller }: CommandCall,
  role: 'admin' | 'member',
  { changed, same, refusals }: { changed: Person[]; same: Person[]; refusals: string[] },
): Promise<CommandOutcome> {
  const ids = [...changed, ...same].map(({ id }) => id);
  const spans = await personSpans(context, caller.account.platform, ids);
  const lines = [
    [role === 'admin' ? 'now' : 'no longer', changed],
    [role === 'admin' ? 'already' : 'not', same],
  ] as const;
  return page({
    title: 'Admins',
    sections: [
      section([
        ...lines.flatMap(([how, people]) =>
          people.length === 0
            ? []
            : [
                item([
                  ...nameSpans(
                    people.map(({ id }) => id),
                    spans,
                    50,
                  ),
                  text(people.length === 1 ? ` is ${how} an admin.` : ` are ${how} admins.`),
                ]),
              ],
        ),
        ...refusals.map((sentence) => item(words(sentence))),
      ]),
    ],
  });
}

async function list(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller } = call;
  const found = await namedPage(call, listPeople, [{ field: 'role', op: 'eq', values: ['admin'] }]);
  if (!found.ok) return found.outcome;
  const { rows, total, number } = found;
  const ids = rows.map(({ id }) => id);
  const spans = await personSpans(context, caller.account.platform, ids);
  const people = await knownPeople(context, caller.principal, ids);
  const items = rows.map(({ id, email }) => {
    const standing = people.get(id)?.standing ?? 'member';
    const trouble = standing === 'member' ? '' : ` (${INELIGIBLE_WORDS[standing]})`;
    return item([...nameSpans([id], spans), text(`${email ? ` · ${email}` : ''}${trouble}`)]);
  });
  return page({
    title: 'Admins',
    sections: [section(items, { actions: turns({ number, total }, (to) => `admins list ${to}`) })],
    notes: pageNotes(number, total, 'admins list'),
  });
}
