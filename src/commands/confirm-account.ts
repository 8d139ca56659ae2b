import type { ChatAccount, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import { confirmIdentityChange } from '../usecases/manage-identities.ts';
import { notForThisAccount } from './identity-answers.ts';

/** “Yes, this is me” (R16): only the account that is asked may say so, whoever it was until now. */
export async function confirmAccountCommand(
  context: Context,
  account: ChatAccount,
  id: number,
): Promise<CommandAnswer> {
  const stray = await notForThisAccount(context, account, id);
  if (stray) return stray;
  const confirmed = await confirmIdentityChange(context, account, id);
  if (confirmed.ok) {
    const sentence = `This account is now ${confirmed.value.name}’s. It does not apply to requests that were open already.`;
    return { kind: 'notice', sentence };
  }
  const { refusal } = confirmed;
  const sentence = refusal.kind === 'conflict' ? refusal.why : 'Nothing waits to be confirmed any more.';
  return { kind: 'notice', sentence };
}
