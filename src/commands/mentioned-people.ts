import type { Person } from '../approval/person.ts';
import { type Naming, peopleOfAccounts, personOfAddress } from '../usecases/people/chat-people.ts';
import type { Argument, CommandCall } from './command.ts';
import { isAddress, namesPerson } from './parse.ts';

/** How many people one command may name. */
const MAX_PEOPLE = 50;

/**
 * The people that mentions, e-mail addresses and `me` stand for, each once and in that order, or what is wrong with
 * them in sentences. Accounts not met before are looked up, and added when an admin names them.
 */
export async function peopleOfMentions(
  call: CommandCall,
  mentions: readonly Argument[],
  naming: Naming = {},
): Promise<{ people: readonly Person[]; problem: string | null }> {
  const { context, caller } = call;
  const { platform, tenant } = caller.account;
  if (mentions.length > MAX_PEOPLE)
    return { people: [], problem: `A command can name ${MAX_PEOPLE} people at most.` };
  const externalIds = mentions.flatMap((one) => (one.kind === 'person' ? one.externalId : []));
  const named = await peopleOfAccounts(context, caller.principal, platform, tenant, externalIds, naming);
  const people = new Map<number, Person>();
  const problems = new Set<string>();
  for (const one of mentions) {
    const answer = await personOf(one);
    if (typeof answer === 'string') problems.add(answer);
    else people.set(answer.id, answer);
  }
  return { people: [...people.values()], problem: problems.size > 0 ? [...problems].join(' ') : null };

  async function personOf(one: Argument): Promise<Person | string> {
    if (one.kind === 'person')
      return named.found.get(one.externalId) ?? `${one.text}: ${named.problems.get(one.externalId)}`;
    if (one.text.toLowerCase() === 'me') return caller.person;
    const found = await personOfAddress(context, caller.principal, one.text.toLowerCase(), naming);
    return found.ok ? found.person : found.problem;
  }
}

/** Arguments sorted into those that name people and the rest. */
export function sortedArguments(args: readonly Argument[]): { mentions: Argument[]; rest: Argument[] } {
  const { mentions = [], rest = [] } = Object.groupBy(args, (arg) =>
    namesPerson(arg) ? 'mentions' : 'rest',
  );
  return { mentions, rest };
}

/** Why this does not name a person. */
export function notAPerson(arg: Argument): string {
  if (arg.kind === 'channel') return `${arg.text} is a channel, not a person.`;
  if (arg.text.startsWith('@') && !isAddress(arg.text))
    return `“${arg.text}” is only text: pick the person from the list that appears as you type, or give an e-mail address.`;
  return `“${arg.text}” is not a person: mention somebody, give an e-mail address, or say “me”.`;
}
