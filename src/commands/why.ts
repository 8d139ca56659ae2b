import type { PageAction, PageSection } from '../approval/page.ts';
import { type Explanation, explainApprovers } from '../usecases/approvers/explain-approvers.ts';
import {
  askedLine,
  missingLines,
  placeLines,
  policyLines,
  toldLines,
  troubleLines,
  unconfirmedLines,
} from '../usecases/approvers/explanation-lines.ts';
import { button, item, notice, page, section, words, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { findEvent } from './find-event.ts';
import { notAPerson, peopleOfMentions, sortedArguments } from './mentioned-people.ts';

export const whyCommand: Command = {
  name: 'why',
  usage: 'EVENT [@requester]',
  summary: 'who would be asked now, from which rule, and who is missing; for you unless you name somebody',
  who: 'everyone',
  run: why,
};

async function why(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller } = call;
  const { mentions, rest } = sortedArguments(call.args);
  if (mentions.length > 1) return wrong('Whose request? Name one person at most.');
  const unpicked = rest.find(({ text }) => text.startsWith('@'));
  if (unpicked) return wrong(notAPerson(unpicked));
  const found = await findEvent(call, wordsOf(rest));
  if (!found.ok) return found.outcome;
  const { event } = found;
  const { people, problem } = await peopleOfMentions(call, mentions);
  if (problem !== null) return wrong(problem);
  const requesterId = people[0]?.id ?? caller.person.id;
  const explained = await explainApprovers(
    context,
    caller.principal,
    { eventId: event.id, requesterId },
    caller.account,
  );
  if (!explained.ok)
    return notice(
      'why' in explained.refusal ? explained.refusal.why : `There is no event “${event.name}” any more.`,
    );
  return answer(call, explained.value);
}

function answer({ caller }: CommandCall, explanation: Explanation): CommandOutcome {
  const { workflow, policy } = explanation.prospect;
  const edit: PageAction[] =
    caller.principal.role === 'admin' ? [button('Edit workflow', `edit ${workflow.id}`)] : [];
  const sections: PageSection[] = [
    section(
      placeLines(explanation).map((line) => item(line)),
      { title: 'Asked', empty: 'Nobody.' },
    ),
    section(
      missingLines(explanation.prospect).map((line) => item(line)),
      { title: 'Not asked' },
    ),
    section(
      toldLines(explanation).map((line) => item(line)),
      { title: 'Told' },
    ),
    section(
      [...policyLines(explanation), ...unconfirmedLines(explanation)].map((line) => item(line)),
      { title: 'By which rule', actions: edit },
    ),
  ];
  return page({
    title: `Who would be asked: ${explanation.event.name}`,
    intro: [askedLine(explanation), ...troubleLines(explanation.prospect)],
    sections,
    notes: [
      words(`A dry run by workflow ${workflow.id} of ${policy.name}: nothing was opened, nobody was asked.`),
    ],
  });
}
