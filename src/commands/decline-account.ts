import type { ChatAccount, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import { declineIdentityChange } from '../usecases/manage-identities.ts';
import { notForThisAccount } from './identity-answers.ts';

/** “No, it is not” (R16): only the account that is asked may say so. */
export async function declineAccountCommand(
  context: Context,
  account: ChatAccount,
  id: number,
): Promise<CommandAnswer> {
  const stray = await notForThisAccount(context, account, id);
  if (stray) return stray;
  const declined = await declineIdentityChange(context, account, id);
  const sentence = declined.ok
    ? 'Thank you. Nothing was changed.'
    : 'Nothing waits to be confirmed any more.';
  return { kind: 'notice', sentence };
}
