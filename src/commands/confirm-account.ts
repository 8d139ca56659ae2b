import type { ChatAccount, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import { confirmIdentityChange } from '../usecases/people/manage-identities.ts';
import type { AccountCommand } from './command.ts';
import { answerFrom } from './identity-answers.ts';

/** “Yes, this is me” (R16): only the account that is asked may say so, whoever it was until now. */
export const confirmAccountCommand: AccountCommand = {
  name: 'confirm-account',
  usage: 'ID',
  runFor: (context, account, args) => answerFrom(context, account, args, 'confirm-account', confirm),
};

async function confirm(context: Context, account: ChatAccount, id: number): Promise<CommandAnswer> {
  const confirmed = await confirmIdentityChange(context, account, id);
  if (confirmed.ok) {
    const sentence = `This account is now ${confirmed.value.name}’s. It does not apply to requests that were open already.`;
    return { kind: 'notice', sentence };
  }
  const { refusal } = confirmed;
  const sentence = refusal.kind === 'conflict' ? refusal.why : 'Nothing waits to be confirmed any more.';
  return { kind: 'notice', sentence };
}
