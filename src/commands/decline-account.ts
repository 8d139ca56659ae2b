import type { ChatAccount, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import { declineIdentityChange } from '../usecases/people/manage-identities.ts';
import type { AccountCommand } from './command.ts';
import { answerFrom } from './identity-answers.ts';

/** “No, it is not” (R16): only the account that is asked may say so. */
export const declineAccountCommand: AccountCommand = {
  name: 'decline-account',
  usage: 'ID',
  runFor: (context, account, args) => answerFrom(context, account, args, 'decline-account', decline),
};

async function decline(context: Context, account: ChatAccount, id: number): Promise<CommandAnswer> {
  const declined = await declineIdentityChange(context, account, id);
  const sentence = declined.ok
    ? 'Thank you. Nothing was changed.'
    : 'Nothing waits to be confirmed any more.';
  return { kind: 'notice', sentence };
}
