import type { ChatAccount, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import { identityChangesFor } from '../usecases/manage-identities.ts';

/** The answer to an account that was not asked this question, in this organization; null = it was. */
export async function notForThisAccount(
  context: Context,
  account: ChatAccount,
  id: number,
): Promise<CommandAnswer | null> {
  const asked = (await identityChangesFor(context, account)).some(
    (change) => change.id === id && change.organizationId === account.organizationId,
  );
  if (asked) return null;
  return { kind: 'notice', sentence: 'Nothing waits to be confirmed from this account.' };
}
