import { reassignAs } from '../usecases/deciding/act-on-request.ts';
import { notice, wrong } from './answers.ts';
import { isWord } from './arguments.ts';
import type { Argument, Command, CommandCall, CommandOutcome } from './command.ts';
import { findRequest, NO_SUCH_REQUEST } from './find-request.ts';
import { knownPersonOf } from './known-people.ts';
import { peopleOfMentions } from './mentioned-people.ts';
import { namesPerson } from './parse.ts';
import { refusalWords } from './refusal-words.ts';

export const reassignCommand: Command = {
  name: 'reassign',
  usage: 'ID @from @to, or ID vacant @to',
  summary: 'give an approver’s place in a request, or an empty one, to somebody else',
  who: 'admin',
  run: reassign,
};

async function reassign(call: CommandCall): Promise<CommandOutcome> {
  const [id, from, to, ...more] = call.args.filter((arg) => !isWord(arg, 'from', 'to'));
  const named = await findRequest(call, id);
  if (!named.ok) return named.outcome;
  if (!from || !to || more.length > 0)
    return wrong('Say whose place (or “vacant” for an empty one) and who is to have it.');
  const isVacant = isWord(from, 'vacant', 'empty');
  const stranger = [...(isVacant ? [] : [from]), to].find((arg) => !namesPerson(arg));
  if (stranger) return wrong(notSomebody(stranger));
  const holder = isVacant ? null : await knownPersonOf(call, from);
  if (typeof holder === 'string') return notice(holder);
  const { people, problem } = await peopleOfMentions(call, [to]);
  const [successor] = people;
  if (problem || !successor) return wrong(`${problem} Nothing was changed.`);
  if (holder?.id === successor.id) return wrong('These two are the same person.');
  const done = await reassignAs(call.context, call.caller.principal, named.id, {
    fromPersonId: holder?.id ?? null,
    toPersonId: successor.id,
  });
  if (!done.ok) return notice(refusalWords(done.refusal, NO_SUCH_REQUEST));
  const whose = holder ? `${holder.name}’s place` : 'The empty place';
  return notice(
    `${whose} in “${done.value.request.content.event.name}” (${named.id}) is ${successor.name}’s now; their card follows.`,
  );
}

function notSomebody(arg: Argument): string {
  return `“${arg.text.slice(0, 60)}” is nobody I can find: mention the person, or give their e-mail address.`;
}
