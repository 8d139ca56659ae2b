import { getConnection } from '../usecases/connections/manage-connections.ts';
import type { HarnessConnection } from '../usecases/harness-ports.ts';
import { typed, wrong } from './answers.ts';
import type { Argument, CommandCall, CommandOutcome } from './command.ts';
import { refusalWords } from './refusal-words.ts';

/** The connection that an argument names, or the answer that says why there is none. */
export async function findConnection(
  { context, caller }: CommandCall,
  arg: Argument | undefined,
): Promise<{ ok: true; connection: HarnessConnection } | { ok: false; outcome: CommandOutcome }> {
  if (!arg) return { ok: false, outcome: wrong(`Which connection? “${typed('connections')}” lists them.`) };
  const found = await getConnection(context, caller.principal, { name: arg.text });
  if (found.ok) return { ok: true, connection: found.value };
  return { ok: false, outcome: wrong(refusalWords(found.refusal, noSuchConnection(arg.text))) };
}

export function noSuchConnection(name: string): string {
  return `There is no connection “${name.slice(0, 60)}”. “${typed('connections')}” lists them.`;
}
