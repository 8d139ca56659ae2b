import type { Person } from '../approval/person.ts';
import { knownPerson } from '../usecases/approvers/known-person.ts';
import type { Argument, Caller, CommandCall } from './command.ts';

/** Whom a mention, an e-mail address or `me` stands for; a sentence when we do not know them. Adds nobody. */
export async function knownPersonOf(
  { context, caller }: CommandCall,
  arg: Argument,
): Promise<Person | string> {
  if (arg.kind === 'word' && arg.text.toLowerCase() === 'me') return caller.person;
  const named = arg.kind === 'person' ? { externalId: arg.externalId } : { email: arg.text.toLowerCase() };
  const person = await knownPerson(context, caller.account, named);
  return person ?? `I do not know ${arg.text.slice(0, 100)} yet.`;
}

/** How a button names a person again. */
export function nameAgain({ person }: Caller, arg: Argument, meant: Person): string {
  if (meant.id === person.id) return 'me';
  return meant.email ?? (arg.kind === 'person' ? `<@${arg.externalId}>` : arg.text);
}
