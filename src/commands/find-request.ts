import { refusalSentence } from '../approval/refusal.ts';
import { namedRequest } from '../usecases/requests/named-request.ts';
import { notice, wrong } from './answers.ts';
import type { Argument, CommandCall, CommandOutcome } from './command.ts';

/** What is said of a request that is not there and of one that is not the caller's to see. */
export const NO_SUCH_REQUEST = refusalSentence({ code: 'unknown_request' });

/** The request that an argument names, as far as the caller may see it. */
export async function findRequest(
  { context, caller }: CommandCall,
  arg: Argument | undefined,
): Promise<{ ok: true; id: string } | { ok: false; outcome: CommandOutcome }> {
  if (!arg) return { ok: false, outcome: wrong('Which request? Give its id or its number.') };
  const found = await namedRequest(context, caller.principal, arg.text);
  if (found.kind === 'found') return { ok: true, id: found.id };
  if (found.kind === 'unknown') return { ok: false, outcome: notice(NO_SUCH_REQUEST) };
  return {
    ok: false,
    outcome: wrong(`Several requests begin so, give more of the id: ${found.ids.join(', ')}.`),
  };
}
