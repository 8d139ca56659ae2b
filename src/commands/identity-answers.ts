import type { ChatAccount, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import { auditRefusedCommand } from '../usecases/people/chat-caller.ts';
import { identityChangesFor } from '../usecases/people/manage-identities.ts';
import type { Argument, CommandOutcome } from './command.ts';

/** Answers the question named by its id, where this account was asked it in this organization; else it is audited. */
export async function answerFrom(
  context: Context,
  account: ChatAccount,
  args: readonly Argument[],
  wanted: string,
  answer: (context: Context, account: ChatAccount, id: number) => Promise<CommandAnswer>,
): Promise<CommandOutcome> {
  const [named, ...others] = args;
  if (named?.kind !== 'word' || others.length > 0 || !/^[1-9][0-9]{0,14}$/.test(named.text))
    return { kind: 'wrong', sentence: 'This wants the number of one question.' };
  const id = Number(named.text);
  const asked = (await identityChangesFor(context, account)).some((change) => change.id === id);
  if (!asked) {
    await auditRefusedCommand(context, account, { wanted, why: 'not_asked' });
    return { kind: 'notice', sentence: 'Nothing waits to be confirmed from this account.' };
  }
  return answer(context, account, id);
}
